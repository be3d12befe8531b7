/**
 * Search: what a sink that keeps lines offers, and what a query asks of it. There are two ways: `search` gathers all that it
 * finds, and `scan` hands it over piece by piece, in either order, while the consumer takes as long as it likes.
 */
import type { Batch, Lines, Origin } from './batch.ts';
import type { LineCondition } from './line-condition.ts';
import type { Through } from './passage.ts';

/**
 * What is looked for.
 *
 * @remarks Since 0.1.0
 */
export interface SearchQuery {
  /** The bytes (or the text, as UTF-8) that a line must contain, case-sensitively; empty or absent: every line. */
  readonly keyword?: string | Uint8Array;
  /** What a line must meet besides, such as the condition of an expression. */
  readonly where?: LineCondition;
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
  /** The receive time of each line, in ms since the epoch; NaN where it is not known. */
  readonly receivedAt: Float64Array;
  /** Where the lines come from: each entry holds from its line on. Absent where nobody knows. `originOf` tells that of a line. */
  readonly origins?: readonly OriginRun[];
}

/**
 * Lines one behind the other that come from the same place.
 *
 * @remarks Since 0.1.0
 */
export interface OriginRun {
  /** The index of the first of the lines. */
  readonly from: number;
  /** Where they come from, if that is known. */
  readonly origin: Origin | undefined;
}

/**
 * What a scan looks for, and how.
 *
 * @remarks Since 0.1.0
 */
export interface ScanQuery {
  /** What a line must meet; absent: every line is found. */
  readonly where?: LineCondition;
  /** Only lines received at this time or later, in ms since the epoch. */
  readonly since?: number;
  /** Only lines received before this time, in ms since the epoch. */
  readonly until?: number;
  /** Which lines come first. @defaultValue oldest */
  readonly order?: 'oldest' | 'newest';
  /** Whether lines are only counted, in `matched` of the tally: nothing is copied then, and no piece comes. @defaultValue false */
  readonly countOnly?: boolean;
  /** Ends the scan early: it throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * What a scan has looked at so far; the scan keeps it up to date.
 *
 * @remarks Since 0.1.0
 */
export interface ScanTally {
  /** Lines that were looked at. */
  lines: number;
  /** Their bytes, with a line feed each. */
  bytes: number;
  /** Lines that were found. */
  matched: number;
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
 * Is told of lines that were stored.
 *
 * @remarks Since 0.1.0
 * @param receivedAt - the receive time that a search finds them with, in ms since the epoch
 */
export type StoredListener = (batch: Batch, receivedAt: number) => void;

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

  /**
   * Finds lines and hands them over piece by piece (about 256 KiB each), in order. The pieces are copies. Lines that come
   * after the call are not found, nothing is found twice, and what is gone before the scan gets to it is missing. It works in
   * slices of about a millisecond; a consumer that takes its time holds up nobody, and one that leaves early frees everything.
   * What cannot be scanned offers only `search`.
   *
   * @param tally - what the scan has looked at; begin with zeros
   */
  scan?(query: ScanQuery, tally: ScanTally): AsyncIterable<FoundLines>;

  /**
   * Tells of lines as they are stored, from now on: when the listener is called, a scan finds them, and one that began before does not.
   * The listener is called in the way of collecting, and must be quick.
   *
   * @returns ends it
   */
  watch?(listener: StoredListener): () => void;
}

/**
 * Lines that were copied, as of one moment.
 *
 * @remarks Since 0.1.0
 */
export interface CopiedLines {
  /** Where, in what each pipeline let out, that begins of which there were lines at that moment. */
  readonly firsts: Through;
  /**
   * Those that stand behind what is stored by now: piece by piece, in their order or the newest pieces first. In each piece they
   * stand in their order.
   */
  pieces(order: 'oldest' | 'newest', through: Through): Iterable<FoundLines>;
}

/**
 * What a sink has stored where it stays, as of one moment.
 *
 * @remarks Since 0.1.0
 */
export interface StoredLines {
  /** Through where the lines of each pipeline are stored. */
  readonly through: Through;
  /** Finds lines in what was stored at that moment, as {@link Searchable.scan} does. Once. */
  scan(query: ScanQuery, tally: ScanTally): AsyncIterable<FoundLines>;
}

/**
 * Where a found line comes from, if that is known.
 *
 * @remarks Since 0.1.0
 */
export function originOf({ origins = [] }: FoundLines, index: number): Origin | undefined {
  return origins.findLast(({ from }) => from <= index)?.origin;
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
