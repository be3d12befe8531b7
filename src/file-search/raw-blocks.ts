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

const LINE_END = Buffer.of(LINE_FEED);

/** How much is read at once. */
export const READ_BYTES = 2 ** 20;

/** In bytes. */
const LONGEST_LINE = 16 * 2 ** 20;

/** What is read of a plain file: from one place to another one, both between lines. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** How runs are made. */
export interface RunOptions {
  /** How much is read at once, in bytes. @defaultValue READ_BYTES */
  readonly readBytes?: number | undefined;
  /** A line that is longer is given as several, in bytes. @defaultValue LONGEST_LINE */
  readonly longest?: number | undefined;
}

/** Runs from the beginning to the end. While one is looked at, the next one is read. */
export async function* runsForward(
  file: Readable,
  { start, end }: Range,
  { readBytes = READ_BYTES, longest = LONGEST_LINE }: RunOptions = {},
): AsyncGenerator<Run> {
  const size = Math.min(readBytes, end - start) + 1;
  let buffer = Buffer.allocUnsafeSlow(size);
  /** Where the next run goes while this one is looked at. */
  let other = Buffer.alloc(0);
  let at = start;
  let kept = 0;
  /** Reads on behind what is kept; the last byte stays free for a line feed. */
  const read = (): Promise<number> => {
    const reading = readFully(file, buffer.subarray(kept), Math.min(buffer.length - 1 - kept, end - at), at);
    // Its failure is told when it is waited for.
    reading.catch(() => {});
    return reading;
  };
  if (at >= end) return;
  let reading = read();
  try {
    for (;;) {
      const wanted = Math.min(buffer.length - 1 - kept, end - at);
      const length = kept + (await reading);
      const isLast = length - kept < wanted || at + wanted >= end;
      at += length - kept;
      if (length === 0) return;
      const runStart = at - length;
      const whole = buffer.lastIndexOf(LINE_FEED, length - 1) + 1;
      if (isLast) {
        if (whole < length) buffer[length] = LINE_FEED;
        yield { bytes: buffer.subarray(0, whole < length ? length + 1 : whole), start: runStart };
        return;
      }
      if (whole === 0 && length < longest) {
        buffer = Buffer.concat([buffer], buffer.length * 2);
        kept = length;
        reading = read();
        continue;
      }
      if (whole === 0) buffer[length] = LINE_FEED;
      const bytes = buffer.subarray(0, whole || length + 1);
      const rest = buffer.subarray(whole || length, length);
      if (other.length < Math.max(size, rest.length + 2)) other = Buffer.allocUnsafeSlow(buffer.length);
      kept = rest.copy(other);
      [buffer, other] = [other, buffer];
      reading = read();
      yield { bytes, start: runStart };
    }
  } finally {
    // Nobody may close the file before.
    await reading.catch(() => {});
  }
}

/** Runs from the end to the beginning; within a run the lines stand as in the file. */
export async function* runsBackward(
  file: Readable,
  { start, end }: Range,
  { readBytes = READ_BYTES, longest = LONGEST_LINE }: RunOptions = {},
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
    if (first === size && size < longest) {
      tail = buffer.subarray(0, size);
      continue;
    }
    if (first === size) first = 0;
    yield { bytes: buffer.subarray(first, size), start: low + first };
    tail = buffer.subarray(0, first);
  }
  // Where the last look began right behind a line feed there is nothing left.
}

/**
 * The same of pieces that come one behind the other: of what was compressed, or of a pipe. Nothing is copied but lines that stand
 * in two pieces. Pieces must stay what they are.
 *
 * @param limit - how many bytes count
 */
export async function* runsOfPieces(
  pieces: AsyncIterable<Buffer>,
  limit: number,
  { longest = LONGEST_LINE }: Pick<RunOptions, 'longest'> = {},
): AsyncGenerator<Run> {
  let carried: Buffer[] = [];
  let carriedBytes = 0;
  /** Where what is carried begins. */
  let start = 0;
  /** What is carried, with what comes behind it; ends the line if that does not. */
  const join = (...more: Buffer[]): Run => {
    const run = { bytes: Buffer.concat([...carried, ...more]), start };
    carried = [];
    carriedBytes = 0;
    return run;
  };
  for await (const given of pieces) {
    const piece = given.subarray(0, Math.max(0, limit - start - carriedBytes));
    let from = 0;
    const first = carriedBytes > 0 ? piece.indexOf(LINE_FEED) + 1 : 0;
    if (first > 0) {
      from = first;
      const run = join(piece.subarray(0, first));
      start += run.bytes.length;
      yield run;
    }
    const end = piece.lastIndexOf(LINE_FEED) + 1;
    if (end > from) {
      yield { bytes: piece.subarray(from, end), start };
      start += end - from;
      from = end;
    }
    if (from < piece.length) carried.push(piece.subarray(from));
    carriedBytes += piece.length - from;
    if (carriedBytes >= longest) {
      const length = carriedBytes;
      yield join(LINE_END);
      start += length;
    }
    if (start + carriedBytes >= limit) break;
  }
  if (carriedBytes > 0) yield join(LINE_END);
}
