/**
 * Opening and reading the files of a log directory. A name that is ours may lead to something else (a link, a pipe, a
 * directory); such a thing is refused and left as it is.
 */
import { Buffer } from 'node:buffer';
import { LINE_FEED } from '../batch.ts';
import { LogCasterError } from '../errors.ts';
import { errorCode, type FileStatus, type FileSystem, OPEN_FLAGS, type OpenFile } from '../file-system.ts';
import { SCRATCH_NAME } from './names.ts';

/** How much is read at once when a file is searched or copied. */
export const BLOCK_BYTES = 256 * 1024;

/** Which file a name leads to. */
export interface Identity {
  readonly dev: number;
  readonly ino: number;
}

/** An open file and its status. */
export interface LogFile {
  readonly file: OpenFile;
  readonly status: FileStatus;
}

export function isSameFile(a: Identity, b: Identity): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** The error for a thing that stands where a log file should be. */
export function obstructed(path: string, what: string, cause?: unknown): LogCasterError {
  return new LogCasterError(
    'LC_DIRECTORY_OBSTRUCTED',
    `${path} is ${what}`,
    cause === undefined ? {} : { cause },
  );
}

/** The status of what a name leads to, itself if it is a link; `undefined` if there is nothing. */
export async function statusOf(fs: FileSystem, path: string): Promise<FileStatus | undefined> {
  try {
    return await fs.lstat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Opens a log file to append to it, or makes it, with exactly the permissions `mode`.
 *
 * It is opened with O_APPEND: Linux then writes at the end whatever offset is given, so that a file that somebody else cut
 * short gets no hole, and what somebody else appended is not overwritten.
 *
 * @throws LogCasterError `LC_DIRECTORY_OBSTRUCTED`
 */
export async function openToAppend(
  fs: FileSystem,
  path: string,
  mode: number,
): Promise<LogFile & { created: boolean }> {
  const flags = OPEN_FLAGS.readWrite | OPEN_FLAGS.append | OPEN_FLAGS.noFollow | OPEN_FLAGS.nonBlocking;
  try {
    const file = await fs.open(path, flags | OPEN_FLAGS.create | OPEN_FLAGS.exclusive, mode);
    return await closeOnError(file, async () => {
      const status = await file.stat();
      if ((status.mode & 0o777) !== mode) await file.chmod((status.mode & 0o7000) | mode);
      return { file, status, created: true };
    });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  const existing = await openIfThere(fs, path, flags);
  if (!existing) throw Object.assign(new Error(`${path} comes and goes`), { code: 'EBUSY' });
  const { nlink } = existing.status;
  if (nlink === 1) return { ...existing, created: false };
  await existing.file.close();
  throw obstructed(path, `a hard link: the file has ${nlink} names`);
}

/**
 * Opens a log file to read it; `undefined` if it is gone.
 *
 * @throws LogCasterError `LC_DIRECTORY_OBSTRUCTED`
 */
export function openToRead(fs: FileSystem, path: string): Promise<LogFile | undefined> {
  return openIfThere(fs, path, OPEN_FLAGS.read | OPEN_FLAGS.noFollow | OPEN_FLAGS.nonBlocking);
}

async function openIfThere(fs: FileSystem, path: string, flags: number): Promise<LogFile | undefined> {
  let file: OpenFile;
  try {
    file = await fs.open(path, flags);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    if (errorCode(error) === 'ELOOP') throw obstructed(path, 'a symbolic link', error);
    if (errorCode(error) === 'EISDIR') throw obstructed(path, 'a directory', error);
    throw error;
  }
  return closeOnError(file, async () => {
    const status = await file.stat();
    if (!status.isFile()) throw obstructed(path, 'not a regular file');
    return { file, status };
  });
}

/** Makes an empty file for something that gets its name when it is complete. */
export async function createScratch(
  fs: FileSystem,
  directory: string,
  mode: number,
): Promise<{ file: OpenFile; path: string }> {
  const path = `${directory}/${SCRATCH_NAME}`;
  const flags = OPEN_FLAGS.readWrite | OPEN_FLAGS.create | OPEN_FLAGS.exclusive | OPEN_FLAGS.noFollow;
  let file: OpenFile;
  try {
    file = await fs.open(path, flags, mode);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    await fs.unlink(path);
    file = await fs.open(path, flags, mode);
  }
  return closeOnError(file, async () => {
    await file.chmod(mode);
    return { file, path };
  });
}

/** What `link` answers where a file can have only one name: on FAT, and on some network and shared file systems. */
const ONE_NAME_ONLY = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Gives a file the name `to`, beside the one it has, which the caller removes afterwards. Fails with EEXIST rather than
 * overwrite. Where a file can have only one name it loses the old one at once; to make sure that nothing is overwritten
 * there either, the new name is taken by an empty file first.
 */
export async function giveName(fs: FileSystem, from: string, to: string): Promise<void> {
  try {
    await fs.link(from, to);
  } catch (error) {
    if (!ONE_NAME_ONLY.has(errorCode(error) ?? '')) throw error;
    const flags = OPEN_FLAGS.write | OPEN_FLAGS.create | OPEN_FLAGS.exclusive | OPEN_FLAGS.noFollow;
    const placeholder = await fs.open(to, flags, 0o600);
    await placeholder.close();
    await fs.rename(from, to);
  }
}

/** Removes a file of our own that may be there. */
export async function removeIfThere(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.unlink(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Writes all of `bytes`; a short write is an error. */
export async function writeFully(
  file: Pick<OpenFile, 'writev'>,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  const { bytesWritten } = await file.writev([bytes], position);
  if (bytesWritten < bytes.length) throw shortWrite(bytesWritten, bytes.length);
}

/** The error for a write that fell short. The system's own error is lost by then; the next write usually meets it again. */
export function shortWrite(written: number, wanted: number): Error {
  return Object.assign(new Error(`only ${written} of ${wanted} bytes were written`), { code: 'EIO' });
}

/** How much of a range could be read, and how many line feeds that holds. */
export interface RangeCount {
  readonly bytes: number;
  readonly lineFeeds: number;
  /** Why it could not be read to its end. */
  readonly failure?: unknown;
}

/** Reads a part of a file block by block. A failed read ends it and is told; what `use` throws is thrown. */
export async function scanRange(
  file: OpenFile,
  start: number,
  end: number,
  use?: (block: Buffer, position: number) => Promise<void>,
): Promise<RangeCount> {
  const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(BLOCK_BYTES, end - start)));
  let bytes = 0;
  let lineFeeds = 0;
  while (start + bytes < end) {
    let bytesRead: number;
    try {
      const length = Math.min(buffer.length, end - start - bytes);
      ({ bytesRead } = await file.read(buffer, 0, length, start + bytes));
    } catch (failure) {
      return { bytes, lineFeeds, failure };
    }
    if (bytesRead === 0) break;
    const block = buffer.subarray(0, bytesRead);
    await use?.(block, bytes);
    bytes += bytesRead;
    for (let at = block.indexOf(LINE_FEED); at >= 0; at = block.indexOf(LINE_FEED, at + 1)) lineFeeds++;
  }
  return { bytes, lineFeeds };
}

/** Copies a part of a file into another; a part that cannot be read to its end is an error. */
export async function copyRange(
  from: OpenFile,
  start: number,
  end: number,
  to: Pick<OpenFile, 'writev'>,
): Promise<void> {
  const { bytes, failure } = await scanRange(from, start, end, (block, at) => writeFully(to, block, at));
  if (failure !== undefined) throw failure as Error;
  if (bytes < end - start) throw shortRead(bytes, end - start);
}

function shortRead(read: number, wanted: number): Error {
  return Object.assign(new Error(`only ${read} of ${wanted} bytes could be read`), { code: 'EIO' });
}

/** Where the last whole line of a file ends: the offset behind its last line feed. Reads backwards, no more than it must. */
export async function findEndOfLines(file: Pick<OpenFile, 'read'>, size: number): Promise<number> {
  const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, Math.max(size, 1)));
  // Nearly always the last byte is a line feed.
  let length = 1;
  for (let end = size; end > 0; end -= length, length = block.length) {
    length = Math.min(length, end);
    const start = end - length;
    const bytesRead = await readFully(file, block, length, start);
    const at = block.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
    if (at >= 0) return start + at + 1;
  }
  return 0;
}

/** Reads `length` bytes into the start of `buffer`; fewer only at the end of the file. */
export async function readFully(
  file: Pick<OpenFile, 'read'>,
  buffer: Buffer,
  length: number,
  position: number,
): Promise<number> {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function closeOnError<T>(file: OpenFile, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
}
