/**
 * What a start does in a log directory before anything is written: it finishes what the process before left half done.
 *
 * - `current.log` and an archive are one file: a rotation was not finished. The name `current.log` is taken away.
 * - A rewrite is there (see rewrite.ts): it becomes the current file.
 * - Bytes behind the last line feed of `current.log` are moved apart (see torn-tail.ts).
 *
 * Each step can be repeated: a crash in the middle of it is recovered by the next start. What a start reads does not grow
 * with the number or size of the archives, but for their names.
 */
import type { OpenFile } from '../file-system.ts';
import type { LogDirectory } from './directory.ts';
import { type Identity, isSameFile, obstructed, openToAppend, removeIfThere, statusOf } from './log-file.ts';
import { moveTornTail, type TornTail } from './torn-tail.ts';

/** The current file, ready to be appended to: it is empty or ends with a line feed. */
export interface CurrentFile {
  readonly file: OpenFile;
  readonly identity: Identity;
  readonly size: number;
  /** Whether it was not there before. */
  readonly created: boolean;
  /** What stood behind the last line feed and is now apart. */
  readonly torn?: TornTail | undefined;
}

/**
 * Finishes what the process before left, and opens the current file.
 *
 * @throws LogCasterError `LC_DIRECTORY_OBSTRUCTED`
 */
export async function recover(directory: LogDirectory): Promise<CurrentFile> {
  await finishSealing(directory);
  const current = await openCurrent(directory);
  try {
    await directory.saveState();
    return current;
  } catch (error) {
    await current.file.close();
    throw error;
  }
}

/** Opens or makes `current.log`. */
export async function openCurrent(directory: LogDirectory): Promise<CurrentFile> {
  const { file, status, created } = await openToAppend(
    directory.fs,
    directory.currentPath,
    directory.options.fileMode,
  );
  try {
    const { size, torn } = await moveTornTail(directory, file, status.size);
    return { file, identity: status, size, created, torn };
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
}

async function finishSealing(directory: LogDirectory): Promise<void> {
  const current = await statusOf(directory.fs, directory.currentPath);
  if (!current?.isFile() || current.nlink < 2) return;
  // It is the newest one, unless somebody put archives here.
  for (const archive of directory.archives.toReversed()) {
    const status = await statusOf(directory.fs, directory.pathOf(archive.name));
    if (!status || !isSameFile(status, current)) continue;
    if (current.nlink > 2) break;
    await removeIfThere(directory.fs, directory.currentPath);
    return;
  }
  throw obstructed(directory.currentPath, `a hard link: the file has ${current.nlink} names`);
}
