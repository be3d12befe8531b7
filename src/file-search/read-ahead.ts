/**
 * Reads a file block by block and hands out parts of the blocks: so that many small reads, one behind the other, become few, and the
 * next block is read while one is looked at. One read is under way at a time.
 */
import { Buffer } from 'node:buffer';
import { readFully } from '../core/log-directory/log-file.ts';
import { READ_BYTES, type Readable } from './raw-blocks.ts';

interface Block {
  readonly start: number;
  readonly bytes: Buffer;
}

export class ReadAhead implements Readable {
  readonly #file: Readable;
  readonly #size: number;
  #block: Block = { start: 0, bytes: Buffer.alloc(0) };
  #next: Promise<Block> | undefined;

  constructor(file: Readable, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** Reads; it may be less than was asked for, and is nothing only behind the end. */
  async read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number }> {
    if (!has(this.#block, position)) await this.#turnTo(position);
    const { start, bytes } = this.#block;
    const from = position - start;
    return { bytesRead: bytes.copy(buffer, offset, from, Math.min(bytes.length, from + length)) };
  }

  /** Resolves when nothing is read any more. */
  async idle(): Promise<void> {
    await this.#next?.catch(() => {});
  }

  async #turnTo(position: number): Promise<void> {
    const next = this.#next;
    this.#next = undefined;
    const block = await next;
    this.#block = block && has(block, position) ? block : await this.#load(position);
    const start = this.#block.start + this.#block.bytes.length;
    if (this.#block.bytes.length === 0 || start >= this.#size) return;
    const reading = this.#load(start);
    // Its failure is told when it is waited for.
    reading.catch(() => {});
    this.#next = reading;
  }

  async #load(start: number): Promise<Block> {
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(READ_BYTES, this.#size - start)));
    return { start, bytes: bytes.subarray(0, await readFully(this.#file, bytes, bytes.length, start)) };
  }
}

function has({ start, bytes }: Block, position: number): boolean {
  return position >= start && position < start + bytes.length;
}
