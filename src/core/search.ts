/**
 * Search: what a sink that keeps lines offers, and what a query asks of it.
 */
import type { Lines } from './batch.ts';

/**
 * What is looked for.
 *
 * @remarks Since 0.1.0
 */
export interface SearchQuery {
  /** The bytes (or the text, as UTF-8) that a line must contain, case-sensitively; empty: every line. */
  readonly keyword: string | Uint8Array;
  /** Only lines received at this time or later, in ms since the epoch. */
  readonly since?: number;
  /** Only lines received before this time, in ms since the epoch. */
  readonly until?: number;
}

/**
 * Limits of one search.
 *
 * @remarks Since 0.1.0
 */
export interface SearchOptions {
  /** Ends the search early. */
  readonly signal?: AbortSignal;
  /** The most bytes that the found lines may take; beyond it the search fails with `LC_SEARCH_TOO_LARGE`. No limit by default. */
  readonly maxBytes?: number;
}

/**
 * Found lines: what a `Batch` can be made of, with the receive time of each.
 *
 * @remarks Since 0.1.0
 */
export interface FoundLines extends Lines {
  /** The receive time of each line, in ms since the epoch. */
  readonly receivedAt: Float64Array;
}

/**
 * What a search found. The bytes are copies: they stay when the originals are overwritten.
 *
 * @remarks Since 0.1.0
 */
export interface SearchResult {
  /** How many lines were found. */
  readonly matches: number;
  /** The bytes of all found lines, with a line feed each. */
  readonly byteLength: number;
  /** The found lines, oldest first, in pieces of bounded size. In each, the lines are contiguous. */
  readonly pieces: readonly FoundLines[];
}

/**
 * What can be searched.
 *
 * @remarks Since 0.1.0
 */
export interface Searchable {
  /**
   * Finds lines, oldest first. It works in short slices of time, so that collecting goes on meanwhile; lines that come
   * after the call are not found, lines that are overwritten before the search gets to them neither.
   *
   * @throws LogCasterError `LC_SEARCH_TOO_LARGE`
   */
  search(query: SearchQuery, options?: SearchOptions): Promise<SearchResult>;
}

/**
 * The lines that a search found, decoded as UTF-8, oldest first.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * const collector = await startCollector({
 *   sources: { generate: { type: 'generate', count: 100 } },
 *   pipelines: { main: { from: 'generate', to: 'ring' } },
 *   sinks: { ring: { type: 'ring' } },
 * });
 * const lines: string[] = textsOf(await collector.search({ keyword: 'error' }));
 * await collector.stop();
 * ```
 */
export function textsOf({ pieces }: SearchResult): string[] {
  return pieces.flatMap(({ bytes, bounds }) =>
    Array.from({ length: bounds.length / 2 }, (_, index) =>
      bytes.toString('utf8', bounds[index * 2], bounds[index * 2 + 1]),
    ),
  );
}
