/**
 * A run of bytes that is looked for: a walk from one place where it stands to the next, window by window.
 *
 * Whoever asks only ever asks on, so that a window is swept once, however many lines are asked about: the place that was
 * found last answers for all lines before it. A call of a buffer's `indexOf` takes some 65 ns, of a string's 15 ns, but
 * making a string of a window takes 7 µs: windows are searched as buffers, and as strings once there is much to find.
 */
import { Buffer } from 'node:buffer';
import type { Lines } from './lines.ts';
import { Needle } from './needle.ts';

/** Above so many searches in a window it becomes a string. */
export const MANY = 24;

const NO_COUNTS = new Uint32Array(256);

/** Where it is not. */
export const NOWHERE = Number.POSITIVE_INFINITY;

/** Finds where something stands that a line must have. */
export interface Gate {
  /** The first place at `from` or behind it; {@link NOWHERE} if there is none. Within a window it is asked in rising order. */
  next(lines: Lines, from: number): number;
  /** Learns how often each byte stands in a sample. */
  adapt(counts: Uint32Array): void;
}

/** Finds where some bytes stand. */
export class Literal implements Gate {
  readonly bytes: Buffer;
  /** What is looked for at the moment: which of its bytes are rare is learnt. */
  needle: Needle;
  #window = 0;
  /** From `#from` on, the bytes stand first at `#place`. */
  #from = 0;
  #place = 0;
  /** Searches in this window, and whether there were many in the one before. */
  #searches = 0;
  #isDense = false;

  /** @param bytes - at least one */
  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes);
    this.needle = new Needle(this.bytes, NO_COUNTS);
  }

  next(lines: Lines, from: number): number {
    if (lines.window !== this.#window) {
      this.#window = lines.window;
      this.#isDense = this.#searches > MANY;
      this.#searches = 0;
    } else if (this.#from <= from && from <= this.#place) {
      return this.#place;
    }
    this.#from = from;
    this.#place = this.#search(lines, from);
    return this.#place;
  }

  /** Whether they stand in the line. */
  isIn(lines: Lines): boolean {
    return this.next(lines, lines.start) + this.bytes.length <= lines.end;
  }

  adapt(counts: Uint32Array): void {
    this.needle = new Needle(this.bytes, counts);
  }

  #search(lines: Lines, from: number): number {
    const { skipped, end, endText } = this.needle;
    const { bytes } = lines;
    const isDense = lines.isText || ((this.#isDense || this.#searches > MANY) && lines.canBeText);
    const text = isDense ? lines.text() : undefined;
    for (let at = from; ; at++) {
      this.#searches++;
      const place =
        text === undefined ? bytes.indexOf(end, at + skipped) : text.indexOf(endText, at + skipped);
      if (place < 0) return NOWHERE;
      at = place - skipped;
      if (skipped === 0 || this.needle.startsAt(bytes, at)) return at;
    }
  }
}
