/**
 * Gathers found lines in pieces of bounded size: copies, so that nothing is kept alive by them and nothing of theirs changes.
 */
import { Buffer } from 'node:buffer';
import { LINE_FEED } from '../core/batch.ts';
import type { FoundLines } from '../core/search.ts';

/** A piece is handed over when it has so many bytes; one line may be longer. */
const PIECE_BYTES = 256 * 1024;
const FIRST_BYTES = 16 * 1024;

/** Found lines of one file. */
export interface LinesOfFile extends FoundLines {
  /** The file, as it was named. */
  readonly file: string;
}

export class Gathering {
  #bytes = Buffer.alloc(0);
  #used = 0;
  #bounds: number[] = [];
  #times: number[] = [];

  /** The bytes that are gathered. */
  get byteLength(): number {
    return this.#used;
  }

  get isFull(): boolean {
    return this.#used >= PIECE_BYTES;
  }

  /** Copies a line: the bytes from `start` to before `end`. */
  add(bytes: Buffer, start: number, end: number, receivedAt: number): void {
    const length = end - start + 1;
    if (this.#used + length > this.#bytes.length) this.#grow(this.#used + length);
    bytes.copy(this.#bytes, this.#used, start, end);
    this.#bounds.push(this.#used, this.#used + end - start);
    this.#bytes[this.#used + end - start] = LINE_FEED;
    this.#used += length;
    this.#times.push(receivedAt);
  }

  /** What was gathered since the last time, in the order in which it was added or the other way round. */
  take(file: string, reversed = false): LinesOfFile | undefined {
    if (this.#times.length === 0) return undefined;
    const bytes = this.#bytes.subarray(0, this.#used);
    const lines = {
      bytes,
      bounds: Uint32Array.from(this.#bounds),
      receivedAt: Float64Array.from(this.#times),
      file,
    };
    this.#bytes = Buffer.alloc(0);
    this.#used = 0;
    this.#bounds = [];
    this.#times = [];
    return reversed ? reverse(lines) : lines;
  }

  #grow(least: number): void {
    const size = Math.max(least, FIRST_BYTES, Math.min(this.#bytes.length * 2, PIECE_BYTES + FIRST_BYTES));
    const bytes = Buffer.allocUnsafeSlow(size);
    this.#bytes.copy(bytes, 0, 0, this.#used);
    this.#bytes = bytes;
  }
}

function reverse(lines: LinesOfFile): LinesOfFile {
  const turned = new Gathering();
  for (let index = lines.receivedAt.length - 1; index >= 0; index--) {
    turned.add(lines.bytes, lines.bounds[index * 2]!, lines.bounds[index * 2 + 1]!, lines.receivedAt[index]!);
  }
  return turned.take(lines.file)!;
}
