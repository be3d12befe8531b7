import { readdir, writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { FileRig, RigOptions } from '../file/rig.ts';
import { toBatch } from '../file/rig.ts';
import { type Compression, makeArchiveRig, suffixOf } from './archive-rig.ts';

const COMPRESSIONS = ['gzip', 'zstd'] as const;

async function makeRig(compression: Compression, options: RigOptions): Promise<FileRig> {
  const rig = await makeArchiveRig(compression, options);
  onTestFinished(() => rig.remove());
  await rig.start();
  return rig;
}

/** A text that hardly gets smaller. */
function noise(length: number, seed: number): string {
  let state = seed;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return String.fromCharCode(33 + ((state >> 8) % 90));
  }).join('');
}

test.each(COMPRESSIONS)(
  '%s: a file is sealed before the frame that does not fit; what counts is its compressed size',
  async (compression) => {
    const rig = await makeRig(compression, { maxSize: 20_000 });
    const lines = Array.from({ length: 200 }, (_, index) => noise(500, index + 1));
    for (let at = 0; at < lines.length; at += 10)
      await rig.sink.writeAll!([toBatch(lines.slice(at, at + 10))]);
    // The rig sees to it that no file is larger, and that each frame can be read.
    const { lines: found, archives } = await rig.find();
    expect(found).toEqual(lines);
    expect(archives.length).toBeGreaterThan(3);
    // A frame is at most a quarter of a file, so files are not left half empty.
    const written = rig.sink.inspect!()['writtenBytes'] as number;
    expect(written / (archives.length + 1)).toBeGreaterThan(10_000);
  },
);

test.each(COMPRESSIONS)(
  '%s: lines that compress well take fewer files than their length',
  async (compression) => {
    const rig = await makeRig(compression, { maxSize: 20_000 });
    const lines = Array.from({ length: 200 }, () => 'the same line again and again '.repeat(20));
    await rig.sink.writeAll!([toBatch(lines)]);
    expect((await rig.find()).archives).toEqual([]);
  },
);

test.each(COMPRESSIONS)('%s: a line that is longer than a file has one of its own', async (compression) => {
  const rig = await makeRig(compression, { maxSize: 300 });
  const lines = ['short', noise(2000, 1), 'short', noise(2000, 2)];
  await rig.sink.writeAll!([toBatch(lines)]);
  const found = await rig.find();
  expect(found.lines).toEqual(lines);
  expect(found.archives).toHaveLength(3);
});

test('retention removes the oldest archives, those of this compression only', async () => {
  const rig = await makeRig('zstd', { maxSize: 1, retention: { maxFiles: 3 } });
  const others = ['log-20200101-000000-000001.log', 'log-20200101-000000-000002.log.gz', 'mine.log.zst'];
  for (const name of others) await writeFile(`${rig.directory}/${name}`, '');
  for (let line = 0; line < 10; line++) await rig.write(10);
  await rig.fs.quiet();
  const { archives } = await rig.check();
  expect(archives).toHaveLength(3);
  expect(rig.sink.inspect!()).toMatchObject({ archives: 3, removedArchives: 6 });
  expect(await readdir(rig.directory)).toEqual(expect.arrayContaining(others));
});

test('maxTotalSize is about compressed bytes', async () => {
  const rig = await makeRig('zstd', { maxSize: 1000, retention: { maxTotalSize: 2500 } });
  const line = 'the same line again and again '.repeat(50);
  for (let group = 0; group < 60; group++) await rig.sink.write(toBatch([line]));
  await rig.fs.quiet();
  expect((await rig.find()).archives).toHaveLength(2);
});

test.each(COMPRESSIONS)('%s: a name that is taken is not overwritten', async (compression) => {
  const rig = await makeRig(compression, { maxSize: 1 });
  const time = '20260101-000000';
  const taken = [1, 2].map((number) => `log-${time}-00000${number}${suffixOf(compression)}`);
  for (const name of taken) await writeFile(`${rig.directory}/${name}`, '');
  await rig.write(10, 10);
  await rig.fs.quiet();
  expect((await readdir(rig.directory)).toSorted()).toEqual(
    [
      '.logcaster-index',
      '.logcaster.json',
      ...taken,
      `log-${time}-000003${suffixOf(compression)}`,
      `current${suffixOf(compression)}`,
    ].toSorted(),
  );
});
