/**
 * The lock of a log directory: one writer at a time, whatever path leads to the directory.
 *
 * On Linux it is an abstract socket named after the directory's device and inode. It needs no file and the kernel frees it
 * however the process ends. It reaches as far as the network namespace: containers that share a directory but not their
 * network do not see each other's lock.
 *
 * Elsewhere it is a file `.logcaster.lock` with the process id of the owner; one whose process is gone is taken over.
 */
import { Buffer } from 'node:buffer';
import { connect, createServer } from 'node:net';
import { LogCasterError } from '../errors.ts';
import { errorCode, type FileSystem, OPEN_FLAGS, type OpenFile } from '../file-system.ts';
import { type Identity, openToRead, readFully, removeIfThere, writeFully } from './log-file.ts';
import { LOCK_NAME } from './names.ts';

/** A lock that is held. */
export interface Lock {
  /** Frees it; safe twice. */
  release(): Promise<void>;
}

/**
 * Locks a directory.
 *
 * @throws LogCasterError `LC_DIRECTORY_IN_USE`
 */
export function lockDirectory(fs: FileSystem, path: string, identity: Identity): Promise<Lock> {
  if (process.platform === 'linux') return lockWithSocket(path, identity);
  return lockWithFile(fs, path, identity);
}

/** Locks with an abstract socket, on Linux. */
export function lockWithSocket(path: string, { dev, ino }: Identity): Promise<Lock> {
  const server = createServer((socket) => socket.destroy());
  let released: Promise<void> | undefined;
  const release = () => (released ??= new Promise<void>((resolve) => server.close(() => resolve())));
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(errorCode(error) === 'EADDRINUSE' ? inUse(path, error) : error));
    // `exclusive`: workers of a cluster would otherwise share the socket, and so the lock.
    server.listen({ path: socketName({ dev, ino }), exclusive: true }, () => {
      server.unref();
      server.removeAllListeners('error');
      server.on('error', () => {});
      resolve({ release });
    });
  });
}

function socketName({ dev, ino }: Identity): string {
  return `\0logcaster-${dev}-${ino}`;
}

/** Whether somebody holds the lock of a directory. It takes nothing, so that nobody who starts meanwhile is kept out. */
export function isLocked(fs: FileSystem, path: string, identity: Identity): Promise<boolean> {
  if (process.platform === 'linux') return isLockedWithSocket(identity);
  return isLockedWithFile(fs, path, identity);
}

/** Whether there is a lock that {@link lockWithSocket} took. */
export function isLockedWithSocket(identity: Identity): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: socketName(identity) }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      // EAGAIN: so many ask that they have to queue.
      const code = errorCode(error);
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(false);
      else if (code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}

/** Whether there is a lock that {@link lockWithFile} took and whose process lives. */
export async function isLockedWithFile(
  fs: FileSystem,
  directory: string,
  { dev, ino }: Identity,
): Promise<boolean> {
  if (held.has(`${dev}-${ino}`)) return true;
  const opened = await openToRead(fs, `${directory}/${LOCK_NAME}`);
  if (!opened) return false;
  try {
    const pid = await readOwner(opened.file);
    return pid !== process.pid && isAlive(pid);
  } finally {
    await opened.file.close();
  }
}

/** The locks of this process, by directory: their process id alone does not tell a lock of ours from one of a dead namesake. */
const held = new Set<string>();

/** Locks with a file, where there are no abstract sockets. */
export async function lockWithFile(fs: FileSystem, directory: string, { dev, ino }: Identity): Promise<Lock> {
  const key = `${dev}-${ino}`;
  const path = `${directory}/${LOCK_NAME}`;
  if (held.has(key)) throw inUse(directory);
  held.add(key);
  try {
    // The second attempt follows the removal of a dead process's lock.
    if (!(await tryToCreate(fs, path)) && !((await removeIfDead(fs, path)) && (await tryToCreate(fs, path))))
      throw inUse(directory);
  } catch (error) {
    held.delete(key);
    throw error;
  }
  let released = false;
  return {
    async release() {
      if (released) return;
      released = true;
      held.delete(key);
      await removeIfThere(fs, path);
    },
  };
}

/** Makes the lock file with its content at once, so that nobody finds it empty. */
async function tryToCreate(fs: FileSystem, path: string): Promise<boolean> {
  const own = `${path}.${process.pid}`;
  await removeIfThere(fs, own);
  const flags = OPEN_FLAGS.write | OPEN_FLAGS.create | OPEN_FLAGS.exclusive | OPEN_FLAGS.noFollow;
  const file = await fs.open(own, flags, 0o600);
  try {
    await writeFully(file, Buffer.from(`${process.pid}\n`), 0);
    await fs.link(own, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await file.close();
    await removeIfThere(fs, own);
  }
}

async function removeIfDead(fs: FileSystem, path: string): Promise<boolean> {
  const opened = await openToRead(fs, path);
  if (!opened) return true;
  try {
    const pid = await readOwner(opened.file);
    if (pid !== process.pid && isAlive(pid)) return false;
  } finally {
    await opened.file.close();
  }
  await removeIfThere(fs, path);
  return true;
}

async function readOwner(file: OpenFile): Promise<number> {
  const text = Buffer.alloc(32);
  const length = await readFully(file, text, text.length, 0);
  return Number.parseInt(text.toString('latin1', 0, length), 10);
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function inUse(path: string, cause?: unknown): LogCasterError {
  return new LogCasterError(
    'LC_DIRECTORY_IN_USE',
    `another LogCaster, or another sink of this one, writes to ${path}`,
    cause === undefined ? {} : { cause },
  );
}
