/** The error for a log directory that cannot be used, and what to do about it. */
import { LogCasterError, messageOf } from '../errors.ts';
import { errorCode } from '../file-system.ts';

/** What to do about errors that have nothing to do with the directory's permissions. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'Free some space on its disk, or name a directory on another one.'],
  ['EDQUOT', 'Free some space in the quota of this user, or name a directory on another disk.'],
  ['EROFS', 'Its file system is read-only: name a directory on another one.'],
  ['EMFILE', 'This process may not open more files: raise its limit (ulimit -n).'],
  ['ENFILE', 'The system may not open more files: close some, or raise its limit (fs.file-max).'],
]);

/** Turns system errors into `LC_DIRECTORY_UNUSABLE`. */
export async function failAsUnusable<T>(path: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof LogCasterError || errorCode(error) === undefined) throw error;
    const hint = HINTS.get(errorCode(error)!);
    throw unusable(path, messageOf(error), { cause: error, ...(hint !== undefined && { hint }) });
  }
}

/** The error for a directory that cannot be used. */
export function unusable(
  path: string,
  why: string,
  options?: { cause?: unknown; hint?: string },
): LogCasterError {
  return new LogCasterError(
    'LC_DIRECTORY_UNUSABLE',
    `the log directory ${path} cannot be used: ${why}`,
    options,
  );
}
