/**
 * Gathers what a search or a scan finds: copies of lines, in pieces of bounded size.
 *
 * A piece takes at most so many bytes, or one longer line. The first pieces are smaller, so that a small answer costs little.
 */
import { Buffer } from 'node:buffer';
import { LogCasterError } from '../../core/errors.ts';
import { lineAt } from '../../core/line-at.ts';
import type { FoundLines, OriginRun, SearchResult } from '../../core/search.ts';
import { formatSize } from '../../core/units.ts';
import type { Origins } from './origins.ts';
import { endOf, type Span } from './span.ts';

const FIRST_PIECE = 16 * 2 ** 10;
const NO_BYTES = Buffer.alloc(0);

/** Limits of what is gathered, in bytes. */
export interface FoundLimits {
  /** The most bytes that all lines may take. */
  readonly maxBytes: number;
  readonly largestPiece: number;
  /** @defaultValue 16 KiB */
  readonly firstPiece?: number;
}

/** Copies found lines out of an arena. */
export class Found {
  #matches = 0;
  #byteLength = 0;
  readonly #origins: Origins;
  readonly #limits: FoundLimits;
  #pieces: FoundLines[] = [];

  // The piece that is being filled. The arrays are used again for each piece.
  #bytes = NO_BYTES;
  #used = 0;
  #size: number;
  #lines = 0;
  #bounds = new Uint32Array(2 * 64);
  #times = new Float64Array(64);
  #runs: OriginRun[] = [];

  constructor(origins: Origins, limits: FoundLimits) {
    this.#origins = origins;
    this.#limits = limits;
    this.#size = (limits.firstPiece ?? FIRST_PIECE) / 2;
  }

  /**
   * Copies the lines of a span from `from` to before `to`.
   *
   * @throws LogCasterError `LC_SEARCH_TOO_LARGE`
   */
  add(span: Span, from: number, to: number): void {
    const { starts } = span;
    const end = endOf(span, to - 1) + 1;
    this.#matches += to - from;
    this.#byteLength += end - starts[from]!;
    if (this.#byteLength > this.#limits.maxBytes) {
      const most = formatSize(this.#limits.maxBytes);
      throw new LogCasterError('LC_SEARCH_TOO_LARGE', `the lines that were found take more than ${most}`);
    }
    while (from < to) {
      const limit = starts[from]! + this.#bytes.length - this.#used;
      // The lines before the one in which the limit lies end within it.
      const fitting = end <= limit ? to : lineAt(starts, limit, from, to);
      if (fitting > from) this.#copy(span, from, fitting);
      else this.#open(endOf(span, from) + 1 - starts[from]!);
      from = fitting;
    }
  }

  /** The pieces that are ready, and what is in the one that is being filled. They are not given again. */
  take(): readonly FoundLines[] {
    this.#close();
    // What follows needs a piece of its own.
    this.#bytes = NO_BYTES;
    this.#used = 0;
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  /** The bytes of the lines that were added. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Everything that was found. */
  result(): SearchResult {
    this.#close();
    return { matches: this.#matches, byteLength: this.#byteLength, pieces: this.#pieces };
  }

  #copy(span: Span, from: number, to: number): void {
    const { bytes, starts, times } = span;
    this.#reserve(this.#lines + to - from);
    this.#origins.collect(span.number + from, span.number + to, this.#lines, this.#runs);
    const receivedAt = this.#times;
    const bounds = this.#bounds;
    const shift = this.#used - starts[from]!;
    let line = this.#lines;
    for (let index = from; index < to; index++) {
      const start = starts[index]! + shift;
      if (index > from) bounds[line * 2 - 1] = start - 1;
      bounds[line * 2] = start;
      receivedAt[line++] = times[index]!;
    }
    const end = endOf(span, to - 1) + shift;
    bounds[line * 2 - 1] = end;
    bytes.copy(this.#bytes, this.#used, starts[from]! - starts[0]!, end + 1 - shift - starts[0]!);
    this.#lines = line;
    this.#used = end + 1;
  }

  #reserve(lines: number): void {
    if (lines <= this.#times.length) return;
    const capacity = Math.max(lines, this.#times.length * 2);
    const bounds = new Uint32Array(capacity * 2);
    const times = new Float64Array(capacity);
    bounds.set(this.#bounds);
    times.set(this.#times);
    this.#bounds = bounds;
    this.#times = times;
  }

  #open(leastSize: number): void {
    this.#close();
    this.#size = Math.min(this.#size * 2, this.#limits.largestPiece);
    // What is not written to is not resident, so that a piece that stays half empty costs little.
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(this.#size, leastSize));
    this.#used = 0;
    this.#lines = 0;
  }

  #close(): void {
    if (this.#lines === 0) return;
    const bounds = this.#bounds.slice(0, this.#lines * 2);
    const receivedAt = this.#times.slice(0, this.#lines);
    const origins = this.#runs;
    this.#pieces.push({ bytes: this.#bytes.subarray(0, this.#used), bounds, receivedAt, origins });
    this.#runs = [];
    this.#lines = 0;
  }
}
