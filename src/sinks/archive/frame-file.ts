/**
 * Finding frames in a file again. Heads are enough for that: nothing is decompressed but what has to be trusted.
 *
 * - The walk goes from head to head. Where none stands it looks for the next signature; what lies between is damaged.
 * - A frame that reaches beyond the end is torn, and so is all that follows.
 * - The end of a file is where its last frame ends that can be decompressed: what a power cut leaves can have the right
 *   length and the wrong content. Damage further ahead is not torn: it stays, and costs its frame when it is read.
 */
import { Buffer } from 'node:buffer';
import type { OpenFile } from '../../core/file-system.ts';
import type { FileFormat } from '../../core/log-directory/file-format.ts';
import { BLOCK_BYTES, readFully } from '../../core/log-directory/log-file.ts';
import type { Codec } from './codec.ts';
import type { FrameHead, FrameNote } from './frame.ts';

/** A frame and where it stands. */
export interface PlacedFrame extends FrameNote {
  readonly offset: number;
}

/** What a walk meets: a frame, or bytes that are none. */
export type Placed =
  | ({ readonly kind: 'frame' } & PlacedFrame)
  | { readonly kind: 'damaged'; readonly offset: number; readonly length: number };

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

/** Goes through the frames between two places. Fails if the file cannot be read. */
export async function* walkFrames(
  file: OpenFile,
  head: FrameHead,
  start: number,
  end: number,
): AsyncGenerator<Placed> {
  for (let at = start; at < end; ) {
    const note = await readHead(file, head, at, end);
    if (note) {
      if (at + note.length > end) return;
      yield { kind: 'frame', offset: at, ...note };
      at += note.length;
      continue;
    }
    const next = await findHead(file, head, at + 1, end);
    if (next === undefined) return;
    yield { kind: 'damaged', offset: at, length: next - at };
    at = next;
  }
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

async function readHead(
  file: OpenFile,
  head: FrameHead,
  offset: number,
  end: number,
): Promise<FrameNote | undefined> {
  const bytes = Buffer.allocUnsafe(Math.min(head.length, end - offset));
  const length = await readFully(file, bytes, bytes.length, offset);
  return head.read(bytes.subarray(0, length));
}

/** Where the next head stands, from `from` on. */
async function findHead(
  file: OpenFile,
  head: FrameHead,
  from: number,
  end: number,
): Promise<number | undefined> {
  const { signature } = head;
  const block = Buffer.allocUnsafe(Math.max(0, Math.min(BLOCK_BYTES, end - from)));
  for (let at = from; at < end; ) {
    const length = await readFully(file, block, Math.min(block.length, end - at), at);
    const view = block.subarray(0, length);
    for (let found = view.indexOf(signature); found >= 0; found = view.indexOf(signature, found + 1)) {
      const isWhole = found + head.length <= length;
      if (isWhole ? head.read(view.subarray(found)) : await readHead(file, head, at + found, end))
        return at + found;
    }
    if (length < block.length) return undefined;
    // A signature may begin in one block and end in the next.
    at += Math.max(1, length - signature.length + 1);
  }
  return undefined;
}
