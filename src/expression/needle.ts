/**
 * What a search looks for, prepared for a sweep over many bytes.
 *
 * `indexOf` of Node and V8 jumps from one occurrence of the first byte to the next. When that byte is frequent (an `e`, a
 * space), it stops every few bytes and takes ten times as long as it could. So the sweep looks for the *end* of the keyword
 * that begins with its rarest byte, and compares what stands before it in the few places where that end is found. How rare
 * bytes are is estimated from a sample of the lines.
 */
import { Buffer } from 'node:buffer';

/** How much dearer ends of one byte and of two bytes are than longer ones: more of their places turn out to be wrong. */
const SHORT_ENDS: readonly number[] = [8, 3];

/** A keyword, and the end of it to look for. */
export class Needle {
  readonly bytes: Buffer;
  /** How many bytes stand before the end that is looked for. */
  readonly skipped: number;
  /** The end that is looked for, as bytes and as Latin-1 text. */
  readonly end: Buffer;
  readonly endText: string;

  /** @param counts - how often each byte was seen in a sample */
  constructor(keyword: string | Uint8Array, counts: Uint32Array) {
    this.bytes = typeof keyword === 'string' ? Buffer.from(keyword) : Buffer.from(keyword);
    this.skipped = cheapest(this.bytes, counts);
    this.end = this.bytes.subarray(this.skipped);
    this.endText = this.end.toString('latin1');
  }

  /** Whether the part that was skipped stands in `bytes` from `at` on. */
  startsAt(bytes: Uint8Array, at: number): boolean {
    // Backwards: next to the end that was found, a difference shows first.
    for (let index = this.skipped - 1; index >= 0; index--) {
      if (bytes[at + index] !== this.bytes[index]) return false;
    }
    return true;
  }
}

/** Where the end begins that is cheapest to look for. It is the whole keyword unless another end costs less than half. */
function cheapest(bytes: Uint8Array, counts: Uint32Array): number {
  let best = 0;
  let least = costOf(bytes, 0, counts) / 2;
  for (let index = 1; index < bytes.length; index++) {
    const cost = costOf(bytes, index, counts);
    if (cost >= least) continue;
    least = cost;
    best = index;
  }
  return best;
}

function costOf(bytes: Uint8Array, index: number, counts: Uint32Array): number {
  return (counts[bytes[index] ?? 0] ?? 0) * (SHORT_ENDS[bytes.length - index - 1] ?? 1);
}
