/**
 * Writing the rest of a file again. After a sync has failed, nobody knows which of the bytes since the last good sync are on
 * the disk, and a second sync of that file proves nothing. So they are read back (the system still has them in memory, as a
 * rule), written to a new file and synced there; the old file is cut off where it was certain, and sealed.
 *
 *     1  copy the rest to .logcaster.tmp and sync it
 *     2  link it as .logcaster-rewrite-NNNNNN-OFFSET, sync the directory      from here on the copy counts
 *     3  cut the old file at OFFSET, sync it
 *     4  seal the old file as number NNNNNN or a later one; if it is empty now, remove it
 *     5  link the copy as current.log, remove its first name
 *
 * Invariant: at every moment each line is found exactly once by what {@link recoverRewrites} does at the next start: before
 * 2 in the old file, after 2 in the copy, since then the old file is cut (again).
 */
import { errorCode, type OpenFile } from '../file-system.ts';
import type { LogDirectory } from './directory.ts';
import {
  createScratch,
  giveName,
  type Identity,
  openToAppend,
  removeIfThere,
  scanRange,
  statusOf,
  writeFully,
} from './log-file.ts';
import { type Rewrite, toRewrite } from './names.ts';

/**
 * Steps 1 and 2: copies what stands between `start` and `end`, with at least `lines` lines. `undefined` if it cannot be read
 * any more.
 */
export async function writeRewrite(
  directory: LogDirectory,
  from: OpenFile,
  rest: { readonly start: number; readonly end: number; readonly lines: number },
): Promise<Rewrite | undefined> {
  const rewrite = toRewrite(directory.nextSequence, rest.start, directory.options.suffix);
  // Left by an attempt that failed after it had that name. If this one finds that the rest cannot be read any more, nobody would
  // take that copy for what it is: the old file is not cut, and has its lines, too.
  await removeIfThere(directory.fs, directory.pathOf(rewrite.name));
  const scratch = await createScratch(directory.fs, directory.path, directory.options.fileMode);
  try {
    const read = await scanRange(from, rest.start, rest.end, (block, at) =>
      writeFully(scratch.file, block, at),
    );
    // Pages that the system has let go come back as zeros, or as what was on the disk before.
    const length = rest.end - rest.start;
    if (read.bytes < length) return undefined;
    if ((await directory.format.countLines(scratch.file, 0, length)) < rest.lines) return undefined;
    await scratch.file.sync();
    await giveName(directory.fs, scratch.path, directory.pathOf(rewrite.name));
  } finally {
    await scratch.file.close();
    await removeIfThere(directory.fs, scratch.path);
  }
  await directory.sync();
  return rewrite;
}

/** Step 5: makes the copy the current file. If somebody else made one meanwhile, the copy becomes an archive before it. */
export async function promoteRewrite(directory: LogDirectory, rewrite: Rewrite): Promise<void> {
  const path = directory.pathOf(rewrite.name);
  const status = await statusOf(directory.fs, path);
  if (!status) return;
  try {
    await giveName(directory.fs, path, directory.pathOf(directory.currentName));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    if (!(await directory.leadsTo(directory.currentName, status))) {
      await directory.seal(status, rewrite.name);
      return;
    }
  }
  await directory.sync();
  await removeIfThere(directory.fs, path);
}

/** Finishes rewrites that a crash interrupted; answers how many. */
export async function recoverRewrites(directory: LogDirectory): Promise<number> {
  const rewrites = directory.rewrites.toSorted((a, b) => a.sequence - b.sequence || a.offset - b.offset);
  for (const rewrite of rewrites) {
    const status = await statusOf(directory.fs, directory.pathOf(rewrite.name));
    const promoted = status && (await directory.leadsTo(directory.currentName, status));
    if (status && !promoted && status.nlink > 1 && (await isArchived(directory, status))) {
      await removeIfThere(directory.fs, directory.pathOf(rewrite.name));
      continue;
    }
    const sealed = directory.archives.some((archive) => archive.sequence >= rewrite.sequence);
    if (!promoted && !sealed) await cutAndSeal(directory, rewrite);
    await promoteRewrite(directory, rewrite);
  }
  directory.rewrites = [];
  return rewrites.length;
}

/** Whether the copy was being sealed in the place of step 5, and has an archive's name already. */
async function isArchived(directory: LogDirectory, copy: Identity): Promise<boolean> {
  for (const archive of directory.archives.toReversed()) {
    if (await directory.leadsTo(archive.name, copy)) return true;
  }
  return false;
}

/** Steps 3 and 4, at the start. */
async function cutAndSeal(directory: LogDirectory, rewrite: Rewrite): Promise<void> {
  const path = directory.pathOf(directory.currentName);
  if (!(await statusOf(directory.fs, path))) return;
  const { file, status } = await openToAppend(directory.fs, path, directory.options.fileMode);
  try {
    if (status.size > rewrite.offset) await file.truncate(rewrite.offset);
    await file.sync();
    if (rewrite.offset > 0) await directory.seal(status);
    else await removeIfThere(directory.fs, path);
  } finally {
    await file.close();
  }
}
