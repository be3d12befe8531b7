/**
 * The files of a log directory as they are searched: archives by number, plain and compressed, then the current file.
 *
 * When the lines of a file were received says its index; the file is opened only if some of them lie within what is asked for.
 * Without an index its name and status must do: its lines came after the archive before was sealed, and before its own sealing and
 * its last change. Where those times go backwards, nothing is known of their beginning. Lines that had waited long before they were
 * written may have come earlier than that.
 */
import { Buffer } from 'node:buffer';
import { type Compression, compressionOf, detectCompression } from '../core/compressed/compressions.ts';
import type { FileStatus, FileSystem } from '../core/file-system.ts';
import { openToRead, readFully, statusOf } from '../core/log-directory/log-file.ts';
import type { Archive } from '../core/log-directory/names.ts';
import { type TimeBlock, type TimeIndex, UNKNOWN_TIMES } from '../core/log-directory/time-index.ts';
import type { OpenedFile, ScannableFile, Times } from './scan-files.ts';
import { Times as BlockTimes } from './times.ts';

/** Where files are. */
export interface LogPlace {
  readonly fs: FileSystem;
  readonly pathOf: (name: string) => string;
  /** What is known of a file's times. */
  readonly indexOf: (name: string, status: FileStatus) => Promise<TimeIndex | undefined>;
  /** Whether they are files of frames: then they are compressed from the beginning. @defaultValue false */
  readonly frames?: boolean;
}

type Named = Pick<Archive, 'name' | 'sealedAt'>;

/** A second's fraction is not in a name. */
const SECOND = 1000;

/**
 * An archive.
 *
 * @param before - The archive before it.
 * @param find - The names that it has now; none if it is gone.
 */
export function archiveToScan(
  place: LogPlace,
  archive: Named,
  before: Named | undefined,
  find: () => readonly string[] = () => [archive.name],
): ScannableFile {
  const open = async (name: string, times: Times): Promise<OpenedFile | 'outside' | undefined> => {
    const status = await statusOf(place.fs, place.pathOf(name));
    if (!status?.isFile()) return undefined;
    const index = await place.indexOf(name, status);
    const blocks = index?.blocks ?? [
      estimate(archive, before, compressionOf(name) && !place.frames ? undefined : status),
    ];
    if (new BlockTimes(blocks, times).isOutside) return 'outside';
    return openWith(place, name, blocks, index?.end);
  };
  return {
    name: archive.name,
    async open(times) {
      // It may get another name between a look at the list and the next.
      const tried = new Set<string>();
      for (let names = find(); names.some((name) => !tried.has(name)); names = find()) {
        for (const name of names) {
          tried.add(name);
          const opened = await open(name, times);
          if (opened) return opened === 'outside' ? undefined : opened;
        }
      }
      return undefined;
    },
  };
}

/** An archive of the C server, which has no number and is never changed. */
export function unnumberedToScan(place: LogPlace, archive: Named, before: Named | undefined): ScannableFile {
  return archiveToScan({ ...place, indexOf: () => Promise.resolve(undefined) }, archive, before);
}

/** When lines of a file came of which nothing else is known. */
function estimate(archive: Named, before: Named | undefined, status: FileStatus | undefined): TimeBlock {
  const sealed = archive.sealedAt + SECOND;
  const newest = Math.max(sealed, status?.mtimeMs ?? sealed, (before?.sealedAt ?? 0) + SECOND);
  const goesBack = before === undefined || before.sealedAt > archive.sealedAt;
  const oldest = goesBack ? UNKNOWN_TIMES.oldest : before.sealedAt;
  return { end: Number.POSITIVE_INFINITY, lines: Number.NaN, oldest, newest };
}

async function openWith(
  place: LogPlace,
  name: string,
  blocks: readonly TimeBlock[],
  limit: number | undefined,
): Promise<OpenedFile | undefined> {
  const opened = await openToRead(place.fs, place.pathOf(name));
  if (!opened) return undefined;
  const { size } = opened.status;
  let compression: Compression | undefined;
  try {
    compression = compressionOf(name) && (await compressionIn(opened.file, name, size));
  } catch (error) {
    await opened.file.close().catch(() => {});
    throw error;
  }
  const target = {
    name,
    size: compression ? size : Math.min(size, limit ?? size),
    blocks,
    compression,
    ...(compression && limit !== undefined && { limit }),
    frames: place.frames ?? false,
  };
  return { file: opened.file, target };
}

/** How a file is compressed: its beginning tells, or its name if that is damaged. */
async function compressionIn(
  file: OpenedFile['file'],
  name: string,
  size: number,
): Promise<Compression | undefined> {
  return (await compressionByStart(file, size)) ?? (size > 0 ? compressionOf(name) : undefined);
}

/** How a file is compressed, as its beginning tells. */
export async function compressionByStart(
  file: OpenedFile['file'],
  size: number,
): Promise<Compression | undefined> {
  const start = Buffer.alloc(4);
  const length = await readFully(file, start, Math.min(start.length, size), 0);
  return detectCompression(start.subarray(0, length));
}
