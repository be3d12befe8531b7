/**
 * Search in the files of a log store as they are at one moment, while they are written, rotated, compressed and removed.
 *
 * Invariants:
 * - What is searched is fixed at the call: the archives of that moment, and so much of the current file as was stored. Each is
 *   found again under whatever name it has by then. One that is removed before its turn is missing; the current file is opened at
 *   once, and so is read to that place whatever becomes of it.
 * - Nothing here changes anything, and nothing that is written waits for it.
 */
import { COMPRESSIONS, type Compression, compressionOf } from '../core/compressed/compressions.ts';
import type { OpenFile } from '../core/file-system.ts';
import { type Identity, isSameFile, type LogFile, openToRead } from '../core/log-directory/log-file.ts';
import type { LogStore } from '../core/log-directory/log-store.ts';
import { type Archive, namesOf, toCompressed } from '../core/log-directory/names.ts';
import type { FoundLines, ScanQuery, ScanTally, StoredLines } from '../core/search.ts';
import type { ScanWarning } from './file-to-scan.ts';
import { archiveToScan, type LogPlace, unnumberedToScan } from './log-files.ts';
import { type ScannableFile, scanFiles } from './scan-files.ts';
import { Times } from './times.ts';

type Stored = LogStore['stored'];

/** How files are searched. */
export interface StoredFilesOptions {
  /** Whether they are files of frames: then they are compressed from the beginning, and never later. @defaultValue false */
  readonly frames?: boolean;
  /** Told of what cannot be read. */
  readonly warn: (warning: ScanWarning) => void;
}

/** What is stored now. */
export function storedFiles(stored: Stored, options: StoredFilesOptions): StoredLines {
  const { directory, through } = stored;
  const archives = directory.archives.slice();
  // For a moment a file can be an archive already, and still be the one that was written last.
  const active = stored.active && directory.becameOf(stored.active.identity) ? undefined : stored.active;
  const isShort = directory.archiveCount > archives.length;
  const unnumbered = directory.unnumbered.slice();
  return {
    through,
    scan: (query, tally) =>
      scanStored({ ...stored, active, archives, isShort, unnumbered }, query, tally, options),
  };
}

type Fixed = Stored & {
  readonly archives: readonly Archive[];
  /** Whether there are older ones, too. */
  readonly isShort: boolean;
  readonly unnumbered: Stored['directory']['unnumbered'];
};

async function* scanStored(
  { directory, indexes, archives, isShort, unnumbered, active }: Fixed,
  query: ScanQuery,
  tally: ScanTally,
  { frames = false, warn }: StoredFilesOptions,
): AsyncGenerator<FoundLines, void, undefined> {
  const place: LogPlace = {
    fs: directory.fs,
    pathOf: (name) => directory.pathOf(name),
    indexOf: (name, status) => indexes.get(name, status),
    frames,
  };
  // Not before somebody asks: who does not, leaves nothing open.
  let current: Active | undefined;
  const listFiles = (all: readonly Archive[]): ScannableFile[] => [
    ...unnumbered.map((each, index) => unnumberedToScan(place, each, unnumbered[index - 1])),
    ...all.map((each, index) =>
      archiveToScan(place, each, all[index - 1] ?? unnumbered.at(-1), () => namesNow(directory, each)),
    ),
  ];
  const toActive = ({ name, status, compression, file }: Active): ScannableFile => ({
    name,
    open(times) {
      const { bytes, blocks } = active!;
      const target =
        compression && !frames
          ? { name, size: status.size, limit: bytes, compression, blocks }
          : { name, size: bytes, compression, blocks, frames };
      return Promise.resolve(new Times(blocks, times).isOutside ? undefined : { file, target });
    },
  });
  try {
    current = active && (await openActive(place, directory, active.identity));
    const older = isShort ? await directory.readOlder(archives[0]!.sequence) : [];
    const files = listFiles([...older, ...archives]);
    if (current) {
      const file = notToBeClosedTwice(current.file, () => (current = undefined));
      files.push(toActive({ ...current, file }));
    }
    yield* scanFiles(files, query, tally, { inThread: true, warn });
  } finally {
    await current?.file.close().catch(() => {});
  }
}

/** The names that an archive has now. */
function namesNow({ archives }: Stored['directory'], archive: Archive): string[] {
  const { sequence, name } = archive;
  // What is not in the list any more may have been compressed before it left it.
  if (archives.length > 0 && sequence < archives[0]!.sequence)
    return [...namesOf(archive), ...compressedNames(archive)];
  let low = 0;
  let high = archives.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (archives[middle]!.sequence < sequence) low = middle + 1;
    else high = middle;
  }
  // Several of the same number somebody has copied there: then the name decides.
  const own = archives.slice(low, low + 10).filter((each) => each.sequence === sequence);
  const now = own.find((each) => each.name === name) ?? own[0];
  return now ? namesOf(now) : [];
}

function compressedNames(archive: Archive): string[] {
  if (compressionOf(archive.name)) return [];
  return Object.values(COMPRESSIONS).map(({ suffix }) => toCompressed(archive, suffix).name);
}

type Active = LogFile & { readonly name: string; readonly compression: Compression | undefined };

/** Opens the file that was the current one, under whatever name it has now; `undefined` if it is gone. */
async function openActive(
  place: LogPlace,
  directory: Stored['directory'],
  identity: Identity,
): Promise<Active | undefined> {
  const tried = new Set<string>();
  for (let names = namesOfActive(directory, identity); ; names = namesOfActive(directory, identity)) {
    const name = names.find((each) => !tried.has(each));
    if (name === undefined) return undefined;
    tried.add(name);
    // What was compressed since is another file.
    const isOther = compressionOf(name) !== undefined && !place.frames;
    const opened = await openIf(place, name, isOther ? undefined : identity);
    if (opened) return opened;
  }
}

/** The names that the file that was the current one may have now. */
function namesOfActive(directory: Stored['directory'], identity: Identity): string[] {
  const became = directory.becameOf(identity);
  if (became === 'lost') return [];
  if (became) return namesNow(directory, became);
  return directory.sealing ? [directory.currentName, directory.sealing.name] : [directory.currentName];
}

async function openIf(
  place: LogPlace,
  name: string,
  identity: Identity | undefined,
): Promise<Active | undefined> {
  const opened = await openToRead(place.fs, place.pathOf(name));
  if (!opened) return undefined;
  if (!identity || isSameFile(opened.status, identity))
    return { ...opened, name, compression: compressionOf(name) };
  await opened.file.close();
  return undefined;
}

/** Whoever scans a file closes it; who has opened it has to know. */
function notToBeClosedTwice(file: OpenFile, closed: () => void): OpenFile {
  return {
    writev: (...args) => file.writev(...args),
    read: (...args) => file.read(...args),
    truncate: (...args) => file.truncate(...args),
    sync: () => file.sync(),
    datasync: () => file.datasync(),
    stat: () => file.stat(),
    chmod: (...args) => file.chmod(...args),
    close() {
      closed();
      return file.close();
    },
  };
}
