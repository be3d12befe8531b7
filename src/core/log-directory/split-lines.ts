/** The lines of bytes that were read back: each has a line feed behind it. */
import type { Buffer } from 'node:buffer';
import { LINE_FEED, type Lines } from '../batch.ts';

/** Finds the lines. What stands behind the last line feed belongs to none. */
export function splitLines(bytes: Buffer): Lines {
  const bounds: number[] = [];
  let start = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, start)) {
    bounds.push(start, at);
    start = at + 1;
  }
  return { bytes, bounds: Uint32Array.from(bounds) };
}
