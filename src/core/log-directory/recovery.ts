/**
 * What a start does in a log directory before anything is written: it finishes what the process before left half done.
 *
 * - `current.log` and an archive are one file: a rotation was not finished. The name `current.log` is taken away.
 * - There is a rewrite (see rewrite.ts): it becomes the current file.
 * - Bytes behind the last whole line (or frame) of `current.log` are moved apart (see torn-tail.ts).
 *
 * Each step can be repeated: a crash in the middle of it is recovered by the next start. What a start reads does not grow
 * with the number or size of the archives, but for their names.
 */
import type { OpenFile } from '../file-system.ts';
import type { LogDirectory } from './directory.ts';
import { type Identity, obstructed, openToAppend, removeIfThere, statusOf } from './log-file.ts';
import { recoverRewrites } from './rewrite.ts';
import { moveTornTail, type TornTail } from './torn-tail.ts';

/** The current file, ready to be appended to: it is empty or ends with a whole unit. */
export interface CurrentFile {
  readonly file: OpenFile;
  readonly identity: Identity;
  readonly size: number;
  /** Whether it was not there before. */
  readonly created: boolean;
  /** What stood behind the last whole unit and is now apart. */
  readonly torn: TornTail | undefined;
}

/** What was left half done. */
export interface Recovered {
  /** A rotation was finished. */
  readonly rotation: boolean;
  /** Rests of files that had to be written again took their place. */
  readonly rewrites: number;
}

/**
 * Finishes what the process before left; all but the torn tail, which {@link openCurrent} looks after.
 *
 * @throws LogCasterError `LC_DIRECTORY_OBSTRUCTED`
 */
export async function recover(directory: LogDirectory): Promise<Recovered> {
  const rotation = await finishSealing(directory);
  const rewrites = await recoverRewrites(directory);
  await directory.saveState();
  return { rotation, rewrites };
}

/**
 * Opens or makes the current file.
 *
 * @throws LogCasterError `LC_DIRECTORY_OBSTRUCTED`
 */
export async function openCurrent(directory: LogDirectory): Promise<CurrentFile> {
  const path = directory.pathOf(directory.currentName);
  const { file, status, created } = await openToAppend(directory.fs, path, directory.options.fileMode);
  try {
    const { size, torn } = await moveTornTail(directory, file, status.size);
    return { file, identity: status, size, created, torn };
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
}

async function finishSealing(directory: LogDirectory): Promise<boolean> {
  const path = directory.pathOf(directory.currentName);
  const current = await statusOf(directory.fs, path);
  if (!current?.isFile() || current.nlink === 1) return false;
  if (current.nlink === 2) {
    // It is the newest one, unless somebody put archives here.
    for (const archive of directory.archives.toReversed()) {
      if (!(await directory.leadsTo(archive.name, current))) continue;
      await removeIfThere(directory.fs, path);
      return true;
    }
    for (const rewrite of directory.rewrites) {
      // The last step of a rewrite, which `recoverRewrites` finishes.
      if (await directory.leadsTo(rewrite.name, current)) return false;
    }
  }
  throw obstructed(path, `a hard link: the file has ${current.nlink} names`);
}
