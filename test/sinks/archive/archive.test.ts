import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { chdir, cwd } from 'node:process';
import { promisify } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { Batch } from '../../../src/core/batch.ts';
import type { Sink } from '../../../src/core/component.ts';
import { systemFileSystem } from '../../../src/core/file-system.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { archive } from '../../../src/sinks/archive/archive.ts';
import { archiveOptions } from '../../../src/sinks/archive/options.ts';
import { sinkBuiltins } from '../../../src/sinks/builtins.ts';
import { temporaryDirectory } from '../../core/log-directory/temporary-directory.ts';
import { checkOptions } from '../../support/definitions.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FileRig, type RigOptions, toBatch, toBatchWithGaps } from '../file/rig.ts';
import { type Compression, makeArchiveRig, suffixOf } from './archive-rig.ts';

const COMPRESSIONS = ['gzip', 'zstd'] as const;
const run = promisify(execFile);

async function makeRig(compression: Compression, options: RigOptions = {}): Promise<FileRig> {
  const rig = await makeArchiveRig(compression, options);
  onTestFinished(() => rig.remove());
  await rig.start();
  return rig;
}

const current = (rig: FileRig, compression: Compression) =>
  `${rig.directory}/current${suffixOf(compression)}`;

/** Whether there is a command; without it the tests of it are skipped. */
async function hasCommand(command: string): Promise<boolean> {
  return run(command, ['--version']).then(
    () => true,
    () => false,
  );
}

describe('options', () => {
  test('have defaults', () => {
    expect(archiveOptions.parse({})).toEqual({
      directory: './logs',
      compression: 'zstd',
      encoding: 'line',
      maxSize: 64 * 2 ** 20,
      frameSize: 2 ** 20,
      flushInterval: 1000,
      durability: 'interval',
      syncInterval: 500,
      fileMode: 0o640,
      directoryMode: 0o750,
      retention: {},
    });
  });

  test.each([
    [{ compression: 'gzip', level: 10 }, 'level: must be at most 9 for gzip'],
    [{ compression: 'lz4' }, 'compression: '],
    [{ level: 20 }, 'level: '],
    [{ level: 0 }, 'level: '],
    [{ frameSize: '65MiB' }, 'frameSize: must be at least 1 B and at most 64 MiB'],
    [{ flushInterval: '2h' }, 'flushInterval: '],
    [{ encoding: 'xml' }, 'encoding: '],
    [{ maxsize: 1 }, ''],
  ])('%j is refused', (options, problem) => {
    const [first] = checkOptions(archive, options).problems;
    expect(first?.startsWith(problem)).toBe(true);
  });

  test('each level is taken', () => {
    expect(archiveOptions.parse({ compression: 'gzip', level: 9 }).level).toBe(9);
    expect(archiveOptions.parse({ level: 19 }).level).toBe(19);
  });

  test('claim the directory, as the file sink does', () => {
    expect(archive.claims?.(archiveOptions.parse({ directory: '/var/../var/log' }))).toEqual([
      'directory /var/log',
    ]);
  });
});

test('is one of the built-in sinks', () => {
  expect(sinkBuiltins).toContain(archive);
});

test.each(archive.examples)('example: $title', async ({ yaml }) => {
  const before = cwd();
  chdir(await temporaryDirectory());
  onTestFinished(() => chdir(before));
  const { type, ...options } = parse(yaml) as { type: string };
  expect(type).toBe('archive');
  const context = { name: 'example', log: silentLogger, clock: new ManualClock(), fs: systemFileSystem };
  const sink: Sink = archive.create(archiveOptions.parse(options), context);
  await sink.start!();
  await sink.writeAll!([toBatch(['hello'])]);
  await sink.flush!();
  expect(sink.inspect!()).toMatchObject({ written: 1, synced: 1, compressed: { frames: 1 } });
  await sink[Symbol.asyncDispose]!();
});

describe.each(COMPRESSIONS)('%s', (compression) => {
  test('every byte is stored, and a line counts as stored when it can be read', async () => {
    const rig = await makeRig(compression, { frameSize: 50 });
    const lines = ['plain', '', '\r', '\0\x1b[31m', 'ünï', '\u2028', 'x'.repeat(300)].map((text) =>
      Buffer.from(text),
    );
    const all = [...lines, Buffer.from([0xff, 0xfe, 0x1f, 0x8b, 8, 4])];
    await rig.sink.writeAll!([toBatch(all), toBatchWithGaps(all)]);
    const { lines: found } = await rig.find();
    expect(found).toEqual([...all, ...all].map((line) => line.toString('latin1')));
  });

  test('the current file and archives are read by the usual command', async (context) => {
    const command = compression === 'gzip' ? 'zcat' : 'zstd';
    if (!(await hasCommand(command))) context.skip(`there is no ${command}`);
    const rig = await makeRig(compression, { maxSize: 300 });
    for (let group = 0; group < 20; group++) await rig.writeBatches([[10, 20], [5]]);
    const { archives } = await rig.check();
    expect(archives.length).toBeGreaterThan(1);
    const paths = [...archives.map((name) => `${rig.directory}/${name}`), current(rig, compression)];
    const { stdout } = await run(command, compression === 'gzip' ? paths : ['-dc', ...paths]);
    expect(stdout).toBe(rig.stored.map((line) => `${line}\n`).join(''));
    await run(compression === 'gzip' ? 'gzip' : 'zstd', ['-t', ...paths]);
  });

  test('lines that wait together are compressed together, and cut into frames', async () => {
    const rig = await makeRig(compression, { frameSize: 100 });
    await rig.writeBatches([[30], [30], [30], [30], [200], [10]]);
    await rig.check();
    expect(rig.sink.inspect!()).toMatchObject({
      written: 6,
      compressed: { frames: 4, rawBytes: 336 },
    });
    const { size } = rig.sink.inspect!();
    expect(rig.sink.inspect!()).toMatchObject({ writtenBytes: size, compressed: { bytes: size } });
  });

  test('a higher level makes smaller files', async () => {
    const text = Array.from(
      { length: 3000 },
      (_, index) => `line ${(index * 7919) % 3001} of ${index % 13} things`,
    );
    const sizes: unknown[] = [];
    for (const level of [1, 9]) {
      const rig = await makeRig(compression, { level });
      await rig.sink.writeAll!([toBatch(text)]);
      sizes.push(rig.sink.inspect!()['size']);
    }
    expect(sizes[1]).toBeLessThan(sizes[0] as number);
  });

  test('encoding: what is compressed is the encoded line', async () => {
    const rig = await makeRig(compression, { encoding: { template: '{source}/{peer}: {message}' } });
    const origin = { source: 'tcp', peer: 'there' };
    await rig.sink.write(Batch.fromTexts(['one', 'two'], { origin, receivedAt: 0 }));
    expect((await rig.find()).lines).toEqual(['tcp/there: one', 'tcp/there: two']);
  });
});

test('a directory that a file sink writes to is refused, and the other way round', async () => {
  const rig = await makeRig('zstd');
  const file = FileRig.on(rig.directory, {});
  await expect(file.sink.start!()).rejects.toMatchObject({ code: 'LC_DIRECTORY_IN_USE' });
  await file.sink[Symbol.asyncDispose]!();
  await rig.sink[Symbol.asyncDispose]!();
  const next = FileRig.on(rig.directory, {});
  await next.start();
  rig.renew();
  await expect(rig.sink.start!()).rejects.toMatchObject({ code: 'LC_DIRECTORY_IN_USE' });
  await next.sink[Symbol.asyncDispose]!();
});

const ending = (...ends: RegExp[]): unknown[] => ends.map((end) => expect.stringMatching(end));

test('a directory can change hands: numbers go on, and what was sealed stays', async () => {
  const rig = await makeRig('gzip', { maxSize: 1 });
  await rig.write(10, 10, 10);
  await rig.stop();
  const file = FileRig.on(rig.directory, { maxSize: 1 });
  await file.start();
  await file.write(10, 10, 10);
  await file.stop();
  const { archives, lines } = await file.find();
  expect(archives).toEqual(
    ending(/-000001\.log\.gz$/, /-000002\.log\.gz$/, /-000003\.log$/, /-000004\.log$/),
  );
  expect(lines.slice(-3)).toEqual(file.stored);
  expect((await rig.check()).archives).toEqual(ending(/-000001\.log\.gz$/, /-000002\.log\.gz$/));
});

describe('few lines', () => {
  test('wait for others up to flushInterval, and are stored then', async () => {
    const rig = await makeRig('zstd', { flushInterval: '1s' });
    await rig.write(10);
    rig.clock.advance(400);
    let stored = false;
    const writing = rig.write(10).then(() => (stored = true));
    await rig.fs.quiet();
    rig.clock.advance(599);
    await rig.fs.quiet();
    expect([stored, rig.sink.inspect!()['written']]).toEqual([false, 1]);
    rig.clock.advance(1);
    await writing;
    await rig.check();
  });

  test('do not wait any more when the sink is flushed or disposed of', async () => {
    const rig = await makeRig('zstd', { flushInterval: '1h' });
    await rig.write(10);
    rig.clock.advance(10);
    const writing = rig.write(10);
    await rig.sink.flush!();
    await writing;
    await rig.check();
    // What gathered meanwhile is written at once; what comes then waits.
    await rig.write(10);
    rig.clock.advance(10);
    const late = rig.sink.write(toBatch(['late']));
    await rig.sink[Symbol.asyncDispose]!();
    await expect(late).rejects.toThrow('is not open');
    expect(rig.clock.timers).toBe(0);
  });
});

test('the zstd of Node reads a frame behind its note', async () => {
  const rig = await makeRig('zstd');
  await rig.write(10);
  const bytes = await readFile(current(rig, 'zstd'));
  const skipped = 8 + bytes.readUInt32LE(4);
  expect(zstdDecompressSync(bytes.subarray(skipped)).toString()).toBe(`${rig.stored[0]}\n`);
});
