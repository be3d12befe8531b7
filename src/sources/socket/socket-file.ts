/**
 * The file of a listening unix socket.
 *
 * It gets its name last: the socket is made under another name beside it, gets its mode, and is then linked to where it
 * belongs. So nobody can connect before the mode is right, nothing that is there is ever overwritten, and the name that
 * Node removes when the socket is closed is not that of a successor.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { errorCode, type FileStatus, type FileSystem } from '../../core/file-system.ts';

const FILE_TYPE = 0o170_000;
const SOCKET_TYPE = 0o140_000;

/** What connecting to a socket file says when nobody listens on it; it may also be gone. */
const NOBODY: ReadonlySet<string | undefined> = new Set(['ECONNREFUSED', 'ENOENT']);

/** A name beside `path` for the time before the socket file is ready. */
export function toTemporaryPath(path: string): string {
  return `${path}.${randomBytes(3).toString('hex')}`;
}

/** Gives the socket at `temporary` its mode and its name; answers which file that is. */
export async function publishSocketFile(
  fs: FileSystem,
  { temporary, path, mode }: { temporary: string; path: string; mode: number },
): Promise<FileStatus> {
  try {
    await fs.chmod(temporary, mode);
    const status = await fs.lstat(temporary);
    await fs.link(temporary, path);
    return status;
  } finally {
    await fs.unlink(temporary);
  }
}

/** Removes a socket file that nobody listens on any more. Answers what is there instead, if it is something else. */
export async function removeStaleSocketFile(
  fs: FileSystem,
  path: string,
): Promise<'other file' | 'live socket' | undefined> {
  const status = await statusOf(fs, path);
  if (!status) return undefined;
  if ((status.mode & FILE_TYPE) !== SOCKET_TYPE) return 'other file';
  if (await isAnswered(path)) return 'live socket';
  await removeSocketFile(fs, path, status);
  return undefined;
}

/** Removes a socket file, if it is still the one of which this is the status. */
export async function removeSocketFile(fs: FileSystem, path: string, status: FileStatus): Promise<void> {
  const now = await statusOf(fs, path);
  if (now && now.ino === status.ino && now.dev === status.dev) await fs.unlink(path);
}

async function statusOf(fs: FileSystem, path: string): Promise<FileStatus | undefined> {
  try {
    return await fs.lstat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether somebody may be listening. Only a refusal says no: without the right to connect one cannot know. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error) => resolve(!NOBODY.has(errorCode(error))));
  });
}
