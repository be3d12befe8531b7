/**
 * What somebody else does to the current file: logrotate moves it, people delete it, or cut it short to make room.
 *
 * It is noticed when the file is looked at, about once a second and before it is sealed. What was written since it was last
 * seen in its place is the window. Lines that went to a moved file are there; lines that went to a deleted one are read back
 * and written again; lines that were cut off are lost, and counted.
 */
import { countOf } from '../count-of.ts';
import { messageOf } from '../errors.ts';
import type { FileStatus } from '../file-system.ts';
import type { Logger } from '../logger.ts';
import type { ActiveFile } from './active-file.ts';
import type { Counters } from './counters.ts';
import type { LogDirectory } from './directory.ts';
import { isSameFile, statusOf } from './log-file.ts';
import { moveTornTail } from './torn-tail.ts';

interface Context {
  readonly directory: LogDirectory;
  readonly counters: Counters;
  readonly log: Logger;
  readonly durable: boolean;
}

/** Compares the file with its name and takes in another size. `lost`: the name does not lead to the file any more. */
export async function takeInChange(
  context: Context,
  active: ActiveFile,
): Promise<'intact' | 'changed' | 'lost'> {
  const { directory } = context;
  const status = await statusOf(directory.fs, directory.pathOf(directory.currentName));
  if (!status || !isSameFile(status, active.identity)) return 'lost';
  if (status.size === active.size) {
    active.markSeen();
    return 'intact';
  }
  await takeInSize(context, active, status);
  return 'changed';
}

async function takeInSize(context: Context, active: ActiveFile, status: FileStatus): Promise<void> {
  const { directory, counters, log } = context;
  const { outside } = counters;
  const before = active.size;
  await active.settle();
  const { size } = await moveTornTail(directory, active.file, status.size);
  if (status.size > before) {
    outside.appended++;
    log.warn({ bytes: status.size - before }, `somebody else has appended to ${directory.currentName}`);
    active.resize(size, 0);
  } else {
    const left = await directory.format.countLines(active.file, 0, size);
    const lines = Math.max(0, active.written.lines - left);
    outside.truncated++;
    outside.lostLines += lines;
    log.warn(
      { lines, bytes: before - size },
      `somebody else has cut ${directory.currentName} short: ${countOf(lines, 'line', 'are')} gone`,
    );
    active.resize(size, lines);
  }
  if (context.durable) await active.file.datasync();
}

/** Goes over from a file that somebody else took away to the next one, and closes it. */
export async function replaceLost(context: Context, old: ActiveFile, next: ActiveFile): Promise<void> {
  const { counters, log } = context;
  const { currentName } = context.directory;
  const { outside } = counters;
  const { lines, bytes } = old.unseen;
  try {
    await old.settle();
    const { nlink } = await old.file.stat();
    if (nlink > 0) {
      outside.moved++;
      outside.displacedLines += lines;
      log.warn({ lines }, `somebody else has moved ${currentName} away; goes on in a new one`);
      await settleMoved(context, old);
      return;
    }
    outside.deleted++;
    if (bytes > 0) await next.absorb(old.file, old.seen, old.written);
    outside.rescuedLines += lines;
    log.warn(
      { lines },
      `somebody else has deleted ${currentName}; goes on in a new one, with the last ${countOf(lines, 'line')} of it`,
    );
  } catch (error) {
    outside.lostLines += lines;
    log.error(
      { error, lines },
      `${currentName} was taken away, and ${countOf(lines, 'line')} with it: ${messageOf(error)}`,
    );
  } finally {
    await old.close().catch(() => {});
  }
}

/** Makes a file that was moved away as durable as it is to be. */
async function settleMoved({ counters, durable, log }: Context, old: ActiveFile): Promise<void> {
  const { lines, bytes } = old.exposure;
  if (!durable) {
    counters.unsyncedLines += lines;
    counters.unsyncedBytes += bytes;
    return;
  }
  try {
    await old.sync();
  } catch (error) {
    counters.failedSyncs++;
    counters.unsyncableLines += lines;
    log.error({ error, lines }, `cannot sync the file that was moved away: ${messageOf(error)}`);
  }
}
