/**
 * The bytes of a file in runs of whole lines, from its beginning or from its end. A line that is longer than LONGEST_LINE is given
 * as several: nobody who wrote such a file could be asked how much memory that may take. What stands behind the last line feed is
 * a line, too, and gets one.
 */
import { Buffer } from 'node:buffer';
import { LINE_FEED } from '../core/batch.ts';
import type { OpenFile } from '../core/file-system.ts';
import { readFully } from '../core/log-directory/log-file.ts';

export type Readable = Pick<OpenFile, 'read'>;

/** Whole lines and where they stand, uncompressed. The bytes are only good until the next run is asked for. */
export interface Run {
  readonly bytes: Buffer;
  readonly start: number;
}

/** How much is read at once. */
export const READ_BYTES = 2 ** 20;

/** In bytes. */
export const LONGEST_LINE = 16 * 2 ** 20;

/** What is read of a plain file: from one place to another one, both between lines. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Runs from the beginning to the end. */
export async function* runsForward(
  file: Readable,
  { start, end }: Range,
  readBytes = READ_BYTES,
): AsyncGenerator<Run> {
  let buffer = Buffer.allocUnsafeSlow(Math.min(readBytes, end - start) + 1);
  let kept = 0;
  for (let at = start; at < end; ) {
    const wanted = Math.min(buffer.length - 1 - kept, end - at);
    const length = kept + (await readFully(file, buffer.subarray(kept), wanted, at));
    const isLast = length - kept < wanted || at + wanted >= end;
    at += length - kept;
    if (length === 0) return;
    let whole = buffer.lastIndexOf(LINE_FEED, length - 1) + 1;
    if (isLast && whole < length) {
      buffer[length] = LINE_FEED;
      yield { bytes: buffer.subarray(0, length + 1), start: at - length };
      return;
    }
    if (whole === 0 && length < LONGEST_LINE) {
      buffer = Buffer.concat([buffer], buffer.length * 2);
      kept = length;
      continue;
    }
    if (whole === 0) {
      buffer[length] = LINE_FEED;
      yield { bytes: buffer.subarray(0, length + 1), start: at - length };
      whole = length;
    } else yield { bytes: buffer.subarray(0, whole), start: at - length };
    if (isLast) return;
    kept = buffer.copy(buffer, 0, whole, length);
  }
}

/** Runs from the end to the beginning; within a run the lines stand as in the file. */
export async function* runsBackward(
  file: Readable,
  { start, end }: Range,
  readBytes = READ_BYTES,
): AsyncGenerator<Run> {
  /** The beginning of the run that was given last: what stands before it is a line that is not whole yet. */
  let tail: Buffer = Buffer.alloc(0);
  for (let high = end; high > start; ) {
    const low = Math.max(start, high - readBytes);
    const buffer = Buffer.allocUnsafeSlow(high - low + tail.length + 1);
    const length = await readFully(file, buffer, high - low, low);
    // Somebody has cut it.
    if (length < high - low) tail = Buffer.alloc(0);
    tail.copy(buffer, length);
    let size = length + tail.length;
    high = low;
    if (size === 0) continue;
    if (buffer[size - 1] !== LINE_FEED) buffer[size++] = LINE_FEED;
    // The first line may begin further ahead.
    let first = low === start ? 0 : buffer.indexOf(LINE_FEED) + 1;
    if (first === size && size < LONGEST_LINE) {
      tail = buffer.subarray(0, size);
      continue;
    }
    if (first === size) first = 0;
    yield { bytes: buffer.subarray(first, size), start: low + first };
    tail = buffer.subarray(0, first);
  }
  // Where the last look began right behind a line feed there is nothing left.
}

/** The same of pieces that come one behind the other, of what was compressed. */
export async function* runsOfPieces(pieces: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Run> {
  const carried: Buffer[] = [];
  let carriedBytes = 0;
  let position = 0;
  for await (const whole of pieces) {
    const piece =
      position + carriedBytes + whole.length > limit
        ? whole.subarray(0, Math.max(0, limit - position - carriedBytes))
        : whole;
    let end = piece.lastIndexOf(LINE_FEED) + 1;
    if (end === 0 && carriedBytes + piece.length >= LONGEST_LINE) end = piece.length;
    if (end > 0) {
      const isLine = piece[end - 1] === LINE_FEED;
      const parts = [...carried, piece.subarray(0, end), ...(isLine ? [] : [Buffer.from([LINE_FEED])])];
      const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      yield { bytes, start: position };
      position += carriedBytes + end;
      carried.length = 0;
      carriedBytes = 0;
    }
    if (end < piece.length) carried.push(piece.subarray(end));
    carriedBytes += piece.length - end;
    if (position + carriedBytes >= limit) break;
  }
  if (carriedBytes > 0)
    yield { bytes: Buffer.concat([...carried, Buffer.from([LINE_FEED])]), start: position };
}
