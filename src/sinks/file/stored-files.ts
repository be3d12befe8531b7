/**
 * Search in the files of a file sink as they are at one moment, while they are written, rotated, compressed and removed.
 *
 * Invariants:
 * - What is searched is fixed at the call: the archives of that moment, and so much of the current file as was stored. Each is
 *   found again under whatever name it has by then. One that is removed before its turn is missing; the current file is opened at
 *   once, and so is read to that place whatever becomes of it.
 * - Nothing here changes anything, and nothing that is written waits for it.
 */
import { type Compression, compressionOf } from '../../core/compressed/compressions.ts';
import type { OpenFile } from '../../core/file-system.ts';
import { type Identity, isSameFile, type LogFile, openToRead } from '../../core/log-directory/log-file.ts';
import type { LogStore } from '../../core/log-directory/log-store.ts';
import { type Archive, namesOf } from '../../core/log-directory/names.ts';
import type { FoundLines, ScanQuery, ScanTally, StoredLines } from '../../core/search.ts';
import type { ScanWarning } from '../../file-search/file-to-scan.ts';
import { archiveToScan, type LogPlace, unnumberedToScan } from '../../file-search/log-files.ts';
import { type ScannableFile, scanFiles } from '../../file-search/scan-files.ts';
import { Times } from '../../file-search/times.ts';

type Stored = LogStore['stored'];

/** What is stored now. */
export function storedFiles(stored: Stored, warn: (warning: ScanWarning) => void): StoredLines {
  const { directory, through } = stored;
  const archives = directory.archives.slice();
  const unnumbered = directory.unnumbered.slice();
  return {
    through,
    scan: (query, tally) => scanStored({ ...stored, archives, unnumbered }, query, tally, warn),
  };
}

type Fixed = Stored & {
  readonly archives: readonly Archive[];
  readonly unnumbered: Stored['directory']['unnumbered'];
};

async function* scanStored(
  { directory, indexes, archives, unnumbered, active }: Fixed,
  query: ScanQuery,
  tally: ScanTally,
  warn: (warning: ScanWarning) => void,
): AsyncGenerator<FoundLines, void, undefined> {
  const place: LogPlace = {
    fs: directory.fs,
    pathOf: (name) => directory.pathOf(name),
    indexOf: (name, status) => indexes?.get(name, status) ?? Promise.resolve(undefined),
  };
  const newest = archives.at(-1)?.sequence ?? 0;
  // Not before somebody asks: who does not, leaves nothing open.
  let current = active && (await openActive(place, directory, active.identity, newest));
  const files: ScannableFile[] = [
    ...unnumbered.map((each, index) => unnumberedToScan(place, each, unnumbered[index - 1])),
    ...archives.map((each, index) =>
      archiveToScan(place, each, archives[index - 1] ?? unnumbered.at(-1), () => namesNow(directory, each)),
    ),
  ];
  if (current) {
    const { name, status, compression } = current;
    const file = notToBeClosedTwice(current.file, () => (current = undefined));
    files.push({
      name,
      open(times) {
        const { bytes, blocks } = active!;
        const target = compression
          ? { name, size: status.size, limit: bytes, compression, blocks }
          : { name, size: bytes, blocks };
        return Promise.resolve(new Times(blocks, times).isOutside ? undefined : { file, target });
      },
    });
  }
  try {
    yield* scanFiles(files, query, tally, { inThread: true, warn });
  } finally {
    await current?.file.close().catch(() => {});
  }
}

/** The names that an archive has now. */
function namesNow({ archives }: Stored['directory'], { sequence, name }: Archive): string[] {
  let low = 0;
  let high = archives.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (archives[middle]!.sequence < sequence) low = middle + 1;
    else high = middle;
  }
  // Several of the same number somebody has copied there: then the name decides.
  const own = archives.slice(low, low + 10).filter((each) => each.sequence === sequence);
  const archive = own.find((each) => each.name === name) ?? own[0];
  return archive ? namesOf(archive) : [];
}

type Active = LogFile & { readonly name: string; readonly compression?: Compression };

/** Opens the file that was the current one, under whatever name it has now; `undefined` if it is gone. */
async function openActive(
  place: LogPlace,
  directory: Stored['directory'],
  identity: Identity,
  newest: number,
): Promise<Active | undefined> {
  const current = await openIf(place, directory.currentName, identity);
  if (current) return current;
  for (const archive of directory.archives) {
    if (archive.sequence <= newest) continue;
    for (const name of namesOf(archive)) {
      const compression = compressionOf(name);
      // What is compressed is the next that was sealed: the file that was the current one.
      const opened = await openIf(place, name, compression ? undefined : identity);
      if (opened) return compression ? { ...opened, compression } : opened;
    }
  }
  return undefined;
}

async function openIf(
  place: LogPlace,
  name: string,
  identity: Identity | undefined,
): Promise<Active | undefined> {
  const opened = await openToRead(place.fs, place.pathOf(name));
  if (!opened) return undefined;
  if (!identity || isSameFile(opened.status, identity)) return { ...opened, name };
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
