/** Looking into a spill directory without changing anything, also while a collector has it. */
import type { Batch } from '../core/batch.ts';
import { messageOf } from '../core/errors.ts';
import { errorCode, type FileSystem } from '../core/file-system.ts';
import { isLocked } from '../core/log-directory/lock.ts';
import { failAsUnusable, unusable } from '../core/log-directory/unusable.ts';
import { findBounds, withSegment } from './bounds.ts';
import { type FormatState, readFormat } from './format.ts';
import { FORMAT_NAME, parseSegmentName } from './names.ts';
import { listSegments, type Segment } from './segments.ts';
import { readPieces } from './walk.ts';

/** What a spill directory holds. */
export interface SpillState {
  /** Without symbolic links. */
  readonly path: string;
  readonly format: FormatState;
  readonly segments: readonly Segment[];
  /** Bytes of all segments. */
  readonly bytes: number;
  /** The number of the first line that is not settled, and the number behind the last line. */
  readonly settled: number;
  readonly end: number;
  /** Of the lines that wait, so many the sink may have stored. */
  readonly possibleDuplicates: number;
  /** Whether a collector has it. */
  readonly isInUse: boolean;
}

/** What is met on the way through a spill, oldest first. */
export type SpillEvent =
  | {
      readonly kind: 'batch';
      readonly batch: Batch;
      readonly first: number;
      readonly isScratched: boolean;
      readonly place: Place;
    }
  /** Of `lines` lines, as far as that is known, nothing can be read. */
  | {
      readonly kind: 'damaged';
      readonly lines: number | undefined;
      readonly isLast: boolean;
      readonly place: Place;
    }
  /** Lines that are in no segment, from a number on. */
  | { readonly kind: 'missing'; readonly first: number; readonly lines: number; readonly place: Place }
  | { readonly kind: 'unreadable'; readonly why: string; readonly place: Place };

/** Where something stands. */
export interface Place {
  /** The name of the segment. */
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

const CHUNK_BYTES = 2 ** 20;

/** Whether a directory is one of a spill. */
export async function isSpillDirectory(fs: FileSystem, path: string): Promise<boolean> {
  try {
    return (await fs.readdir(path)).some(
      (name) => name === FORMAT_NAME || parseSegmentName(name) !== undefined,
    );
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOTDIR' || code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Says what a spill directory holds.
 *
 * @throws LogCasterError `LC_DIRECTORY_UNUSABLE`, `LC_DIRECTORY_FORMAT`, `LC_DIRECTORY_OBSTRUCTED`
 */
export function inspectSpill(fs: FileSystem, directory: string): Promise<SpillState> {
  return failAsUnusable(directory, async () => {
    const path = await fs.realpath(directory);
    const status = await fs.stat(path);
    if (!status.isDirectory()) throw unusable(path, 'it is not a directory');
    if (!(await isSpillDirectory(fs, path))) {
      throw unusable(path, 'it is not one of a spill', {
        hint: 'Name the directory that `queue.spill` of a sink has.',
      });
    }
    const format = await readFormat(fs, path);
    const segments = await listSegments(fs, path);
    const { settled, handed, end } = await findBounds(fs, path, segments);
    return {
      path,
      format,
      segments,
      bytes: segments.reduce((sum, { size }) => sum + size, 0),
      settled,
      end,
      possibleDuplicates: Math.max(0, Math.min(handed, end) - settled),
      isInUse: await isLocked(fs, path, status),
    };
  });
}

/**
 * Goes through the lines of a spill, from a line on. A segment that a collector removes meanwhile is passed over: its lines are
 * settled.
 */
export async function* walkSpill(
  fs: FileSystem,
  { path, segments, end }: SpillState,
  from: number,
): AsyncGenerator<SpillEvent> {
  let next = from;
  for (const [index, segment] of segments.entries()) {
    const { name: file, end: size } = segment;
    let at = 0;
    while (at < size) {
      const offset = at;
      let read: Awaited<ReturnType<typeof readPieces>>;
      try {
        read = await withSegment(fs, path, segment, (walked) => readPieces(walked, offset, CHUNK_BYTES));
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') {
          yield { kind: 'unreadable', why: messageOf(error), place: { file, offset, bytes: size - offset } };
        }
        break;
      }
      for (const piece of read.pieces) {
        const bytes = piece.kind === 'frame' ? piece.head.length : piece.length;
        const place = { file, offset: piece.offset, bytes };
        if (piece.kind === 'damaged') {
          const isLast = index === segments.length - 1 && piece.offset + bytes === size;
          yield { kind: 'damaged', lines: undefined, isLast, place };
          continue;
        }
        const { first, lines } = piece.head;
        if (first + lines <= next) continue;
        if (first > next) yield { kind: 'missing', first: next, lines: first - next, place };
        const { batch, isScratched } = piece;
        if (batch)
          yield { kind: 'batch', batch: batch.slice(Math.max(0, next - first)), first, isScratched, place };
        else yield { kind: 'damaged', lines, isLast: false, place };
        next = first + lines;
      }
      if (read.next <= at) break;
      at = read.next;
    }
  }
  if (next < end) {
    const last = segments.at(-1);
    yield {
      kind: 'missing',
      first: next,
      lines: end - next,
      place: { file: last?.name ?? '.', offset: last?.end ?? 0, bytes: 0 },
    };
  }
}
