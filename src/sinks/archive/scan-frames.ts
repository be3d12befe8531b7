/**
 * Checks a file of frames, or a file that was compressed as a whole, as the file sink does it. Each frame is decompressed and its lines counted. One frame at a time is in memory,
 * compressed; of what it becomes only a piece, and no more is made of it than its note says.
 */
import { Buffer } from 'node:buffer';
import { LINE_FEED } from '../../core/batch.ts';
import { detectCompression } from '../../core/compressed/compressions.ts';
import { type Damage, decompress } from '../../core/compressed/decompress.ts';
import { type PlacedFrame, walkFrames } from '../../core/compressed/walk-frames.ts';
import { messageOf } from '../../core/errors.ts';
import type { OpenFile } from '../../core/file-system.ts';
import { readFully } from '../../core/log-directory/log-file.ts';
import type { FileDamage, FileScan, VerifiableFormat } from '../../core/log-directory/verify/format.ts';
import { CODECS, type Codec } from './codec.ts';
import { frameFormat } from './frame-file.ts';

/** Larger frames are not read: they would have to be in memory. */
const LARGEST_FRAME = 256 * 2 ** 20;

/** The files that archive sinks write, for checking. */
export const archiveFiles: readonly VerifiableFormat[] = Object.values(CODECS).map((codec) => ({
  suffix: codec.suffix,
  unit: 'frame',
  format: frameFormat(codec),
  scan: (file, size) => scanFrames(file, codec, size),
  holdsSeveral: (file, end) => holdsSeveral(file, codec, end),
}));

async function scanFrames(file: OpenFile, codec: Codec, size: number): Promise<FileScan> {
  if (!(await holdsFrames(file, codec, size))) return scanStream(file, codec, size);
  let end = 0;
  let damage: FileDamage | undefined;
  // Damage if a whole frame follows, and the tail if none does.
  let pending: FileDamage | undefined;
  for await (const placed of walkFrames(file, codec.head, 0, size)) {
    const { offset, length: bytes } = placed;
    if (placed.kind === 'damaged') {
      pending = join(pending, { places: 1, bytes, lines: 0, offset, why: 'no frame begins there' });
      continue;
    }
    const why = await faultOf(file, codec, placed);
    if (why !== undefined) {
      pending = join(pending, { places: 1, bytes, lines: placed.lines, offset, why });
      continue;
    }
    if (pending) damage = join(damage, pending);
    pending = undefined;
    end = offset + bytes;
  }
  return { end, ...(damage && { damage }), ...(pending && { tail: pending }) };
}

/** Whether there is a frame of ours: what was compressed otherwise has none. */
async function holdsFrames(file: OpenFile, { head, kind }: Codec, size: number): Promise<boolean> {
  const start = Buffer.alloc(4);
  const length = await readFully(file, start, Math.min(start.length, size), 0);
  // What does not even begin as it should is taken for frames whose first one is damaged.
  if (detectCompression(start.subarray(0, length)) !== kind) return true;
  for await (const { kind: found } of walkFrames(file, head, 0, size)) if (found === 'frame') return true;
  return false;
}

async function scanStream(file: OpenFile, { kind }: Codec, size: number): Promise<FileScan> {
  let damage: FileDamage | undefined;
  const damaged = ({ offset, why }: Damage): void => {
    damage = join(damage, { places: 1, bytes: size - offset, lines: 0, offset, why });
  };
  for await (const _ of decompress(file, { kind, size, damaged, most: Number.POSITIVE_INFINITY }));
  return { end: size, ...(damage && { damage }) };
}

function join(first: FileDamage | undefined, second: FileDamage): FileDamage {
  if (!first) return second;
  const { places, bytes, lines } = second;
  return {
    ...first,
    places: first.places + places,
    bytes: first.bytes + bytes,
    lines: first.lines + lines,
  };
}

/** What is wrong with a frame. Fails if it cannot be read. */
async function faultOf(file: OpenFile, codec: Codec, frame: PlacedFrame): Promise<string | undefined> {
  const { offset, length, rawLength, lines } = frame;
  if (length > LARGEST_FRAME) return `it is ${length} bytes long, which is too much to be read`;
  const bytes = Buffer.allocUnsafe(length);
  const present = await readFully(file, bytes, length, offset);
  if (present < length) return `only ${present} of its ${length} bytes are there`;
  let lineFeeds = 0;
  let last = LINE_FEED;
  try {
    for await (const piece of codec.decompress(bytes, rawLength)) {
      for (let at = piece.indexOf(LINE_FEED); at >= 0; at = piece.indexOf(LINE_FEED, at + 1)) lineFeeds++;
      last = piece.at(-1) ?? last;
    }
  } catch (error) {
    return messageOf(error);
  }
  if (last !== LINE_FEED) return 'it does not end with a line feed';
  // A line may have line feeds in it, where another byte ends lines.
  return lineFeeds < lines ? `it holds ${lineFeeds} lines in place of ${lines}` : undefined;
}

async function holdsSeveral(file: OpenFile, codec: Codec, end: number): Promise<boolean> {
  let frames = 0;
  for await (const { kind } of walkFrames(file, codec.head, 0, end)) {
    if (kind === 'frame' && ++frames > 1) return true;
  }
  return false;
}
