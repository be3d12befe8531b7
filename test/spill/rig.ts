/** A spill on a directory, without a queue and a sink. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { Batch } from '../../src/core/batch.ts';
import { type FileSystem, systemFileSystem } from '../../src/core/file-system.ts';
import { type SpillSettings, toSpillSettings } from '../../src/spill/options.ts';
import { SpillLog } from '../../src/spill/spill-log.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryLogger } from '../support/memory-logger.ts';

export interface OpenOptions extends Partial<SpillSettings> {
  readonly fs?: FileSystem;
  readonly log?: MemoryLogger;
}

export function openSpill(directory: string, { fs = systemFileSystem, log, ...settings }: OpenOptions = {}) {
  const context = { name: 'out', fs, clock: new ManualClock(), log: log ?? new MemoryLogger() };
  return SpillLog.open({ ...toSpillSettings('out', undefined), directory, ...settings }, context);
}

export function batchOf(...lines: readonly string[]): Batch {
  return Batch.fromTexts(lines, { origin: { source: 'test' }, receivedAt: 1 });
}

/** Writes batches, each as an entry of its own. */
export async function write(spill: SpillLog, ...batches: readonly Batch[]): Promise<void> {
  for (const batch of batches) await spill.append(spill.toEntry([batch]));
}

/** Reads and settles everything. */
export async function drain(spill: SpillLog): Promise<{ lines: string[]; lost: number }> {
  const lines: string[] = [];
  let lost = 0;
  while (spill.unread > 0) {
    const read = await spill.read(2 ** 20);
    lost += read.lost;
    for (const batch of read.batches) lines.push(...batch.texts());
    spill.settle(read.batches.length);
  }
  return { lines, lost };
}

/** The files of a directory, by name. */
export async function filesOf(directory: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const name of await readdir(directory)) files.set(name, await readFile(`${directory}/${name}`));
  return files;
}

export async function writeFiles(directory: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, bytes] of files) await writeFile(`${directory}/${name}`, bytes);
}

/** A copy in which a bit of the byte at `at` is flipped. */
export function flipBit(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[at] = flipped[at]! ^ (1 << ((at * 5) % 8));
  return flipped;
}
