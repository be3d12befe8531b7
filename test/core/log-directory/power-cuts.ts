/** A log directory on a disk that loses its power, and what is in its files afterwards. */
import { Buffer } from 'node:buffer';
import { onTestFinished } from 'vitest';
import { LogDirectory } from '../../../src/core/log-directory/directory.ts';
import { type CurrentFile, openCurrent, recover } from '../../../src/core/log-directory/recovery.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { CrashDisk } from '../../support/crash-disk.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** What decides what a cut keeps; 0 is nothing, 1 is all, see `chooseBy`. */
export const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);

const PATH = '/logs';

export async function openOn(disk: CrashDisk): Promise<LogDirectory> {
  const directory = await LogDirectory.open(
    { path: PATH, suffix: '.log', fileMode: 0o640, directoryMode: 0o750, durable: true },
    { fs: disk, clock: new ManualClock(), log: silentLogger },
  );
  onTestFinished(() => directory.dispose());
  return directory;
}

/** A current file that holds this, and all of it is on the disk. */
export async function durableFile(directory: LogDirectory, text: string): Promise<CurrentFile> {
  const current = await openCurrent(directory);
  await append(current, text);
  await current.file.sync();
  await directory.sync();
  return current;
}

export async function append({ file }: CurrentFile, text: string): Promise<void> {
  await file.writev([Buffer.from(text)], 0);
}

/** A start, which makes durable what it finds. */
export async function startOn(disk: CrashDisk, before: LogDirectory): Promise<LogDirectory> {
  await before.dispose();
  const directory = await openOn(disk);
  await recover(directory);
  const { file } = await openCurrent(directory);
  await file.datasync();
  await directory.sync();
  return directory;
}

/** What is in the files whose names begin so, in the order of the names. */
export function textOf(disk: CrashDisk, ...beginnings: readonly string[]): string {
  return beginnings
    .flatMap((beginning) => [...disk.files(PATH)].filter(([name]) => name.startsWith(beginning)))
    .map(([, { bytes }]) => bytes.toString())
    .join('');
}
