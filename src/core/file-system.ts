/**
 * The file-system seam: everything that LogCaster does to a disk while it runs goes through {@link FileSystem}, so that
 * tests can make the n-th operation fail, fall short, hang or be the last one before a crash.
 *
 * It is a small part of `node:fs/promises`, with the same names, arguments and errors.
 */
import { constants } from 'node:fs';
import * as promises from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * What LogCaster asks of an open file.
 *
 * @remarks Since 0.1.0
 */
export interface OpenFile {
  /** Writes the buffers one after the other at `position`. The count can fall short: a short write hides an error. */
  writev(buffers: readonly Uint8Array[], position: number): Promise<{ bytesWritten: number }>;
  /** Reads up to `length` bytes at `position`; 0 bytes is the end of the file. */
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  /** Makes the file `size` bytes long. */
  truncate(size: number): Promise<void>;
  /** Makes the file durable. */
  sync(): Promise<void>;
  /** Makes its bytes durable, and as much of its status as reading them needs. */
  datasync(): Promise<void>;
  /** Its status. */
  stat(): Promise<FileStatus>;
  /** Sets the permissions exactly, whatever the umask. */
  chmod(mode: number): Promise<void>;
  /** Closes it. */
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

/**
 * What LogCaster looks at in a file's status.
 *
 * @remarks Since 0.1.0
 */
export interface FileStatus {
  /** Its size in bytes. */
  readonly size: number;
  /** Last modification in ms since the epoch. */
  readonly mtimeMs: number;
  /** The device that it is on. */
  readonly dev: number;
  /** Its number on the device. */
  readonly ino: number;
  /** How many names it has. */
  readonly nlink: number;
  /** Its type and its permissions. */
  readonly mode: number;
  /** Whether it is a regular file. */
  isFile(): boolean;
  /** Whether it is a directory. */
  isDirectory(): boolean;
  /** Whether it is a symbolic link; only `lstat` sees one. */
  isSymbolicLink(): boolean;
}

/**
 * A name in a directory and what stands behind it, without a look at the file itself.
 *
 * @remarks Since 0.1.0
 */
export interface DirectoryEntry {
  /** Its name, without the directory. */
  readonly name: string;
  /** Whether it is a regular file. */
  isFile(): boolean;
}

/**
 * What LogCaster asks of a file system. All of it fails with the errors of `node:fs/promises`.
 *
 * @remarks Since 0.1.0
 */
export interface FileSystem {
  /** Opens a file; `flags` are those of `open(2)`, `mode` the permissions of a file that is made. */
  open(path: string, flags: number, mode?: number): Promise<OpenFile>;
  /** Makes a directory; with `recursive` also its parents, and it may be there. Answers the first one that was made then. */
  mkdir(path: string, options: { recursive: boolean; mode: number }): Promise<string | undefined>;
  /** The names in a directory. */
  readdir(path: string): Promise<string[]>;
  /** `readdir` with file types. */
  readEntries(path: string): Promise<DirectoryEntry[]>;
  /** The status of what is at `path`, through symbolic links. */
  stat(path: string): Promise<FileStatus>;
  /** The status of what is at `path`, also if that is a symbolic link. */
  lstat(path: string): Promise<FileStatus>;
  /** The path without symbolic links. */
  realpath(path: string): Promise<string>;
  /** Gives a file a second name; fails with EEXIST rather than overwrite. */
  link(existing: string, path: string): Promise<void>;
  /** Replaces what is at `to`: for LogCaster's own notes, never over anything that it did not make. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a name. */
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
