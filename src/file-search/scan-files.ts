/**
 * Finds lines in files, one after the other. Each is opened when it is its turn and closed when it is done with, whatever happens;
 * one that is gone by then is passed over, one that cannot be read is told and passed over.
 */
import { messageOf } from '../core/errors.ts';
import { errorCode, type OpenFile } from '../core/file-system.ts';
import type { ScanQuery, ScanTally } from '../core/search.ts';
import type { FileQuery, FileToScan, ScanWarning } from './file-to-scan.ts';
import type { LinesOfFile } from './found-lines.ts';
import { scanInThread } from './scan-thread.ts';
import { type Scanner, scanHere } from './scanner.ts';

/** A file that is open and what is asked of it. */
export interface OpenedFile {
  readonly file: OpenFile;
  readonly target: FileToScan;
}

/** A file that can be opened. */
export interface ScannableFile {
  /** What it is called, for people. */
  readonly name: string;
  /** Opens it; `undefined` if it is gone, or if nothing in it can be found by that time. */
  open(times: Times): Promise<OpenedFile | undefined>;
}

/** Between which times lines are asked for, in ms since the epoch. */
export interface Times {
  readonly since: number;
  readonly until: number;
}

/** How files are scanned. */
export interface ScanFilesOptions {
  /** Whether it is done in a thread of its own, where a search must not be felt. Only conditions of expressions can be. */
  readonly inThread: boolean;
  /** Told of what cannot be read. */
  readonly warn: (warning: ScanWarning) => void;
  /** The most that a compressed file may become, in bytes; where it is known what it was, that. @defaultValue 8 GiB */
  readonly maxBytes?: number;
}

/** What is scanned without a thread of its own, all together, and in one go: in bytes. */
const SMALL_BYTES = 512 * 1024;
const SLICE_BYTES = 64 * 1024;

/** @param files - the oldest first */
export async function* scanFiles(
  files: readonly ScannableFile[],
  { where, since, until, order = 'oldest', countOnly = false, signal }: ScanQuery,
  tally: ScanTally,
  { inThread, warn, maxBytes = 8 * 2 ** 30 }: ScanFilesOptions,
): AsyncGenerator<LinesOfFile, void, undefined> {
  signal?.throwIfAborted();
  const times = { since: since ?? Number.NEGATIVE_INFINITY, until: until ?? Number.POSITIVE_INFINITY };
  const query: FileQuery = { ...times, order, countOnly, maxBytes };
  const blocking = { ...query, mayBlock: true };
  const here = scanHere(where, inThread ? { ...query, readBytes: SLICE_BYTES } : blocking);
  const needsThread = inThread && (!where || where.source !== undefined);
  let thread: Scanner | undefined;
  let small = SMALL_BYTES;
  const end = (): void => void thread?.[Symbol.asyncDispose]();
  signal?.addEventListener('abort', end, { once: true });
  try {
    for (const each of order === 'newest' ? files.toReversed() : files) {
      const warnOf = (message: string): void => warn({ file: each.name, message });
      const opened = await tryToOpen(each, times, warnOf);
      if (!opened) continue;
      try {
        const { size, compression } = opened.target;
        // So little is done before a thread has started.
        const isSmall = !compression && (small -= size) >= 0;
        if (needsThread && !isSmall) thread ??= scanInThread(where?.source, blocking);
        const scanner = thread ?? here;
        for await (const lines of scanner.scan(opened.file, opened.target, { tally, warn: warnOf })) {
          signal?.throwIfAborted();
          yield lines;
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (errorCode(error) === undefined) throw error;
        warnOf(`cannot be read: ${messageOf(error)}`);
      } finally {
        await opened.file.close().catch(() => {});
      }
      signal?.throwIfAborted();
    }
  } finally {
    signal?.removeEventListener('abort', end);
    await thread?.[Symbol.asyncDispose]();
  }
}

async function tryToOpen(
  scannable: ScannableFile,
  times: Times,
  warn: (message: string) => void,
): Promise<OpenedFile | undefined> {
  try {
    return await scannable.open(times);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    warn(`cannot be opened: ${messageOf(error)}`);
    return undefined;
  }
}
