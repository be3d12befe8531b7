/**
 * The file-system seam: everything that LogCaster does to a disk while it runs goes through {@link FileSystem}, so that
 * tests can make the n-th operation fail, fall short, hang or be the last one before a crash.
 *
 * It is a small part of `node:fs/promises`, with the same names, arguments and errors.
 */
import { constants } from 'node:fs';
import * as promises from 'node:fs/promises';
import { dirname } from 'node:path';

/** What LogCaster asks of an open file. */
export interface OpenFile {
  /** Writes the buffers one after the other at `position`. The count can fall short: a short write hides an error. */
  writev(buffers: readonly Uint8Array[], position: number): Promise<{ bytesWritten: number }>;
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  truncate(size: number): Promise<void>;
  sync(): Promise<void>;
  datasync(): Promise<void>;
  stat(): Promise<FileStatus>;
  /** Sets the permissions exactly, whatever the umask. */
  chmod(mode: number): Promise<void>;
  close(): Promise<void>;
}

/** How files are opened: the flags of `open`. One that the platform lacks is 0. */
export const OPEN_FLAGS = {
  read: constants.O_RDONLY,
  write: constants.O_WRONLY,
  readWrite: constants.O_RDWR,
  create: constants.O_CREAT,
  /** With `create`: fails with EEXIST rather than open what is there. */
  exclusive: constants.O_EXCL,
  append: constants.O_APPEND,
  directory: constants.O_DIRECTORY ?? 0,
  /** Fails with ELOOP rather than follow a symbolic link. */
  noFollow: constants.O_NOFOLLOW ?? 0,
  /** Does not wait for the other end of a pipe. */
  nonBlocking: constants.O_NONBLOCK ?? 0,
} as const;

/** What LogCaster looks at in a file's status. */
export interface FileStatus {
  readonly size: number;
  /** Last modification in ms since the epoch. */
  readonly mtimeMs: number;
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  readonly mode: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** A name in a directory and what stands behind it, without a look at the file itself. */
export interface DirectoryEntry {
  readonly name: string;
  isFile(): boolean;
}

/** What LogCaster asks of a file system. */
export interface FileSystem {
  open(path: string, flags: number, mode?: number): Promise<OpenFile>;
  mkdir(path: string, options: { recursive: boolean; mode: number }): Promise<string | undefined>;
  readdir(path: string): Promise<string[]>;
  /** `readdir` with file types. */
  readEntries(path: string): Promise<DirectoryEntry[]>;
  stat(path: string): Promise<FileStatus>;
  lstat(path: string): Promise<FileStatus>;
  realpath(path: string): Promise<string>;
  /** Gives a file a second name; fails with EEXIST rather than overwrite. */
  link(existing: string, path: string): Promise<void>;
  /** Replaces what is at `to`. Only for LogCaster's own notes, never for log files. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Sets the permissions of what is at `path`: of the socket file of a unix source. */
  chmod(path: string, mode: number): Promise<void>;
}

/** The machine's file system. */
export const systemFileSystem: FileSystem = {
  open: (path, flags, mode) => promises.open(path, flags, mode),
  async mkdir(path, { recursive, mode }) {
    if (recursive) return makePath(path, mode);
    await promises.mkdir(path, { mode });
    return undefined;
  },
  readdir: (path) => promises.readdir(path),
  readEntries: (path) => promises.readdir(path, { withFileTypes: true }),
  stat: (path) => promises.stat(path),
  lstat: (path) => promises.lstat(path),
  realpath: (path) => promises.realpath(path),
  link: (existing, path) => promises.link(existing, path),
  rename: (from, to) => promises.rename(from, to),
  unlink: (path) => promises.unlink(path),
  chmod: (path, mode) => promises.chmod(path, mode),
};

/**
 * `mkdir` with `recursive`. Node's own never returns where the parent is there and says ENOENT all the same, as everything
 * below `/proc` does.
 */
async function makePath(path: string, mode: number): Promise<string | undefined> {
  try {
    return await makeOne(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if (errorCode(error) !== 'ENOENT' || parent === path) throw error;
    const first = await makePath(parent, mode);
    const last = await makeOne(path, mode);
    return first ?? last;
  }
}

/** Answers the path if it was not there before. */
async function makeOne(path: string, mode: number): Promise<string | undefined> {
  try {
    await promises.mkdir(path, { mode });
    return path;
  } catch (error) {
    const status = await promises.stat(path).catch(() => undefined);
    if (!status?.isDirectory()) throw error;
    return undefined;
  }
}

/** Makes a directory's entries durable: new, linked and removed names. Does nothing where directories cannot be opened. */
export async function syncDirectory(fs: FileSystem, path: string): Promise<void> {
  if (OPEN_FLAGS.directory === 0) return;
  const directory = await fs.open(path, OPEN_FLAGS.read | OPEN_FLAGS.directory);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The system error code of `error` (`ENOSPC`), if it has one. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
