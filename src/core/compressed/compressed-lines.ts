/**
 * The lines of a compressed file from a place on: whole lines, piece by piece. A line that is longer than a piece makes the
 * piece larger; what stands behind the last line feed belongs to no line.
 */
import { Buffer } from 'node:buffer';
import { LINE_FEED } from '../batch.ts';

/** How many whole lines there are, and their bytes with a line feed each. */
export interface LineCount {
  readonly lines: number;
  readonly bytes: number;
}

/** Counts whole lines. */
export async function countWholeLines(pieces: AsyncIterable<Buffer>): Promise<LineCount> {
  let lines = 0;
  let bytes = 0;
  let position = 0;
  for await (const piece of pieces) {
    for (let at = piece.indexOf(LINE_FEED); at >= 0; at = piece.indexOf(LINE_FEED, at + 1)) {
      lines++;
      bytes = position + at + 1;
    }
    position += piece.length;
  }
  return { lines, bytes };
}

/** Runs of whole lines, with how many bytes stood before them. */
export async function* wholeLines(
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<{ readonly bytes: Buffer; readonly position: number }> {
  const carried: Buffer[] = [];
  let carriedBytes = 0;
  let position = 0;
  for await (const piece of pieces) {
    const end = piece.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      const whole = piece.subarray(0, end);
      const bytes = carriedBytes === 0 ? whole : Buffer.concat([...carried, whole], carriedBytes + end);
      yield { bytes, position };
      position += bytes.length;
      carried.length = 0;
      carriedBytes = 0;
    }
    if (end < piece.length) carried.push(piece.subarray(end));
    carriedBytes += piece.length - end;
  }
}
