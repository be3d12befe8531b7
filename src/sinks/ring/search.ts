/**
 * Search in an arena: a sweep over its bytes, from the oldest line to the newest or the other way round. What is looked for
 * in them is the condition's business (src/expression/).
 *
 * Between slices of about a millisecond the event loop turns and the arena moves on. So from slice to slice lines are known by
 * their number, not by their place: what was overwritten meanwhile is skipped, what came meanwhile is beyond the end that was
 * fixed at the call, and nothing is found twice. Within a slice nothing changes.
 *
 * A slice ends by what it swept, and by the clock: there are conditions that take long. Where one window (64 KiB of whole lines)
 * takes longer than a slice, the next windows are smaller.
 */
import { Buffer } from 'node:buffer';
import { systemClock } from '../../core/clock.ts';
import { lineAt } from '../../core/line-at.ts';
import type { LineCondition, LineFacts } from '../../core/line-condition.ts';
import { turnOfTheEventLoop } from '../../core/pace.ts';
import type {
  FoundLines,
  ScanQuery,
  ScanTally,
  SearchOptions,
  SearchQuery,
  SearchResult,
} from '../../core/search.ts';
import { wordCondition } from '../../expression/word-condition.ts';
import type { Arena } from './arena.ts';
import { Found } from './found.ts';
import type { Span } from './span.ts';

/** What tests change, to force rare cases. */
export interface SearchTuning {
  /** Bytes of a window, unless a line is longer. @defaultValue 64 KiB */
  readonly windowBytes?: number;
  /** How much is done in one go, in bytes swept. @defaultValue 2 MiB */
  readonly sliceBytes?: number;
  /** How long is worked in one go, in ms. @defaultValue 1 */
  readonly sliceTime?: number;
  /** What is waited for between slices. @defaultValue a turn of the event loop, in step with other searches */
  readonly pause?: () => Promise<void>;
  /** In ms. @defaultValue the machine's clock */
  readonly monotonic?: () => number;
}

/** What finding one line costs, in bytes swept. */
const HIT_COST = 64;

const SMALLEST_WINDOW = 1024;
const PIECE_OF_SEARCH = 2 ** 20;
const PIECE_OF_SCAN = 256 * 2 ** 10;

/**
 * Finds lines in an arena that may change meanwhile, oldest first.
 *
 * @throws LogCasterError `LC_SEARCH_TOO_LARGE`; the reason of `options.signal`
 */
export async function searchArena(
  arena: Arena,
  { keyword = '', where, ...times }: SearchQuery,
  { signal, maxBytes = Number.POSITIVE_INFINITY }: SearchOptions = {},
  tuning: SearchTuning = {},
): Promise<SearchResult> {
  const found = new Found(arena.origins, { maxBytes, largestPiece: PIECE_OF_SEARCH });
  const word = keyword.length > 0 ? Buffer.from(keyword) : undefined;
  const condition = where ?? (word && wordCondition(word));
  const query = { ...times, condition, word: where && word, pieceBytes: Number.POSITIVE_INFINITY };
  const sweep = new Sweep(arena, query, { lines: 0, bytes: 0, matched: 0 }, found, tuning);
  const { pause = turnOfTheEventLoop } = tuning;
  signal?.throwIfAborted();
  while (sweep.slice()) {
    await pause();
    signal?.throwIfAborted();
  }
  signal?.throwIfAborted();
  return found.result();
}

/** Finds lines in an arena that may change meanwhile, and hands them over piece by piece. */
export function scanArena(
  arena: Arena,
  { where, countOnly = false, signal, ...query }: ScanQuery,
  tally: ScanTally,
  tuning: SearchTuning = {},
): AsyncIterable<FoundLines> {
  const limits = { maxBytes: Number.POSITIVE_INFINITY, largestPiece: PIECE_OF_SCAN };
  const found = countOnly ? undefined : new Found(arena.origins, limits);
  const sweepQuery = { ...query, condition: where, word: undefined, pieceBytes: PIECE_OF_SCAN };
  // What is to be scanned is fixed now, and not when somebody asks for the first piece.
  const sweep = new Sweep(arena, sweepQuery, tally, found, tuning);
  return pieces(sweep, found, signal, tuning.pause);
}

async function* pieces(
  sweep: Sweep,
  found: Found | undefined,
  signal: AbortSignal | undefined,
  pause: () => Promise<void> = turnOfTheEventLoop,
): AsyncGenerator<FoundLines, void, undefined> {
  signal?.throwIfAborted();
  for (;;) {
    const goesOn = sweep.slice();
    if (found) yield* found.take();
    if (!goesOn) return;
    await pause();
    signal?.throwIfAborted();
  }
}

interface SweepQuery {
  /** Absent: every line is found. */
  readonly condition: LineCondition | undefined;
  /** What a line must contain besides. */
  readonly word: Buffer | undefined;
  readonly since?: number;
  readonly until?: number;
  readonly order?: 'oldest' | 'newest';
  /** How much may be found in a slice, in bytes, before it ends. */
  readonly pieceBytes: number;
}

/** Sweeps over an arena, slice by slice. */
class Sweep {
  readonly #arena: Arena;
  readonly #query: SweepQuery;
  readonly #tally: ScanTally;
  readonly #found: Found | undefined;
  readonly #windowBytes: number;
  readonly #sliceBytes: number;
  readonly #sliceTime: number;
  readonly #monotonic: () => number;
  /** Bytes of the next window. */
  #window: number;
  /** The numbers of the lines that are still to be looked at: from `#next` to before `#stop`. */
  #next: number;
  #stop: number;
  /** The window that is being searched. */
  #span!: Span;
  /** The lines of it that were found: neighbours, from `first` to before `behind`, and those that are to be turned round. */
  #first = 0;
  #behind = 0;
  readonly #lines: number[] = [];

  constructor(
    arena: Arena,
    query: SweepQuery,
    tally: ScanTally,
    found: Found | undefined,
    tuning: SearchTuning,
  ) {
    const { since, until } = query;
    this.#arena = arena;
    this.#query = query;
    this.#tally = tally;
    this.#found = found;
    this.#windowBytes = tuning.windowBytes ?? 64 * 2 ** 10;
    this.#sliceBytes = tuning.sliceBytes ?? 2 * 2 ** 20;
    this.#sliceTime = tuning.sliceTime ?? 1;
    this.#monotonic = tuning.monotonic ?? (() => systemClock.monotonic());
    this.#window = this.#windowBytes;
    this.#next = arena.overwritten + (since === undefined ? 0 : arena.firstSince(since));
    this.#stop = arena.overwritten + (until === undefined ? arena.length : arena.firstSince(until));
  }

  /** Looks at the next lines; whether there are more. */
  slice(): boolean {
    const began = this.#monotonic();
    const foundBefore = this.#found?.byteLength ?? 0;
    let work = 0;
    let time = began;
    this.#next = Math.max(this.#next, this.#arena.overwritten);
    while (this.#next < this.#stop && work < this.#sliceBytes && time - began < this.#sliceTime) {
      work += this.#searchWindow();
      const now = this.#monotonic();
      const bytes = now - time > this.#sliceTime ? this.#window / 2 : this.#window * 2;
      this.#window = Math.min(Math.max(bytes, SMALLEST_WINDOW), this.#windowBytes);
      time = now;
      if (this.#found && this.#found.byteLength - foundBefore >= this.#query.pieceBytes) break;
    }
    return this.#next < this.#stop;
  }

  /** Searches the next window; answers what it cost, in bytes swept. */
  #searchWindow(): number {
    const { overwritten } = this.#arena;
    const from = this.#next - overwritten;
    const to = this.#stop - overwritten;
    const tally = this.#tally;
    const matchedBefore = tally.matched;
    if (this.#query.order === 'newest') {
      this.#span = this.#arena.spanBefore(to, from, this.#window);
      this.#stop -= this.#span.starts.length;
      this.#search(this.#keepLine);
      for (let line = this.#lines.pop(); line !== undefined; line = this.#lines.pop()) {
        this.#found?.add(this.#span, line, line + 1);
      }
    } else {
      this.#span = this.#arena.span(from, to, this.#window);
      this.#next += this.#span.starts.length;
      this.#search(this.#addLine);
      this.#addNeighbours();
    }
    const { bytes, starts } = this.#span;
    tally.lines += starts.length;
    tally.bytes += bytes.length;
    return bytes.length + (tally.matched - matchedBefore) * HIT_COST;
  }

  #search(found: (start: number, end: number, line: number) => void): void {
    const { condition, word } = this.#query;
    const { bytes, starts } = this.#span;
    this.#first = 0;
    this.#behind = 0;
    if (!condition) for (let line = 0; line < starts.length; line++) found(0, 0, line);
    else if (!word) condition.scan(bytes, this.#factsOf, found, starts);
    else {
      const withWord = (start: number, end: number, line: number): void => {
        if (bytes.subarray(start, end).includes(word)) found(start, end, line);
      };
      condition.scan(bytes, this.#factsOf, withWord, starts);
    }
  }

  readonly #addLine = (_start: number, _end: number, line: number): void => {
    this.#tally.matched++;
    // Neighbours that were found are copied together.
    if (line !== this.#behind) {
      this.#addNeighbours();
      this.#first = line;
    }
    this.#behind = line + 1;
  };

  readonly #keepLine = (_start: number, _end: number, line: number): void => {
    this.#tally.matched++;
    if (this.#found) this.#lines.push(line);
  };

  #addNeighbours(): void {
    if (this.#first < this.#behind) this.#found?.add(this.#span, this.#first, this.#behind);
  }

  readonly #factsOf = (start: number): LineFacts => {
    const { starts, times, number } = this.#span;
    const line = lineAt(starts, starts[0]! + start, 0, starts.length);
    const origin = this.#arena.origins.of(number + line);
    return { source: origin?.source, peer: origin?.peer, receivedAt: times[line]! };
  };
}
