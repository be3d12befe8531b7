/**
 * Cuts what is read into runs of whole lines, each line with its line feed; the last one gets one if it has none. Nothing is copied
 * but lines that stand in two pieces.
 *
 * Invariant: what is given out is good until the next one is asked for.
 */
import { Buffer } from 'node:buffer';
import { LINE_FEED } from '../../../core/batch.ts';
import { LogCasterError } from '../../../core/errors.ts';

const LINE_END = Buffer.of(LINE_FEED);

/** The longest line, in bytes. */
const MAX_LINE = 256 * 2 ** 20;

/** Whole lines, from the first on. */
export async function* lineBlocks(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, undefined> {
  let carried: Buffer[] = [];
  let carriedBytes = 0;
  for await (const each of pieces) {
    const piece = toBuffer(each);
    const first = piece.indexOf(LINE_FEED);
    let from = 0;
    if (first !== -1 && carriedBytes > 0) {
      from = first + 1;
      yield Buffer.concat([...carried, piece.subarray(0, from)]);
      carried = [];
      carriedBytes = 0;
    }
    const end = piece.lastIndexOf(LINE_FEED) + 1;
    if (end > from) yield piece.subarray(from, end);
    const rest = piece.subarray(Math.max(from, end));
    if (rest.length === 0) continue;
    carried.push(Buffer.from(rest));
    carriedBytes += rest.length;
    refuseTooLong(carriedBytes);
  }
  if (carriedBytes > 0) yield Buffer.concat([...carried, LINE_END]);
}

/** Whole lines, from the last on: `pieces` come in the order from the end to the start. The lines in each run are in their order. */
export async function* lineBlocksBackwards(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, undefined> {
  let carried: Buffer[] = [];
  let carriedBytes = 0;
  let isEnd = true;
  for await (const each of pieces) {
    let piece = toBuffer(each);
    if (isEnd && piece.at(-1) !== LINE_FEED) piece = Buffer.concat([piece, LINE_END]);
    // The line feed that ends the line before those that are carried.
    const from = piece.length - (isEnd ? 2 : 1);
    const before = from < 0 ? -1 : piece.lastIndexOf(LINE_FEED, from);
    isEnd = false;
    const rest = piece.subarray(before + 1);
    carried.unshift(Buffer.from(rest));
    carriedBytes += rest.length;
    refuseTooLong(carriedBytes);
    if (before === -1) continue;
    yield Buffer.concat(carried);
    const first = piece.indexOf(LINE_FEED);
    if (first < before) yield piece.subarray(first + 1, before + 1);
    carried = [Buffer.from(piece.subarray(0, first + 1))];
    carriedBytes = first + 1;
  }
  if (carriedBytes > 0) yield Buffer.concat(carried);
}

function toBuffer(piece: Uint8Array): Buffer {
  return Buffer.from(piece.buffer, piece.byteOffset, piece.length);
}

function refuseTooLong(bytes: number): void {
  if (bytes <= MAX_LINE) return;
  throw new LogCasterError('LC_SEARCH_TOO_LARGE', `a line is longer than ${MAX_LINE} bytes`);
}
