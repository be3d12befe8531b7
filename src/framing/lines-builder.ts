/**
 * Collects lines one by one into a buffer: for the few that do not lie ready in a chunk.
 */
import { Buffer } from 'node:buffer';
import { LINE_FEED, type Lines } from '../core/batch.ts';

/** Copies lines into one buffer, with a line feed behind each. */
export class LinesBuilder {
  readonly #capacity: number;
  #bytes: Buffer | undefined;
  #length = 0;
  readonly #bounds: number[] = [];

  /** @param capacity - bytes that will do in most cases, allocated with the first line; there is always room for more */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Adds the bytes of `source` between two offsets as a line. */
  add(source: Buffer, from: number, to: number): void {
    const start = this.#length;
    const end = start + to - from;
    const bytes = this.#reserve(end + 1);
    source.copy(bytes, start, from, to);
    bytes[end] = LINE_FEED;
    this.#length = end + 1;
    this.#bounds.push(start, end);
  }

  /** What was added; nothing when there was none. It keeps at most twice its bytes alive, or a share of the buffer pool. */
  build(): Lines | undefined {
    if (!this.#bytes) return undefined;
    const used = this.#bytes.subarray(0, this.#length);
    const bytes = this.#length * 2 < this.#bytes.length ? Buffer.from(used) : used;
    return { bytes, bounds: Uint32Array.from(this.#bounds) };
  }

  #reserve(needed: number): Buffer {
    const bytes = this.#bytes;
    if (bytes && needed <= bytes.length) return bytes;
    const grown = Buffer.allocUnsafe(Math.max(needed, bytes ? bytes.length * 2 : this.#capacity));
    bytes?.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    return grown;
  }
}
