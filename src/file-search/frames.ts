/**
 * The frames of a file (core/compressed/frame.ts) as they are searched: one after the other, from the first to the last or the other
 * way round, and only those whose lines may have come within the time that is asked for.
 *
 * When the newest line of a frame came says its head, and when the oldest came the index of the file, if it has one. The index is
 * about places in the file as it is; it is used only if what it passes over ends where a frame begins.
 *
 * A frame is decompressed as a whole, and becomes no more than its head says; one that says it would become more than LARGEST_WHOLE
 * is one single line (an archive sink makes no others), and comes piece by piece. What is damaged costs its frame, is told, and the
 * others are found all the same.
 *
 * Of a file, a block and a frame are in memory, and for the newest a number for each MAX_SEGMENT bytes, whatever its size is.
 */
import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { type Compression, detectCompression } from '../core/compressed/compressions.ts';
import { decompress } from '../core/compressed/decompress.ts';
import { FRAME_HEADS } from '../core/compressed/frame.ts';
import { type PlacedFrame, readHead, walkFrames } from '../core/compressed/walk-frames.ts';
import { messageOf } from '../core/errors.ts';
import { readFully } from '../core/log-directory/log-file.ts';
import { type TimeBlock, UNKNOWN_TIMES } from '../core/log-directory/time-index.ts';
import { type Range, type Readable, type Run, type RunOptions, runsOfPieces } from './raw-blocks.ts';
import { ReadAhead } from './read-ahead.ts';
import { type Between, Times } from './times.ts';

/** The largest frame of several lines, in bytes of lines: the most that `frameSize` can be. */
const LARGEST_WHOLE = 64 * 2 ** 20;

/** A frame that takes more than this in a file is none of several lines. */
const LARGEST_LENGTH = 2 * LARGEST_WHOLE;

/** How much of a file is read at once for its newest lines. */
const MAX_SEGMENT = 2 ** 20;

/** A frame, and between which times its lines came, in ms since the epoch. */
export interface TimedFrame extends PlacedFrame {
  readonly oldest: number;
  readonly newest: number;
}

/** Lines of a frame. Where they stand counts from the beginning of what the frame holds. */
export interface FrameRun extends Run {
  readonly frame: TimedFrame;
}

export interface FramesInit extends Pick<RunOptions, 'longest'> {
  readonly kind: Compression;
  /** How many bytes of the file count. */
  readonly size: number;
  /** When its lines came: of places in the file. */
  readonly blocks: readonly TimeBlock[];
  readonly between: Between;
  /** Whether decompression may hold up this thread. */
  readonly mayBlock: boolean;
  /** Told of what is damaged. */
  readonly damaged: (offset: number, why: string) => void;
}

/**
 * Whether a compressed file is one of frames.
 *
 * @param thorough - whether it is one, too, if it does not begin with a frame but has one: the first may be damaged
 */
export async function holdsFrames(
  file: Readable,
  { kind, size }: Pick<FramesInit, 'kind' | 'size'>,
  thorough: boolean,
): Promise<boolean> {
  const head = FRAME_HEADS[kind];
  if (size === 0) return false;
  if (await readHead(file, head, 0, size)) return true;
  if (!thorough) return false;
  for await (const { kind: found } of walkFrames(file, head, 0, size)) if (found === 'frame') return true;
  // What does not even begin as something compressed does is taken for frames of which none is sound.
  const start = Buffer.alloc(Math.min(4, size));
  return detectCompression(start.subarray(0, await readFully(file, start, start.length, 0))) !== kind;
}

/** The lines of the frames that are asked for, in runs, of which each is a frame or a piece of a line that is longer. */
export async function* frameRuns(
  file: Readable,
  init: FramesInit,
  order: 'oldest' | 'newest' = 'oldest',
): AsyncGenerator<FrameRun> {
  const times = new Times(init.blocks, init.between);
  const known = (await agree(file, init, times)) ? times : new Times([], init.between);
  const ranges = known.rangesWithin(init.size);
  const frames = order === 'newest' ? backward(file, init, ranges) : forward(file, init, ranges);
  for await (const { from, placed } of frames) {
    const frame = { ...placed, ...timesOf(placed, known) };
    if (frame.newest < init.between.since || frame.oldest >= init.between.until) continue;
    for await (const run of runsOf(from, frame, init)) yield { ...run, frame };
  }
}

/** Whether each range of an index begins where a frame does. */
async function agree(file: Readable, { kind, size }: FramesInit, times: Times): Promise<boolean> {
  for (const { start } of times.rangesWithin(size)) {
    if (start > 0 && !(await readHead(file, FRAME_HEADS[kind], start, size))) return false;
  }
  return true;
}

function timesOf({ offset, receivedAt }: PlacedFrame, times: Times): { oldest: number; newest: number } {
  const { oldest, newest } = times.blockAt(offset) ?? UNKNOWN_TIMES;
  if (!Number.isFinite(receivedAt)) return { oldest, newest };
  return { oldest: oldest <= receivedAt ? oldest : UNKNOWN_TIMES.oldest, newest: receivedAt };
}

/** A frame, and what it can be read from. */
interface Found {
  readonly from: Readable;
  readonly placed: PlacedFrame;
}

async function* forward(file: Readable, init: FramesInit, ranges: readonly Range[]): AsyncGenerator<Found> {
  const ahead = new ReadAhead(file, init.size);
  try {
    for (const range of ranges) {
      for await (const placed of framesIn(ahead, init, range)) yield { from: ahead, placed };
    }
  } finally {
    // Nobody may close the file before.
    await ahead.idle();
  }
}

async function* backward(file: Readable, init: FramesInit, ranges: readonly Range[]): AsyncGenerator<Found> {
  const quiet = { ...init, damaged: () => {} };
  for (const range of ranges.toReversed()) {
    const segments: Range[] = [];
    for await (const { offset, length } of framesIn(file, init, range)) {
      const last = segments.at(-1);
      const end = offset + length;
      if (last?.end === offset && end - last.start <= MAX_SEGMENT)
        segments[segments.length - 1] = { start: last.start, end };
      else segments.push({ start: offset, end });
    }
    for (const segment of segments.toReversed()) {
      const from = await inMemory(file, segment);
      const frames: PlacedFrame[] = [];
      for await (const placed of framesIn(from, quiet, segment)) frames.push(placed);
      for (const placed of frames.toReversed()) yield { from, placed };
    }
  }
}

/** The frames that begin in a range. */
async function* framesIn(
  file: Readable,
  { kind, size, damaged }: FramesInit,
  { start, end }: Range,
): AsyncGenerator<PlacedFrame> {
  let sound = start;
  const behind = Math.min(end, size);
  for await (const placed of walkFrames(file, FRAME_HEADS[kind], start, size, behind)) {
    sound = placed.offset + placed.length;
    if (placed.kind === 'frame') yield placed;
    else damaged(placed.offset, `no frame begins there: ${placed.length} bytes are passed over`);
  }
  if (sound < behind) damaged(sound, 'it is incomplete');
}

/** A part of a file; it is read as the file is if it is large. */
async function inMemory(file: Readable, { start, end }: Range): Promise<Readable> {
  if (end - start > MAX_SEGMENT) return file;
  const bytes = Buffer.allocUnsafeSlow(end - start);
  const length = await readFully(file, bytes, bytes.length, start);
  return {
    read: (buffer, offset, wanted, position) => {
      const from = position - start;
      const bytesRead = bytes.copy(buffer, offset, from, Math.min(length, from + wanted));
      return Promise.resolve({ bytesRead });
    },
  };
}

async function* runsOf(from: Readable, frame: TimedFrame, init: FramesInit): AsyncGenerator<Run> {
  const { offset, length, rawLength } = frame;
  if (rawLength > LARGEST_WHOLE || length > LARGEST_LENGTH) {
    yield* runsOfPieces(piecesOf(from, frame, init), rawLength, init);
    return;
  }
  const bytes = Buffer.allocUnsafe(length);
  const present = await readFully(from, bytes, length, offset);
  let raw: Buffer;
  try {
    if (present < length) throw new Error(`only ${present} of its ${length} bytes are there`);
    raw = await inflate(bytes, frame, init);
  } catch (error) {
    init.damaged(offset, `${messageOf(error)}: ${frame.lines} lines cannot be read`);
    return;
  }
  yield* runsOfPieces(only(raw), rawLength, { longest: LARGEST_WHOLE });
}

async function* only(piece: Buffer): AsyncGenerator<Buffer> {
  yield piece;
}

/** What a large frame holds, piece by piece. */
function piecesOf(
  from: Readable,
  { offset, length, rawLength }: PlacedFrame,
  { kind, damaged }: FramesInit,
): AsyncGenerator<Buffer> {
  const part: Readable = {
    read: (buffer, at, wanted, position) =>
      from.read(buffer, at, Math.min(wanted, length - position), offset + position),
  };
  return decompress(part, {
    kind,
    size: length,
    most: rawLength,
    damaged: (damage) => damaged(offset + damage.offset, damage.why),
  });
}

const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const zstd = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress);

/** Decompresses a frame. @throws Error if it is damaged, or does not hold what it should */
async function inflate(
  frame: Buffer,
  { rawLength }: PlacedFrame,
  { kind, mayBlock }: FramesInit,
): Promise<Buffer> {
  const options = { maxOutputLength: Math.max(1, rawLength), chunkSize: Math.max(64, rawLength + 1) };
  // Node's zstd stops behind the first frame, also behind one that is skipped.
  const input = kind === 'zstd' ? frame.subarray(FRAME_HEADS.zstd.length) : frame;
  let raw: Buffer;
  if (kind === 'gzip') raw = mayBlock ? zlib.gunzipSync(input, options) : await gunzip(input, options);
  else raw = mayBlock ? zlib.zstdDecompressSync(input, options) : await zstd(input, options);
  if (raw.length < rawLength) throw new Error(`it holds ${raw.length} bytes in place of ${rawLength}`);
  return raw;
}
