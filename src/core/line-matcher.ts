/**
 * Finds the lines of a batch that hold a word: one sweep over the bytes of all lines, and not one search a line.
 *
 * The bytes of up to {@link WINDOW} at a time become a string of one character a byte (latin1), which is a copy and no
 * decoding: V8 searches a string several times faster than a Buffer where there are many hits. What is found is mapped
 * to lines by the bounds, so that a hit across the end of a line, or between lines of a batch that was filtered, is none.
 */
import { Buffer } from 'node:buffer';
import type { Batch } from './batch.ts';

/** Bytes that are searched at once. */
export const WINDOW = 256 * 1024;

/**
 * Says which lines of a batch are looked for.
 *
 * @remarks Since 0.1.0
 */
export interface LineMatcher {
  /**
   * Sets `marks[index]` to 1 for each line that matches; all others stay as they are.
   *
   * @param marks - at least one a line
   * @returns how many lines match
   */
  mark(batch: Batch, marks: Uint8Array): number;
}

let scratch = new Uint8Array(1024);

/** The lines that match, or with `keepMatching: false` those that do not; `undefined` when those are none. */
export function selectLines(batch: Batch, matcher: LineMatcher, keepMatching = true): Batch | undefined {
  const { length } = batch;
  if (scratch.length < length) scratch = new Uint8Array(length * 2);
  const marks = scratch;
  marks.fill(0, 0, length);
  const matching = matcher.mark(batch, marks);
  const kept = keepMatching ? matching : length - matching;
  if (kept === length) return batch;
  if (kept === 0) return undefined;
  const wanted = keepMatching ? 1 : 0;
  return batch.select((index) => marks[index] === wanted);
}

/** The index behind the last line that belongs to the window which begins with line `from`: at least one line. */
export function endOfWindow({ bounds, length }: Batch, from: number): number {
  const limit = bounds[from * 2]! + WINDOW;
  if (bounds[length * 2 - 1]! <= limit) return length;
  let low = from + 1;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle * 2 + 1]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Matches lines that contain a word: its bytes, wherever they stand, upper and lower case as written. */
export class WordMatcher implements LineMatcher {
  readonly #word: Buffer;
  /** One character a byte. */
  readonly #byteText: string;

  /** @param word - a text (UTF-8) or bytes; not empty */
  constructor(word: string | Uint8Array) {
    this.#word = Buffer.from(word);
    this.#byteText = this.#word.toString('latin1');
  }

  mark(batch: Batch, marks: Uint8Array): number {
    let matching = 0;
    let from = 0;
    while (from < batch.length) {
      const to = endOfWindow(batch, from);
      matching += this.#markWindow(batch, from, to, marks);
      from = to;
    }
    return matching;
  }

  #markWindow({ bytes, bounds }: Batch, from: number, to: number, marks: Uint8Array): number {
    const base = bounds[from * 2]!;
    const text = bytes.toString('latin1', base, bounds[to * 2 - 1]);
    const length = this.#word.length;
    let matching = 0;
    let index = from;
    for (let hit = text.indexOf(this.#byteText); hit !== -1; ) {
      const at = base + hit;
      while (index < to && bounds[index * 2 + 1]! < at + length) index++;
      // The lines before this one end before the hit does, so they hold neither it nor a later one.
      if (index < to && at >= bounds[index * 2]!) {
        marks[index++] = 1;
        matching++;
      }
      if (index === to) break;
      hit = text.indexOf(this.#byteText, bounds[index * 2]! - base);
    }
    return matching;
  }
}
