/**
 * Torn tails. A process that was killed, or a disk that was full, can leave bytes behind the last whole line (or frame) of
 * the current file. The next one must not be glued to them, and they must not vanish: they are moved to a file of their own,
 * `torn-NNNNNN-OFFSET.part`, named after the place where they stood.
 *
 * Invariants: the copy is complete, has its name and (if names are to be durable) is synced before the tail is cut off; a
 * crash at any step is repeated by the next start, which finds the copy that it would make and makes no second one.
 */
import { Buffer } from 'node:buffer';
import { errorCode, type OpenFile } from '../file-system.ts';
import type { LogDirectory } from './directory.ts';
import {
  BLOCK_BYTES,
  copyRange,
  createScratch,
  giveName,
  openToRead,
  readFully,
  removeIfThere,
} from './log-file.ts';
import { tornName } from './names.ts';

/** A tail that was moved. */
export interface TornTail {
  /** The file that it is in now. */
  readonly name: string;
  readonly bytes: number;
}

/** What the moving needs of a log directory. */
export type TornTailPlace = Pick<
  LogDirectory,
  'path' | 'fs' | 'format' | 'nextSequence' | 'pathOf' | 'sync'
> & { readonly options: { readonly fileMode: number } };

/** Moves what stands behind the last whole unit of the current file; answers the size that is left. */
export async function moveTornTail(
  directory: TornTailPlace,
  file: OpenFile,
  size: number,
): Promise<{ size: number; torn?: TornTail }> {
  const end = await directory.format.findEnd(file, size);
  if (end === size) return { size };
  const { fs } = directory;
  const scratch = await createScratch(fs, directory.path, directory.options.fileMode);
  let name: string;
  try {
    await copyRange(file, end, size, scratch.file);
    await scratch.file.sync();
    name = await linkTail(directory, scratch, end, size - end);
  } finally {
    await scratch.file.close();
    await removeIfThere(fs, scratch.path);
  }
  await directory.sync();
  await file.truncate(end);
  return { size: end, torn: { name, bytes: size - end } };
}

/** Gives the copy its name, unless it is there already; a name that is taken by another tail is left alone. */
async function linkTail(
  directory: TornTailPlace,
  scratch: { file: OpenFile; path: string },
  offset: number,
  bytes: number,
): Promise<string> {
  for (let copy = 1; ; copy++) {
    const name = tornName(directory.nextSequence, offset, copy);
    try {
      await giveName(directory.fs, scratch.path, directory.pathOf(name));
      return name;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    if (await hasSameContent(directory, name, scratch.file, bytes)) return name;
  }
}

async function hasSameContent(
  directory: TornTailPlace,
  name: string,
  copy: OpenFile,
  bytes: number,
): Promise<boolean> {
  const there = await openToRead(directory.fs, directory.pathOf(name));
  if (!there) return false;
  try {
    if (there.status.size !== bytes) return false;
    const ours = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, bytes));
    const theirs = Buffer.allocUnsafe(ours.length);
    for (let at = 0; at < bytes; at += ours.length) {
      const length = await readFully(copy, ours, Math.min(ours.length, bytes - at), at);
      await readFully(there.file, theirs, length, at);
      if (ours.compare(theirs, 0, length, 0, length) !== 0) return false;
    }
    return true;
  } finally {
    await there.file.close();
  }
}
