import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Batch } from '../../../src/core/batch.ts';
import type { HistoryLimits } from '../../../src/core/component.ts';
import { fc, test as property } from '../../support/properties.ts';
import { FileRig, type RigOptions, toBatch } from './rig.ts';

async function makeRig(options: RigOptions = {}): Promise<FileRig> {
  const rig = await FileRig.make({ durability: 'none', ...options });
  onTestFinished(() => rig.remove());
  await rig.start();
  return rig;
}

async function read(rig: FileRig, limits: Partial<HistoryLimits> = {}): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of rig.sink.history!({ maxLines: Infinity, maxBytes: Infinity, ...limits }))
    batches.push(batch);
  return batches;
}

const texts = (batches: readonly Batch[]) => batches.flatMap((batch) => batch.texts());

property.prop(
  [
    fc.array(fc.oneof({ weight: 9, arbitrary: fc.nat(30) }, { weight: 1, arbitrary: fc.nat(300) }), {
      maxLength: 30,
    }),
    fc.integer({ min: 1, max: 100 }),
    fc.oneof(fc.nat(35), fc.constant(Infinity)),
    fc.oneof(fc.nat(1000), fc.constant(Infinity)),
    fc.constantFrom('none', 'gzip', 'zstd'),
  ],
  { numRuns: 60 },
)('gives the newest lines within both limits', async (lengths, maxSize, maxLines, maxBytes, compress) => {
  const rig = await FileRig.make({ durability: 'none', maxSize, compress });
  try {
    await rig.start();
    await rig.write(...lengths);
    await rig.compressed();
    await rig.stop();
    await rig.restart();
    let from = rig.stored.length;
    for (let bytes = 0; from > 0 && rig.stored.length - from < maxLines; from--) {
      bytes += rig.stored[from - 1]!.length + 1;
      if (bytes > maxBytes) break;
    }
    expect(texts(await read(rig, { maxLines, maxBytes }))).toEqual(rig.stored.slice(from));
  } finally {
    await rig.remove();
  }
});

test('gives lines byte for byte, as contiguous batches of bounded size', async () => {
  const rig = await makeRig({ maxSize: '10MiB' });
  const odd = [Buffer.from('a\r'), Buffer.from([0, 0xff, 0xc3]), Buffer.alloc(0), Buffer.alloc(900_000, 'x')];
  await rig.sink.writeAll!([toBatch(odd)]);
  await rig.write(...Array.from({ length: 20_000 }, () => 100));
  const batches = await read(rig);
  const lines = batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, index) => batch.line(index)),
  );
  expect(lines.slice(0, 4)).toEqual(odd);
  expect(lines.slice(4).map(String)).toEqual(rig.stored);
  for (const batch of batches) {
    expect(batch.byteLength).toBeLessThan(2_000_000);
    expect(batch.chunks()).toHaveLength(1);
    expect(batch.origin).toEqual({ source: 'file' });
  }
});

test('gives lines that are longer than what is read at once', async () => {
  const rig = await makeRig({ maxSize: '10MiB' });
  await rig.write(600_000, 700_000, 10, 300_000, 1_200_000, 5, 262_143, 262_144);
  expect(texts(await read(rig))).toEqual(rig.stored);
});

test('opens only the files that it needs', async () => {
  const rig = await makeRig({ maxSize: 20 });
  await rig.write(...Array.from({ length: 50 }, () => 15));
  const before = rig.fs.operations.length;
  expect(texts(await read(rig, { maxLines: 2 }))).toEqual(rig.stored.slice(-2));
  const opened = rig.fs.operations.slice(before).filter(({ name }) => name === 'open');
  expect(new Set(opened.map(({ path }) => path)).size).toBe(2);
});

test('reads a small file once', async () => {
  const rig = await makeRig({ maxSize: 20 });
  await rig.write(...Array.from({ length: 50 }, () => 15));
  const before = rig.fs.operations.length;
  expect(texts(await read(rig))).toEqual(rig.stored);
  expect(rig.fs.operations.slice(before).filter(({ name }) => name === 'file.read')).toHaveLength(50);
});

test('gives what is newer than a file that cannot be read, and then the error', async () => {
  const rig = await makeRig({ maxSize: 20 });
  await rig.write(...Array.from({ length: 10 }, () => 15));
  rig.fs.arm('EIO', 1, { only: ({ name, path }) => name === 'file.read' && path.includes('-000006.log') });
  const lines: string[] = [];
  await expect(async () => {
    for await (const batch of rig.sink.history!({ maxLines: 100, maxBytes: 1000 }))
      lines.push(...batch.texts());
  }).rejects.toThrow('EIO');
  expect(lines).toEqual(rig.stored.slice(-4));
});

test('is empty in an empty directory', async () => {
  expect(await read(await makeRig())).toEqual([]);
});

test('passes over an archive that was removed meanwhile, and over a torn end', async () => {
  const rig = await makeRig({ maxSize: 10 });
  await rig.write(9, 9, 9, 9);
  const { archives } = await rig.check();
  await writeFile(`${rig.directory}/${archives[1]}`, 'whole\ntorn');
  await rm(`${rig.directory}/${archives[0]}`);
  expect(texts(await read(rig))).toEqual(['whole', rig.stored[2], rig.stored[3]]);
});

test('estimates when lines came: between two sealings, evenly, never decreasing, never ahead of the clock', async () => {
  const rig = await makeRig({ maxSize: '1MiB' });
  const start = rig.clock.now();
  const seal = async (lines: number, at: number) => {
    await rig.write(...Array.from({ length: lines }, () => 1023));
    const date = new Date(at);
    await utimes(`${rig.directory}/current.log`, date, date);
  };
  await seal(1024, start);
  rig.clock.advance(60_000);
  await seal(1024, start + 120_000);
  rig.clock.advance(60_000);
  await seal(512, start + 130_000);
  rig.clock.advance(60_000);
  const batches = await read(rig);
  const times = batches.map(({ receivedAt }) => receivedAt - start);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  // The first file was sealed when the clock said 60 s; nothing is known of the time before it.
  expect(times.slice(0, 4)).toEqual([0, 0, 0, 0]);
  expect(times.slice(4, 8)).toEqual([75_000, 90_000, 105_000, 120_000]);
  expect(times.slice(8)).toEqual([125_000, 130_000]);
});

test('a clock that was years ahead for a while does not spoil the times of what came later', async () => {
  const rig = await makeRig({ maxSize: 10 });
  rig.clock.jump(315_360_000_000);
  await rig.write(9, 9);
  rig.clock.jump(-315_360_000_000);
  await rig.write(9, 9);
  for (const { receivedAt } of await read(rig)) expect(receivedAt).toBeLessThanOrEqual(rig.clock.now());
});

test('of a damaged compressed archive it gives what stands before the damage, and says so', async () => {
  const rig = await makeRig({ maxSize: 50_000, compress: 'gzip' });
  await rig.write(...Array.from({ length: 1200 }, (_, index) => 50 + ((index * 7919) % 83)));
  await rig.compressed();
  const [archive] = (await rig.check()).archives;
  const path = `${rig.directory}/${archive}`;
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length >> 1));
  const lines = texts(await read(rig));
  const own = rig.stored.indexOf(lines.find((line, index) => line !== rig.stored[index])!);
  expect(own).toBeGreaterThan(100);
  expect(lines).toEqual([...rig.stored.slice(0, lines.length - (1200 - own)), ...rig.stored.slice(own)]);
  expect(rig.complaints).toEqual([expect.stringContaining('is damaged at offset')]);
});

test('begins with the archives of the C server, which have no number, and leaves them as they are', async () => {
  const rig = await FileRig.make({ durability: 'none', maxSize: 1000, retention: { maxFiles: 1 } });
  onTestFinished(() => rig.remove());
  await mkdir(rig.directory, { mode: 0o750 });
  await writeFile(`${rig.directory}/log-20240102-000000.log`, 'three\n');
  await writeFile(`${rig.directory}/log-20240101-000000.log`, 'one\ntwo\n');
  await writeFile(`${rig.directory}/current.log`, 'four\n');
  await rig.start();
  expect(texts(await read(rig))).toEqual(['one', 'two', 'three', 'four']);
  expect(texts(await read(rig, { maxLines: 3 }))).toEqual(['two', 'three', 'four']);
  await rig.stop();
  expect(await readFile(`${rig.directory}/log-20240101-000000.log`, 'utf8')).toBe('one\ntwo\n');
});
