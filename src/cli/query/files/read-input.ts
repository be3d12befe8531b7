/** Reads files piece by piece: while one piece is searched, the next one is read. */
import { Buffer } from 'node:buffer';
import { detectCompression } from '../../../core/compressed/compressions.ts';
import { decompress } from '../../../core/compressed/decompress.ts';
import type { OpenFile } from '../../../core/file-system.ts';
import type { OpenedFile } from './input.ts';

/** How much is read at once. */
const PIECE_BYTES = 512 * 1024;

/** What tells how a file is compressed. */
const MAGIC_BYTES = 4;

/** How far reading is. */
export interface ReadTally {
  /** Bytes of files that were read: of compressed ones, as they are on disk. */
  read: number;
}

/** Whether a file is compressed, and how. */
export async function compressionIn({ file, size }: OpenedFile) {
  const start = Buffer.alloc(Math.min(size, MAGIC_BYTES));
  const { bytesRead } = await file.read(start, 0, start.length, 0);
  return detectCompression(start.subarray(0, bytesRead));
}

/** A file as it is, from the start on. A piece is good until the next one is asked for. */
export async function* readPieces(
  file: Pick<OpenFile, 'read'>,
  size: number,
  tally: ReadTally,
): AsyncGenerator<Buffer, void, undefined> {
  const places = { next: 0 };
  const next = async (buffer: Buffer): Promise<Buffer> => {
    const at = places.next;
    const length = Math.min(buffer.length, size - at);
    const { bytesRead } = length > 0 ? await file.read(buffer, 0, length, at) : { bytesRead: 0 };
    places.next = at + bytesRead;
    return buffer.subarray(0, bytesRead);
  };
  yield* readAhead(next, size, tally);
}

/** A file as it is, from the end to the start. A piece is good until the next one is asked for. */
export async function* readPiecesBackwards(
  file: Pick<OpenFile, 'read'>,
  size: number,
  tally: ReadTally,
): AsyncGenerator<Buffer, void, undefined> {
  let end = size;
  const next = async (buffer: Buffer): Promise<Buffer> => {
    const length = Math.min(buffer.length, end);
    end -= length;
    let at = 0;
    while (at < length) {
      const { bytesRead } = await file.read(buffer, at, length - at, end + at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return buffer.subarray(0, at);
  };
  yield* readAhead(next, size, tally);
}

async function* readAhead(
  next: (buffer: Buffer) => Promise<Buffer>,
  size: number,
  tally: ReadTally,
): AsyncGenerator<Buffer, void, undefined> {
  const length = Math.max(1, Math.min(PIECE_BYTES, size));
  let free = Buffer.allocUnsafe(length);
  let used = Buffer.allocUnsafe(length);
  let reading = next(free);
  try {
    for (;;) {
      const piece = await reading;
      if (piece.length === 0) return;
      tally.read += piece.length;
      [used, free] = [free, used];
      reading = next(free);
      yield piece;
    }
  } finally {
    // Nobody may close the file before.
    await reading.catch(() => {});
  }
}

/** What a compressed file holds. `damaged` is told of what cannot be read of it. */
export function readCompressed(
  { file, size }: OpenedFile,
  kind: 'gzip' | 'zstd',
  tally: ReadTally,
  damaged: (offset: number, why: string) => void,
): AsyncGenerator<Buffer> {
  const counted: Pick<OpenFile, 'read'> = {
    async read(buffer, offset, length, position) {
      const result = await file.read(buffer, offset, length, position);
      tally.read += result.bytesRead;
      return result;
    },
  };
  return decompress(counted, { kind, size, damaged: ({ offset, why }) => damaged(offset, why) });
}
