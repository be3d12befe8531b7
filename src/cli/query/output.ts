/**
 * Standard output for results: bytes and texts are gathered and written in parts, each when whoever reads it has room, so that
 * memory stays flat however much there is. When nobody reads any more (`| head`), that is told, and nothing is an error.
 */
import { Buffer } from 'node:buffer';
import type { Writer } from '../context.ts';

/** The size of a part. */
const PART_BYTES = 64 * 1024;

/**
 * How many bytes of a collector's answer may wait for whoever reads: it does not wait long for somebody who turns the pages of a
 * pager.
 */
export const READ_AHEAD = 64 * 2 ** 20;

/** Gathers what is written. */
export class Output {
  /** Called before something is written: what else stands on the terminal can be cleared away. */
  onWrite: (() => void) | undefined;
  readonly #writer: Writer;
  readonly #ahead: number;
  #part: Buffer = Buffer.allocUnsafe(PART_BYTES);
  #length = 0;
  #isOpen = true;

  /** @param ahead - how many bytes may wait to be written before {@link Output.send} waits for whoever reads */
  constructor(writer: Writer, ahead = 0) {
    this.#writer = writer;
    this.#ahead = ahead;
  }

  /** Whether somebody still reads. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether it is time to {@link send}. */
  get isFull(): boolean {
    return this.#length >= PART_BYTES / 2;
  }

  /** Adds a text. */
  text(text: string): void {
    const most = text.length * 3;
    if (most <= this.#part.length - this.#length) this.#length += this.#part.write(text, this.#length);
    else this.bytes(Buffer.from(text));
  }

  /** Adds bytes, which may be used for something else afterwards. */
  bytes(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#part.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#part.length * 2));
      this.#part.copy(larger, 0, 0, this.#length);
      this.#part = larger;
    }
    this.#part.set(bytes, this.#length);
    this.#length = needed;
  }

  /** Writes what there is, and waits for room. `false`: nobody reads any more. */
  async send(): Promise<boolean> {
    if (this.#length > 0 && this.#isOpen) {
      this.onWrite?.();
      this.#writer.write(this.#part.subarray(0, this.#length));
      // The stream keeps it until it is written.
      this.#part = Buffer.allocUnsafe(PART_BYTES);
    }
    this.#length = 0;
    this.#isOpen &&= await this.#writer.ready(this.#ahead);
    return this.#isOpen;
  }
}
