/** What `doctor` looks at, so that tests can put another machine in its place. Nothing here changes anything. */
import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { type Clock, systemClock } from '../../core/clock.ts';
import { errorCode, type FileSystem, OPEN_FLAGS, systemFileSystem } from '../../core/file-system.ts';
import { readDescriptorLimit } from '../../sources/socket/kernel-limits.ts';

/** How much room a file system has. */
export interface DiskRoom {
  /** Bytes that this user may write. */
  readonly free: number;
  readonly total: number;
  /** Files that may be made; `undefined` where there is no limit. */
  readonly freeFiles: number | undefined;
}

export interface Machine {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly platform: NodeJS.Platform;
  /** `24.1.0`. */
  readonly nodeVersion: string;
  /** Bytes that this process may have: the machine's memory, or what its container grants. */
  readonly memory: number;
  /** Open files that this process may have. */
  descriptorLimit(): Promise<number>;
  /** The numbers in a file below `/proc/sys`; `undefined` if it is not there. */
  kernelSetting(name: string): Promise<readonly number[] | undefined>;
  diskRoom(path: string): Promise<DiskRoom>;
  /** Why nothing can be written in a directory: a system error code. Leaves nothing behind. */
  writeProblem(directory: string): Promise<string | undefined>;
  /** Why nobody can listen at a TCP address: a system error code. */
  listenProblem(host: string, port: number): Promise<string | undefined>;
}

export function thisMachine(): Machine {
  const fs = systemFileSystem;
  // 0 or huge where there is no limit.
  const granted = process.constrainedMemory();
  return {
    fs,
    clock: systemClock,
    platform: process.platform,
    nodeVersion: process.versions.node,
    memory: granted > 0 ? Math.min(granted, totalmem()) : totalmem(),
    descriptorLimit: () => readDescriptorLimit(fs),
    kernelSetting: (name) => readNumbers(fs, `/proc/sys/${name}`),
    async diskRoom(path) {
      const { bavail, blocks, bsize, files, ffree } = await statfs(path);
      return { free: bavail * bsize, total: blocks * bsize, freeFiles: files > 0 ? ffree : undefined };
    },
    writeProblem: (directory) => problemOf(() => tryToWrite(fs, directory)),
    listenProblem: (host, port) => problemOf(() => tryToListen(host, port)),
  };
}

async function problemOf(attempt: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return errorCode(error) ?? 'UNKNOWN';
  }
}

/** A file without a name, which is gone when it is closed. */
const UNNAMED = 0o20_000_000;

/** What a file system says that knows no files without a name. */
const UNKNOWN_FLAG = new Set(['EOPNOTSUPP', 'ENOTSUP', 'EISDIR', 'EINVAL', 'ENOENT']);

async function tryToWrite(fs: FileSystem, directory: string): Promise<void> {
  await access(directory, constants.W_OK | constants.X_OK);
  if (process.platform !== 'linux') return;
  try {
    const file = await fs.open(directory, UNNAMED | OPEN_FLAGS.directory | OPEN_FLAGS.readWrite, 0o600);
    try {
      await file.writev([new Uint8Array(4096)], 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!UNKNOWN_FLAG.has(errorCode(error) ?? '')) throw error;
  }
}

/** Listens for a moment. */
function tryToListen(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}

async function readNumbers(fs: FileSystem, path: string): Promise<number[] | undefined> {
  try {
    const file = await fs.open(path, OPEN_FLAGS.read);
    try {
      const bytes = new Uint8Array(256);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      const numbers = new TextDecoder().decode(bytes.subarray(0, bytesRead)).trim().split(/\s+/).map(Number);
      return numbers.every(Number.isFinite) ? numbers : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
