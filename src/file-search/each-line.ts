/** Goes through a run of whole lines. */
import type { Buffer } from 'node:buffer';
import { LINE_FEED } from '../core/batch.ts';

/** Tells of each line where it begins, and where its line feed stands. */
export function eachLine(bytes: Buffer, found: (start: number, end: number) => void): void {
  let start = 0;
  for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
    found(start, end);
    start = end + 1;
  }
}
