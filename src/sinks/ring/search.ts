/**
 * Search in an arena: a sweep over its bytes, oldest line first.
 *
 * The sweep goes from window to window (64 KiB of whole lines). In a window `indexOf` finds the next place where the keyword
 * may stand, the index tells which line that is, and the sweep goes on behind that line. A call of a buffer's `indexOf` takes
 * some 65 ns, of a string's 15 ns, but making a string of a window takes 7 µs: windows are searched as buffers, and as strings
 * after a window in which there was much to find.
 *
 * Between slices of about a millisecond the event loop turns and the arena moves on. So from slice to slice lines are known by
 * their number, not by their place: what was overwritten meanwhile is skipped, what came meanwhile is beyond the end that was
 * fixed at the start, and nothing is found twice. Within a slice nothing changes.
 */
import type { SearchOptions, SearchQuery, SearchResult } from '../../core/search.ts';
import type { Arena } from './arena.ts';
import { Found } from './found.ts';
import { Needle } from './needle.ts';
import { endOf, lineAt, type Span } from './span.ts';

/** What tests change, to force rare cases. */
export interface SearchTuning {
  /** Bytes of a window, unless a line is longer. @defaultValue 64 KiB */
  readonly windowBytes?: number;
  /** How much is done in one go, in bytes swept. @defaultValue 2 MiB */
  readonly sliceBytes?: number;
  /** Above so many places found in a window, the next one is searched as a string. @defaultValue 24 */
  readonly manyHits?: number;
  /** What is waited for between slices. @defaultValue a turn of the event loop */
  readonly pause?: () => Promise<void>;
}

/** What finding one place costs, in bytes swept. */
const HIT_COST = 64;

/** The longest string that is made of a window, in bytes: longer ones are far slower to make. */
const MAX_TEXT = 96 * 2 ** 10;

const SAMPLED_LINES = 64;
const SAMPLED_BYTES = 256;

/**
 * Finds lines in an arena that may change meanwhile.
 *
 * @throws LogCasterError `LC_SEARCH_TOO_LARGE`; the reason of `options.signal`
 */
export async function searchArena(
  arena: Arena,
  query: SearchQuery,
  options: SearchOptions = {},
  tuning: SearchTuning = {},
): Promise<SearchResult> {
  const {
    windowBytes = 64 * 2 ** 10,
    sliceBytes = 2 * 2 ** 20,
    manyHits = 24,
    pause = turnOfTheEventLoop,
  } = tuning;
  const found = new Found(options.maxBytes);
  const stop = arena.overwritten + (query.until === undefined ? arena.length : arena.firstSince(query.until));
  let next = arena.overwritten + (query.since === undefined ? 0 : arena.firstSince(query.since));
  const sweep = new Sweep(new Needle(query.keyword, sampleBytes(arena)), found, manyHits);
  while (next < stop) {
    options.signal?.throwIfAborted();
    let work = 0;
    while (next < stop && work < sliceBytes) {
      const { overwritten } = arena;
      const window = arena.span(next - overwritten, stop - overwritten, windowBytes);
      work += sweep.window(window);
      next += window.starts.length;
    }
    if (next < stop) await pause();
    next = Math.max(next, arena.overwritten);
  }
  options.signal?.throwIfAborted();
  return found.result();
}

/** Searches windows. */
class Sweep {
  readonly #needle: Needle;
  readonly #found: Found;
  readonly #manyHits: number;
  /** Places that were found in the last window. */
  #hits = 0;

  constructor(needle: Needle, found: Found, manyHits: number) {
    this.#needle = needle;
    this.#found = found;
    this.#manyHits = manyHits;
  }

  /** Finds the lines of a window; answers what it cost, in bytes swept. */
  window(window: Span): number {
    const { bytes, starts } = window;
    if (this.#needle.bytes.length === 0) {
      this.#found.add(window, 0, starts.length);
      return bytes.length + starts.length * HIT_COST;
    }
    const asText = this.#hits > this.#manyHits && bytes.length <= MAX_TEXT;
    this.#sweep(window, asText ? bytes.toString('latin1') : undefined);
    return bytes.length + this.#hits * HIT_COST;
  }

  #sweep(window: Span, text: string | undefined): void {
    const { bytes, starts } = window;
    const needle = this.#needle;
    const { skipped, end, endText } = needle;
    const { length } = needle.bytes;
    const lines = starts.length;
    const shift = starts[0]!;
    // Neighbours that were found are copied together: the lines from `first` to before `behind`.
    let first = 0;
    let behind = 0;
    let line = 0;
    let at = 0;
    let hits = 0;
    while (line < lines) {
      const from = at + skipped;
      const place = text === undefined ? bytes.indexOf(end, from) : text.indexOf(endText, from);
      if (place < 0) break;
      hits++;
      at = place - skipped;
      line = lineAt(starts, shift + at, line, lines);
      // A keyword with a line feed may stand across two lines: that is no match.
      if ((skipped > 0 && !needle.startsAt(bytes, at)) || shift + at + length > endOf(window, line)) {
        at++;
        continue;
      }
      if (line > behind) {
        if (first < behind) this.#found.add(window, first, behind);
        first = line;
      }
      behind = ++line;
      at = line < lines ? starts[line]! - shift : 0;
    }
    if (first < behind) this.#found.add(window, first, behind);
    this.#hits = hits;
  }
}

/** How often each byte stands in some lines of the arena. */
function sampleBytes(arena: Arena): Uint32Array {
  const counts = new Uint32Array(256);
  const step = Math.max(1, Math.floor(arena.length / SAMPLED_LINES));
  for (let index = 0; index < arena.length; index += step) {
    for (const byte of arena.span(index, index + 1, 1).bytes.subarray(0, SAMPLED_BYTES)) counts[byte]!++;
  }
  return counts;
}

/** Lets everything else that waits have its turn. No timer: it waits for nothing. */
function turnOfTheEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
