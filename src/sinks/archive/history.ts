/**
 * The newest lines of a directory of archives, read for a ring that is filled again at the start.
 *
 * It looks backwards through as many files as are needed, at the heads of their frames only, and then decompresses the
 * frames that hold the wanted lines, oldest first. A frame that is damaged is left out, and counted; the others are not
 * touched by it. Each line gets the receive time of the newest line in its frame.
 */
import { Buffer } from 'node:buffer';
import { Batch, type Origin } from '../../core/batch.ts';
import type { HistoryLimits } from '../../core/component.ts';
import { type PlacedFrame, walkFrames } from '../../core/compressed/walk-frames.ts';
import { messageOf } from '../../core/errors.ts';
import type { LogDirectory } from '../../core/log-directory/directory.ts';
import { openToRead } from '../../core/log-directory/log-file.ts';
import { splitLines } from '../../core/log-directory/split-lines.ts';
import type { Logger } from '../../core/logger.ts';
import type { Codec } from './codec.ts';
import { readFrame } from './frame-file.ts';

/** Larger frames are not read back: nobody who has written one could be asked how much memory that may take. */
const LARGEST_FRAME = 256 * 2 ** 20;

/** Places that could not be read, and what they cost. */
export interface Damage {
  /** Places, each a frame as a rule. */
  places: number;
  /** Compressed bytes. */
  bytes: number;
  /** Lines, as far as it is known how many there were. */
  lines: number;
}

export interface HistoryInit {
  readonly codec: Codec;
  readonly origin: Origin;
  readonly damage: Damage;
  readonly log: Logger;
}

/** The frames of one file that are wanted, oldest first. */
interface Part {
  readonly name: string;
  readonly frames: readonly PlacedFrame[];
}

/** What is too much. */
interface Surplus {
  readonly lines: number;
  readonly bytes: number;
}

/** The newest lines within the limits, oldest first. */
export async function* readHistory(
  directory: LogDirectory,
  limits: HistoryLimits,
  init: HistoryInit,
): AsyncGenerator<Batch> {
  const { parts, surplus } = await findParts(directory, limits, init);
  let isFirst = true;
  let latest = 0;
  for (const { name, frames } of parts.toReversed()) {
    const opened = await openToRead(directory.fs, directory.pathOf(name));
    // Retention may have removed it meanwhile.
    if (!opened) continue;
    try {
      for (const frame of frames) {
        latest = Math.max(latest, frame.receivedAt);
        const lines = await readLines(opened.file, name, frame, init);
        if (lines) {
          const batch = new Batch(lines, { origin: init.origin, receivedAt: latest });
          const kept = isFirst ? withoutSurplus(batch, surplus) : batch;
          if (kept.length > 0) yield kept;
        }
        isFirst = false;
      }
    } finally {
      await opened.file.close();
    }
  }
}

/** A batch without its oldest lines: at least so many lines, and so many bytes. */
function withoutSurplus(batch: Batch, surplus: Surplus): Batch {
  let from = Math.min(surplus.lines, batch.length);
  const start = batch.bounds[0] ?? 0;
  while (from < batch.length && batch.start(from) - start < surplus.bytes) from++;
  return batch.slice(from);
}

/** The frames that the limits ask for, newest file first, and how much of the first frame is too much. */
async function findParts(
  directory: LogDirectory,
  limits: HistoryLimits,
  init: HistoryInit,
): Promise<{ parts: Part[]; surplus: Surplus }> {
  const parts: Part[] = [];
  let { maxLines, maxBytes } = limits;
  const names = [...directory.archives.map(({ name }) => name), directory.currentName];
  for (const name of names.toReversed()) {
    if (maxLines <= 0 || maxBytes <= 0) break;
    const wanted: PlacedFrame[] = [];
    for (const frame of (await listFrames(directory, name, init)).toReversed()) {
      if (maxLines <= 0 || maxBytes <= 0) break;
      wanted.push(frame);
      maxLines -= frame.lines;
      maxBytes -= frame.rawLength;
    }
    parts.push({ name, frames: wanted.toReversed() });
  }
  return { parts, surplus: { lines: Math.max(0, -maxLines), bytes: Math.max(0, -maxBytes) } };
}

async function listFrames(
  directory: LogDirectory,
  name: string,
  { codec, damage, log }: HistoryInit,
): Promise<PlacedFrame[]> {
  const opened = await openToRead(directory.fs, directory.pathOf(name));
  if (!opened) return [];
  const frames: PlacedFrame[] = [];
  let end = 0;
  try {
    const { size } = opened.status;
    for await (const placed of walkFrames(opened.file, codec.head, 0, size)) {
      end = placed.offset + placed.length;
      if (placed.kind === 'frame') frames.push(placed);
      else noteDamage(damage, log, name, placed, 'no frame begins there');
    }
    if (end < size) noteDamage(damage, log, name, { offset: end, length: size - end }, 'it is incomplete');
  } finally {
    await opened.file.close();
  }
  return frames;
}

async function readLines(
  file: Parameters<typeof readFrame>[0],
  name: string,
  frame: PlacedFrame,
  { codec, damage, log }: HistoryInit,
): Promise<ReturnType<typeof splitLines> | undefined> {
  try {
    if (frame.rawLength > LARGEST_FRAME)
      throw new Error(`it holds ${frame.rawLength} bytes, which is too much`);
    const pieces = await Array.fromAsync(readFrame(file, codec, frame));
    return splitLines(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, frame.rawLength));
  } catch (error) {
    noteDamage(damage, log, name, frame, messageOf(error));
    return undefined;
  }
}

function noteDamage(
  damage: Damage,
  log: Logger,
  name: string,
  place: { readonly offset: number; readonly length: number; readonly lines?: number },
  why: string,
): void {
  const { offset, length: bytes, lines } = place;
  damage.places++;
  damage.bytes += bytes;
  damage.lines += lines ?? 0;
  log.warn(
    { file: name, offset, bytes, lines },
    `${name} is damaged at offset ${offset}: ${bytes} bytes cannot be read: ${why}`,
  );
}
