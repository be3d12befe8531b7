/**
 * What a log directory has to know of files of frames.
 *
 * The end of a file is where its last frame ends that can be decompressed: what a power cut leaves can have the right length and
 * the wrong content. Damage further ahead is not torn: it stays, and costs its frame when it is read.
 */
import { Buffer } from 'node:buffer';
import { type PlacedFrame, readHead, walkFrames } from '../../core/compressed/walk-frames.ts';
import type { OpenFile } from '../../core/file-system.ts';
import type { FileFormat } from '../../core/log-directory/file-format.ts';
import { readFully } from '../../core/log-directory/log-file.ts';
import type { Codec } from './codec.ts';

/** What files of this codec are made of. */
export function frameFormat(codec: Codec): FileFormat {
  return {
    async findEnd(file, size) {
      const offsets: number[] = [];
      for await (const placed of walkFrames(file, codec.head, 0, size)) {
        if (placed.kind === 'frame') offsets.push(placed.offset);
      }
      for (const offset of offsets.toReversed()) {
        const note = await readHead(file, codec.head, offset, size);
        if (note && (await isSound(file, codec, { offset, ...note }))) return offset + note.length;
      }
      return 0;
    },
    async countLines(file, start, end) {
      let lines = 0;
      try {
        for await (const placed of walkFrames(file, codec.head, start, end)) {
          if (placed.kind === 'frame' && (await isSound(file, codec, placed))) lines += placed.lines;
        }
      } catch {
        // What cannot be read has no lines.
      }
      return lines;
    },
  };
}

/**
 * Decompresses a frame.
 *
 * @throws Error if it is damaged, or cannot be read
 */
export async function* readFrame(file: OpenFile, codec: Codec, frame: PlacedFrame): AsyncGenerator<Buffer> {
  const bytes = await readBytes(file, frame);
  if (bytes.length < frame.length)
    throw new Error(`only ${bytes.length} of its ${frame.length} bytes are there`);
  yield* codec.decompress(bytes, frame.rawLength);
}

/** Whether a frame can be decompressed. Fails if it cannot be read. */
async function isSound(file: OpenFile, codec: Codec, frame: PlacedFrame): Promise<boolean> {
  const bytes = await readBytes(file, frame);
  try {
    for await (const _ of codec.decompress(bytes, frame.rawLength));
    return true;
  } catch {
    return false;
  }
}

async function readBytes(file: OpenFile, { offset, length }: PlacedFrame): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, await readFully(file, bytes, length, offset));
}
