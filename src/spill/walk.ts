/**
 * Reading a spill file piece by piece: frames as they come, and what lies between them where something is damaged.
 *
 * Where no head stands, the next one is looked for. What lies before it may end with a tail: then it is a frame after all, and
 * only its head was damaged.
 */
import { Buffer } from 'node:buffer';
import type { Batch } from '../core/batch.ts';
import type { OpenFile } from '../core/file-system.ts';
import { BLOCK_BYTES, readFully } from '../core/log-directory/log-file.ts';
import { type FrameHead, HEAD_BYTES, HEAD_SIGNATURE, readBody, readHead, readTail } from './frame.ts';

/** What is met in a file. */
export type Piece =
  | {
      readonly kind: 'frame';
      readonly offset: number;
      readonly head: FrameHead;
      /** Absent if its body is damaged. */
      readonly batch: Batch | undefined;
      /** Its head is damaged, or its tail. */
      readonly isScratched: boolean;
    }
  /** Bytes that are no frame; the last ones of a file are most likely torn. */
  | { readonly kind: 'damaged'; readonly offset: number; readonly length: number };

/** A file, and how much of it counts. */
export interface Walked {
  readonly file: Pick<OpenFile, 'read'>;
  readonly salt: number;
  readonly end: number;
}

/**
 * Reads about `maxBytes` from `from` on, at least one piece unless that is the end. Answers the pieces and where the next
 * ones begin.
 */
export async function readPieces(
  walked: Walked,
  from: number,
  maxBytes: number,
): Promise<{ readonly pieces: readonly Piece[]; readonly next: number }> {
  const { file, salt } = walked;
  let block = await readBytes(file, from, Math.min(maxBytes, walked.end - from));
  const large = readHead(block, 0, salt);
  if (large && large.length > block.length && from + large.length <= walked.end) {
    block = await readBytes(file, from, large.length);
  }
  const pieces: Piece[] = [];
  let at = 0;
  while (at < block.length) {
    const head = readHead(block, at, salt);
    if (head && at + head.length <= block.length) {
      pieces.push(toPiece(block, at, head, from, salt));
      at += head.length;
      continue;
    }
    // It goes on behind this block. It is the first of the next one.
    if (head && from + at + head.length <= walked.end && pieces.length > 0) break;
    const isHeadCut = block.length - at < HEAD_BYTES && from + block.length < walked.end;
    if (isHeadCut && pieces.length > 0) break;
    const next = await findHead(walked, from + at + 1);
    pieces.push(...(await readRegion(walked, from + at, next)));
    at = next - from;
  }
  return { pieces, next: from + at };
}

function toPiece(block: Buffer, at: number, head: FrameHead, base: number, salt: number): Piece {
  const batch = readBody(block, at + HEAD_BYTES, head);
  const isScratched = readTail(block, at + head.length - HEAD_BYTES, salt) === undefined;
  return { kind: 'frame', offset: base + at, head, batch, isScratched };
}

/** What stands between two places, at the first of which no frame begins. */
async function readRegion(walked: Walked, start: number, end: number): Promise<Piece[]> {
  const { file, salt } = walked;
  const tail = readTail(await readBytes(file, end - HEAD_BYTES, HEAD_BYTES), 0, salt);
  const offset = end - (tail?.length ?? 0);
  const damaged: Piece[] = offset > start ? [{ kind: 'damaged', offset: start, length: offset - start }] : [];
  if (!tail || offset < start) return [{ kind: 'damaged', offset: start, length: end - start }];
  const body = await readBytes(file, offset + HEAD_BYTES, tail.length - 2 * HEAD_BYTES);
  return [
    ...damaged,
    { kind: 'frame', offset, head: tail, batch: readBody(body, 0, tail), isScratched: true },
  ];
}

/** Where the next head stands, from `from` on; else the end. */
async function findHead({ file, salt, end }: Walked, from: number): Promise<number> {
  const size = BLOCK_BYTES;
  for (let at = from; at < end; at += size - HEAD_BYTES + 1) {
    const block = await readBytes(file, at, Math.min(size, end - at));
    for (
      let found = block.indexOf(HEAD_SIGNATURE);
      found >= 0;
      found = block.indexOf(HEAD_SIGNATURE, found + 1)
    ) {
      if (readHead(block, found, salt)) return at + found;
    }
    if (block.length < size) break;
  }
  return end;
}

/** The number behind the last line of a file; `undefined` if no line of it can be read. */
export async function findLastLine(walked: Walked): Promise<number | undefined> {
  const { file, salt, end } = walked;
  const tail = readTail(await readBytes(file, end - HEAD_BYTES, HEAD_BYTES), 0, salt);
  if (tail && tail.length <= end) return tail.first + tail.lines;
  let last: number | undefined;
  for (let at = 0; at < end; ) {
    const { pieces, next } = await readPieces(walked, at, 4 * BLOCK_BYTES);
    for (const piece of pieces) if (piece.kind === 'frame') last = piece.head.first + piece.head.lines;
    if (next <= at) break;
    at = next;
  }
  return last;
}

/** What is there of a range. */
async function readBytes(file: Pick<OpenFile, 'read'>, from: number, length: number): Promise<Buffer> {
  if (from < 0 || length <= 0) return Buffer.alloc(0);
  // Not from Node's pool: what is read may be kept for a while.
  const bytes = Buffer.allocUnsafeSlow(length);
  return bytes.subarray(0, await readFully(file, bytes, length, from));
}
