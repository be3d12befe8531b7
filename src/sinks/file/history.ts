/**
 * The newest lines of a log directory, read for a ring that is filled again at the start.
 *
 * First it looks backwards, from the end of the current file through as many archives as are needed, for the place where
 * the wanted lines begin; then it reads from there to the end. Files that are not needed are not opened. A file that cannot
 * be read ends the look back: what is newer is given all the same, before the error.
 *
 * A compressed archive cannot be read backwards: it is read twice, first to count, then for its lines. What is damaged in it
 * costs what stands behind the damage, and the log says so.
 *
 * Files do not hold the time of a line. It is estimated: the lines of a file came between the sealing of the archive before
 * it and the last change of the file, evenly by bytes. The estimates never decrease and never lie ahead of the clock.
 */
import { Buffer } from 'node:buffer';
import { Batch, LINE_FEED, type Origin } from '../../core/batch.ts';
import type { Clock } from '../../core/clock.ts';
import type { HistoryLimits } from '../../core/component.ts';
import { countWholeLines, wholeLines } from '../../core/compressed/compressed-lines.ts';
import { type Compression, compressionOf } from '../../core/compressed/compressions.ts';
import { type Damage, decompress } from '../../core/compressed/decompress.ts';
import type { OpenFile } from '../../core/file-system.ts';
import type { LogDirectory } from '../../core/log-directory/directory.ts';
import { BLOCK_BYTES, findEndOfLines, openToRead, readFully } from '../../core/log-directory/log-file.ts';
import type { Archive } from '../../core/log-directory/names.ts';
import { splitLines } from '../../core/log-directory/split-lines.ts';
import type { Logger } from '../../core/logger.ts';

/** A file, or the end of it, that belongs to the history. */
interface Part {
  readonly name: string;
  /** How it is compressed. Then `start` and `end` are places in what it holds, and `start` may lie within a line. */
  readonly compression?: Compression;
  /** How many of its lines are left out at least, where it is compressed. */
  readonly leftOut?: number;
  /** Where the wanted lines begin and end. */
  readonly start: number;
  readonly end: number;
  /** When its first and its last line came, in ms since the epoch, for all that is known. */
  readonly from: number;
  readonly to: number;
  /** The whole file, if it is small: so many small files are read once, not twice. */
  readonly content: Buffer | undefined;
}

/** Of each file, and of all of them together, how much is kept between looking back and reading. */
const SMALL_BYTES = 64 * 1024;
const KEPT_BYTES = 16 * 2 ** 20;

type Readable = Pick<OpenFile, 'read'>;

/** The newest lines within the limits, oldest first. */
export async function* readHistory(
  directory: LogDirectory,
  limits: HistoryLimits,
  { clock, source, log }: { readonly clock: Clock; readonly source: string; readonly log: Logger },
): AsyncGenerator<Batch> {
  const { parts, failure } = await findParts(directory, limits, clock.now());
  for (const part of parts.toReversed()) {
    if (part.compression) yield* readCompressedPart(directory, part, { source }, log);
    else yield* readPart(directory, part, { source });
  }
  if (failure !== undefined) throw failure as Error;
}

/** The parts that the limits ask for, newest first, and why there are no older ones, if that is not their end. */
async function findParts(
  directory: LogDirectory,
  limits: HistoryLimits,
  now: number,
): Promise<{ parts: Part[]; failure?: unknown }> {
  const parts: Part[] = [];
  let { maxLines, maxBytes } = limits;
  let latest = now;
  let room = KEPT_BYTES;
  const archives = [...directory.unnumbered, ...directory.archives];
  try {
    for (let index = archives.length; index >= 0 && maxLines > 0 && maxBytes > 0; index--) {
      const name = archives[index]?.name ?? directory.currentName;
      const sealedBefore = archives[index - 1]?.sealedAt;
      const wanted = { maxLines, maxBytes, latest, sealedBefore, room };
      const compression = compressionOf(name);
      const part = compression
        ? await findCompressedPart(directory, archives[index]!, compression, wanted)
        : await findPart(directory, name, wanted);
      if (!part) continue;
      if (part.start < part.end) parts.push(part);
      latest = part.from;
      maxLines -= part.lines;
      maxBytes -= part.end - part.start;
      room -= part.content?.length ?? 0;
      if (part.start > 0 || (part.leftOut ?? 0) > 0) break;
    }
  } catch (failure) {
    return { parts, failure };
  }
  return { parts };
}

/** What is asked of a file. */
type Wanted = HistoryLimits & { latest: number; sealedBefore: number | undefined; room: number };

/** What is wanted of one file; `undefined` if it is gone. */
async function findPart(
  directory: LogDirectory,
  name: string,
  wanted: Wanted,
): Promise<(Part & { lines: number }) | undefined> {
  const opened = await openToRead(directory.fs, directory.pathOf(name));
  if (!opened) return undefined;
  try {
    const { size, mtimeMs } = opened.status;
    const content = size <= Math.min(SMALL_BYTES, wanted.room) ? await readAll(opened.file, size) : undefined;
    const file = content ? inMemory(content) : opened.file;
    const end = await findEndOfLines(file, content?.length ?? size);
    const { start, lines } = await findStart(file, end, wanted.maxLines, wanted.maxBytes);
    const to = Math.min(wanted.latest, Math.floor(mtimeMs));
    const from = Math.min(to, wanted.sealedBefore ?? to);
    return { name, start, end, from, to, content, lines };
  } finally {
    await opened.file.close();
  }
}

/** The same of a compressed archive. */
async function findCompressedPart(
  directory: LogDirectory,
  { name, sealedAt }: Pick<Archive, 'name' | 'sealedAt'>,
  kind: Compression,
  wanted: Wanted,
): Promise<(Part & { lines: number }) | undefined> {
  const opened = await openToRead(directory.fs, directory.pathOf(name));
  if (!opened) return undefined;
  try {
    const { size } = opened.status;
    const count = await countWholeLines(decompress(opened.file, { kind, size, damaged: () => {} }));
    const leftOut = Math.max(0, count.lines - wanted.maxLines);
    const end = count.bytes;
    // Its file was changed when it was compressed, not when its lines came.
    const to = Math.min(wanted.latest, sealedAt);
    const from = Math.min(to, wanted.sealedBefore ?? to);
    const start = Math.max(0, end - wanted.maxBytes);
    const lines = Math.min(count.lines, wanted.maxLines);
    return { name, compression: kind, leftOut, start, end, from, to, content: undefined, lines };
  } finally {
    await opened.file.close();
  }
}

async function* readCompressedPart(
  directory: LogDirectory,
  part: Part,
  origin: Origin,
  log: Logger,
): AsyncGenerator<Batch> {
  const opened = await openToRead(directory.fs, directory.pathOf(part.name));
  if (!opened) return;
  const { name, compression: kind, start, end, from, to } = part;
  let leftOut = part.leftOut ?? 0;
  const damaged = ({ offset, why }: Damage) =>
    log.warn({ file: name, offset }, `${name} is damaged at offset ${offset}: ${why}`);
  try {
    const { size } = opened.status;
    const pieces = decompress(opened.file, { kind: kind!, size, damaged });
    for await (const { bytes, position } of wholeLines(pieces)) {
      const age = (end - position - bytes.length) / Math.max(1, end);
      const batch = toBatch(bytes, origin, Math.floor(to - (to - from) * Math.max(0, age)));
      let first = Math.min(leftOut, batch.length);
      leftOut -= first;
      while (first < batch.length && position + batch.start(first) < start) first++;
      if (first < batch.length) yield batch.slice(first);
    }
  } finally {
    await opened.file.close();
  }
}

async function readAll(file: OpenFile, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(size);
  return bytes.subarray(0, await readFully(file, bytes, size, 0));
}

function inMemory(content: Buffer): Readable {
  return {
    read: (buffer, offset, length, position) =>
      Promise.resolve({ bytesRead: content.copy(buffer, offset, position, position + length) }),
  };
}

/** Where the last `maxLines` lines before `end` begin, as far as they take no more than `maxBytes`. Reads backwards. */
async function findStart(
  file: Readable,
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
  if (part.content) {
    yield toBatch(part.content.subarray(part.start, part.end), origin, part.to);
    return;
  }
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
