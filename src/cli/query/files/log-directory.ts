/**
 * The files of a log directory in the order in which they were written, also while a collector writes there.
 *
 * Invariant: each line is read once. What is written at the moment is opened before the directory is listed; if it was sealed
 * in between, it is read as what was opened, and not once more as an archive. What is there plain and compressed is one archive.
 * An archive that is compressed or removed before it is its turn is found under its new name, or is gone.
 */
import { join } from 'node:path';
import { compressionOf } from '../../../core/compressed/compressions.ts';
import type { FileStatus, FileSystem } from '../../../core/file-system.ts';
import { readIndex } from '../../../core/log-directory/index-store.ts';
import { statusOf } from '../../../core/log-directory/log-file.ts';
import { type Archive, parseArchive, parseUnnumbered } from '../../../core/log-directory/names.ts';
import { type Input, type OpenedFile, openFile } from './input.ts';

const CURRENT = /^current\.log(?:\.gz|\.zst)?$/;

/** So many of the newest archives may have been sealed while the directory was listed. */
const NEWEST = 8;

/** A directory: as it was named, and where it is. */
export interface DirectoryPlace {
  readonly name: string;
  readonly path: string;
}

/** Whether a directory with these entries is a log directory. */
export function isLogDirectory(entries: readonly string[]): boolean {
  return entries.some((entry) => CURRENT.test(entry) || parseArchive(entry) !== undefined);
}

/** The files of a log directory, the oldest first. */
export async function logDirectoryInputs(fs: FileSystem, place: DirectoryPlace): Promise<Input[]> {
  const currents = await openCurrents(fs, place.path);
  try {
    const { unnumbered, archives } = await listArchives(fs, place.path);
    const sealed = await sealedSince(fs, place.path, currents, archives);
    const inputs: Input[] = [];
    let sealedBefore: number | undefined;
    for (const { name, sealedAt } of unnumbered) {
      inputs.push(await archiveInput(fs, place, { name }, sealedBefore));
      sealedBefore = sealedAt;
    }
    for (const archive of archives) {
      if (sealed.has(archive)) continue;
      inputs.push(await archiveInput(fs, place, archive, sealedBefore));
      sealedBefore = archive.sealedAt;
    }
    return [...inputs, ...currents.map((current) => currentInput(fs, place, current, sealedBefore))];
  } catch (error) {
    for (const { opened } of currents) await opened.file.close();
    throw error;
  }
}

/** A file that is written. */
interface Current {
  readonly entry: string;
  readonly opened: OpenedFile;
  readonly status: FileStatus;
}

async function openCurrents(fs: FileSystem, path: string): Promise<Current[]> {
  const currents: Current[] = [];
  for (const entry of (await fs.readdir(path)).filter((each) => CURRENT.test(each)).toSorted()) {
    const opened = await openFile(fs, join(path, entry));
    if (opened) currents.push({ entry, opened, status: await opened.file.stat() });
  }
  return currents;
}

async function listArchives(fs: FileSystem, path: string) {
  const entries = await fs.readdir(path);
  const bySequence = new Map<number, Archive>();
  for (const entry of entries) {
    const archive = parseArchive(entry);
    if (!archive) continue;
    const other = bySequence.get(archive.sequence);
    if (!other || compressionOf(other.name)) bySequence.set(archive.sequence, archive);
  }
  return {
    unnumbered: entries
      .flatMap((entry) => parseUnnumbered(entry) ?? [])
      .toSorted((a, b) => a.sealedAt - b.sealedAt),
    archives: [...bySequence.values()].toSorted((a, b) => a.sequence - b.sequence),
  };
}

/** The archives that are open already, as the current files that they were. */
async function sealedSince(
  fs: FileSystem,
  path: string,
  currents: Current[],
  archives: readonly Archive[],
): Promise<Set<Archive>> {
  const sealed = new Set<Archive>();
  for (const archive of archives.slice(-NEWEST)) {
    const status = await statusOf(fs, join(path, archive.name));
    const isOpen = currents.some(({ status: { dev, ino } }) => status?.ino === ino && status.dev === dev);
    if (isOpen) sealed.add(archive);
  }
  if (sealed.size > 0) return sealed;
  // Sealed, and compressed since: the archive has its lines.
  for (const current of currents.slice()) {
    if (archives.length === 0 || (await current.opened.file.stat()).nlink > 0) continue;
    currents.splice(currents.indexOf(current), 1);
    await current.opened.file.close();
  }
  return sealed;
}

async function archiveInput(
  fs: FileSystem,
  directory: DirectoryPlace,
  archive: { readonly name: string; readonly sequence?: number },
  sealedBefore: number | undefined,
): Promise<Input> {
  const path = join(directory.path, archive.name);
  const { size = 0 } = (await statusOf(fs, path)) ?? {};
  const open = async () => {
    const opened = await openFile(fs, path);
    if (opened) return withTimes(fs, directory, archive.name, opened, sealedBefore);
    const { archives } = await listArchives(fs, directory.path);
    const other = archives.find(({ sequence }) => sequence === archive.sequence);
    const again = other && (await openFile(fs, join(directory.path, other.name)));
    return again && withTimes(fs, directory, other.name, again, sealedBefore);
  };
  return { name: join(directory.name, archive.name), group: directory.name, size, open };
}

/**
 * Its lines came between the sealing of the file before it and its last change, as the history of a ring estimates it, too; unless there
 * is an index of its times.
 */
async function withTimes(
  fs: FileSystem,
  directory: DirectoryPlace,
  entry: string,
  opened: OpenedFile,
  sealedBefore: number | undefined,
): Promise<OpenedFile> {
  const to = opened.changedAt;
  const estimated = { ...opened, from: Math.min(to, sealedBefore ?? to), to };
  const place = { fs, pathOf: (name: string) => join(directory.path, name) };
  const index = await readIndex(place, entry, await opened.file.stat());
  return index ? { ...estimated, blocks: index.blocks } : estimated;
}

function currentInput(
  fs: FileSystem,
  directory: DirectoryPlace,
  { entry, opened }: Current,
  sealedBefore: number | undefined,
): Input {
  let isTaken = false;
  return {
    name: join(directory.name, entry),
    group: directory.name,
    size: opened.size,
    open: async () => {
      isTaken = true;
      return { ...(await withTimes(fs, directory, entry, opened, sealedBefore)), isWritten: true };
    },
    dispose: async () => {
      if (!isTaken) await opened.file.close();
    },
  };
}
