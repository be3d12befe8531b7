/**
 * Lines that lie next to each other in the arena: what a search gets to see of it.
 */
import type { Buffer } from 'node:buffer';

/** Neighbouring lines: views of the arena, which the next `push` may change. */
export interface Span {
  /** The number of the first line. */
  readonly number: number;
  /** The lines, with a line feed each. */
  readonly bytes: Buffer;
  /** Where each line starts in the arena; the first one is where `bytes` starts. */
  readonly starts: Uint32Array;
  /** When each line was received, in ms since the epoch. */
  readonly times: Float64Array;
}

/** Where the line feed of a line stands in the arena. */
export function endOf({ bytes, starts }: Span, index: number): number {
  return (index + 1 < starts.length ? starts[index + 1]! : starts[0]! + bytes.length) - 1;
}
