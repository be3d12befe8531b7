/**
 * What the archive sink costs, and how small files become: `node test/bench/micro/archive.ts`. CPU seconds of the process,
 * its threads included, per million lines of about 120 bytes; and how many times smaller the files are than the lines.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch } from '../../../src/core/batch.ts';
import { archive } from '../../../src/sinks/archive/archive.ts';
import { archiveOptions } from '../../../src/sinks/archive/options.ts';
import { componentContext } from '../../support/definitions.ts';
import { makeBatches } from './log-batches.ts';

/** As many batches are written together as fit into the pipeline's 4 MiB. */
const GROUP = 60;

async function measure(options: object, batches: readonly Batch[], group: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'logcaster-bench-'));
  const sink = archive.create(
    archiveOptions.parse({ ...options, directory, durability: 'none', flushInterval: '0ms' }),
    componentContext,
  );
  try {
    await sink.start?.();
    const start = process.cpuUsage();
    const begin = performance.now();
    for (let at = 0; at < batches.length; at += group) await sink.writeAll?.(batches.slice(at, at + group));
    const seconds = (performance.now() - begin) / 1000;
    const { user, system } = process.cpuUsage(start);
    const { rawBytes, bytes } = sink.inspect!()['compressed'] as { rawBytes: number; bytes: number };
    const millions = batches.reduce((sum, { length }) => sum + length, 0) / 1e6;
    const figures = [(user + system) / 1e6 / millions, seconds / millions, rawBytes / bytes];
    return figures.map((figure) => figure.toFixed(2).padStart(9)).join('');
  } finally {
    await sink[Symbol.asyncDispose]?.();
    await rm(directory, { recursive: true });
  }
}

const batches = makeBatches(0.1);
console.log(`${' '.repeat(34)}    CPU s   wall s    ratio`);
for (const [compression, level] of [
  ['gzip', 1],
  ['gzip', 6],
  ['zstd', 1],
  ['zstd', 3],
  ['zstd', 9],
] as const) {
  for (const frameSize of ['64KiB', '256KiB', '1MiB', '4MiB']) {
    const figures = await measure({ compression, level, frameSize }, batches, GROUP);
    console.log(`${compression} ${level}, frames of ${frameSize}`.padEnd(34) + figures);
  }
}
for (const compression of ['gzip', 'zstd'] as const) {
  const small = batches.flatMap((batch) => Array.from({ length: 10 }, (_, at) => batch.slice(at, at + 1)));
  console.log(
    `${compression}, a line a frame`.padEnd(34) + (await measure({ compression }, small.slice(0, 500), 1)),
  );
}
