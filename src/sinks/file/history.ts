/**
 * The newest lines of a log directory, read for a ring that is filled again at the start.
 *
 * First it looks backwards, from the end of the current file through as many archives as are needed, for the place where
 * the wanted lines begin; then it reads from there to the end. Files that are not needed are not opened.
 *
 * Files do not hold the time of a line. It is estimated: the lines of a file came between the sealing of the archive before
 * it and the last change of the file, evenly by bytes. The estimates never decrease and never lie ahead of the clock.
 */
import { Buffer } from 'node:buffer';
import { Batch, LINE_FEED, type Origin } from '../../core/batch.ts';
import type { Clock } from '../../core/clock.ts';
import type { HistoryLimits } from '../../core/component.ts';
import type { LogDirectory } from '../../core/log-directory/directory.ts';
import {
  BLOCK_BYTES,
  findEndOfLines,
  type LogFile,
  openToRead,
  readFully,
} from '../../core/log-directory/log-file.ts';
import { splitLines } from '../../core/log-directory/split-lines.ts';

/** A file, or the end of it, that belongs to the history. */
interface Part {
  readonly name: string;
  /** Where the wanted lines begin and end. */
  readonly start: number;
  readonly end: number;
  /** When its first and its last line came, in ms since the epoch, for all that is known. */
  readonly from: number;
  readonly to: number;
}

/** The newest lines within the limits, oldest first. */
export async function* readHistory(
  directory: LogDirectory,
  limits: HistoryLimits,
  { clock, source }: { readonly clock: Clock; readonly source: string },
): AsyncGenerator<Batch> {
  const parts = await findParts(directory, limits, clock.now());
  for (const part of parts.toReversed()) yield* readPart(directory, part, { source });
}

/** The parts that the limits ask for, newest first. */
async function findParts(directory: LogDirectory, limits: HistoryLimits, now: number): Promise<Part[]> {
  const parts: Part[] = [];
  let { maxLines, maxBytes } = limits;
  let latest = now;
  const { archives } = directory;
  for (let index = archives.length; index >= 0 && maxLines > 0 && maxBytes > 0; index--) {
    const name = archives[index]?.name ?? directory.currentName;
    const opened = await openToRead(directory.fs, directory.pathOf(name));
    if (!opened) continue;
    try {
      const { size, mtimeMs } = opened.status;
      const end = await findEndOfLines(opened.file, size);
      const found = await findStart(opened, end, maxLines, maxBytes);
      const to = Math.min(latest, Math.floor(mtimeMs));
      const from = Math.min(to, archives[index - 1]?.sealedAt ?? to);
      if (found.start < end) parts.push({ name, start: found.start, end, from, to });
      latest = from;
      maxLines -= found.lines;
      maxBytes -= end - found.start;
      if (found.start > 0) break;
    } finally {
      await opened.file.close();
    }
  }
  return parts;
}

/** Where the last `maxLines` lines before `end` begin, as far as they take no more than `maxBytes`. Reads backwards. */
async function findStart(
  { file }: LogFile,
  end: number,
  maxLines: number,
  maxBytes: number,
): Promise<{ start: number; lines: number }> {
  const lowest = Math.max(0, end - maxBytes);
  const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, Math.max(end, 1)));
  let start = end;
  let lines = -1;
  // A line begins behind the line feed of the one before; so the line feed before the lowest place counts, too.
  for (let high = end; high > Math.max(0, lowest - 1); ) {
    const low = Math.max(Math.max(0, lowest - 1), high - block.length);
    const length = await readFully(file, block, high - low, low);
    if (length < high - low) break;
    for (let at = length; at > 0; ) {
      at = block.lastIndexOf(LINE_FEED, at - 1);
      if (at < 0) break;
      lines++;
      start = low + at + 1;
      if (lines === maxLines) return { start, lines };
    }
    high = low;
  }
  if (lowest === 0 && end > 0) return { start: 0, lines: lines + 1 };
  return { start, lines: Math.max(0, lines) };
}

async function* readPart(directory: LogDirectory, part: Part, origin: Origin): AsyncGenerator<Batch> {
  // Retention may have removed it meanwhile.
  const opened = await openToRead(directory.fs, directory.pathOf(part.name));
  if (!opened) return;
  try {
    let block = Buffer.allocUnsafe(BLOCK_BYTES);
    let kept = 0;
    for (let at = part.start; at < part.end; ) {
      const length =
        kept +
        (await readFully(
          opened.file,
          block.subarray(kept),
          Math.min(block.length - kept, part.end - at),
          at,
        ));
      if (length === kept) return;
      at += length - kept;
      const whole = block.lastIndexOf(LINE_FEED, length - 1) + 1;
      if (whole === 0 && length === block.length) {
        // A line that is longer than the block.
        block = Buffer.concat([block], block.length * 2);
        kept = length;
        continue;
      }
      const age = (part.end - at + length - whole) / Math.max(1, part.end);
      yield toBatch(block.subarray(0, whole), origin, Math.floor(part.to - (part.to - part.from) * age));
      // The batch keeps its block; what is left of it moves to the next one.
      const next = Buffer.allocUnsafe(Math.max(BLOCK_BYTES, 2 * (length - whole)));
      kept = block.copy(next, 0, whole, length);
      block = next;
    }
  } finally {
    await opened.file.close();
  }
}

function toBatch(bytes: Buffer, origin: Origin, receivedAt: number): Batch {
  return new Batch(splitLines(bytes), { origin, receivedAt }, bytes.length);
}
