import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Batch } from '../../../src/core/batch.ts';
import type { HistoryLimits } from '../../../src/core/component.ts';
import { fc, test as property } from '../../support/properties.ts';
import type { FileRig, RigOptions } from '../file/rig.ts';
import { type Compression, makeArchiveRig } from './archive-rig.ts';

const COMPRESSIONS = ['gzip', 'zstd'] as const;
const ALL: HistoryLimits = { maxLines: 1e9, maxBytes: 1e9 };

async function makeRig(compression: Compression, options: RigOptions = {}): Promise<FileRig> {
  const rig = await makeArchiveRig(compression, { durability: 'none', ...options });
  onTestFinished(() => rig.remove());
  await rig.start();
  return rig;
}

async function historyOf(rig: FileRig, limits: HistoryLimits = ALL): Promise<Batch[]> {
  return Array.fromAsync(rig.sink.history!(limits));
}

async function textsOf(rig: FileRig, limits?: HistoryLimits): Promise<string[]> {
  return (await historyOf(rig, limits)).flatMap((batch) => batch.texts());
}

property.prop(
  [
    fc.constantFrom(...COMPRESSIONS),
    fc.array(fc.array(fc.nat(40), { minLength: 1, maxLength: 6 }), { maxLength: 8 }),
    fc.integer({ min: 1, max: 800 }),
    fc.nat(30),
    fc.nat(600),
  ],
  { numRuns: 40 },
)('is the newest lines within the limits', async (compression, groups, maxSize, maxLines, maxBytes) => {
  const rig = await makeArchiveRig(compression, { durability: 'none', maxSize, frameSize: 100 });
  try {
    await rig.start();
    for (const group of groups) await rig.writeBatches([group]);
    await rig.restart();
    const expected: string[] = [];
    let bytes = 0;
    for (const line of rig.stored.toReversed()) {
      bytes += line.length + 1;
      if (expected.length === maxLines || bytes > maxBytes) break;
      expected.unshift(line);
    }
    expect(await textsOf(rig, { maxLines, maxBytes })).toEqual(expected);
    expect(await textsOf(rig)).toEqual(rig.stored);
    expect(rig.sink.inspect!()).toMatchObject({ damaged: { places: 0, bytes: 0, lines: 0 } });
  } finally {
    await rig.remove();
  }
});

test('lines keep their receive time, as exactly as the frame knows it, and it never decreases', async () => {
  const rig = await makeRig('zstd');
  for (const receivedAt of [1000, 3000.5, 2000]) {
    await rig.sink.write(Batch.fromTexts(['x'], { origin: { source: 'test' }, receivedAt }));
  }
  await rig.restart();
  const batches = await historyOf(rig);
  expect(batches.map(({ receivedAt }) => receivedAt)).toEqual([1000, 3000.5, 3000.5]);
  expect(batches[0]!.origin).toEqual({ source: 'file' });
});

test('files that are not needed are not opened, and frames that are not wanted not read', async () => {
  const rig = await makeRig('zstd', { maxSize: 500 });
  for (let group = 0; group < 30; group++) await rig.write(30, 30, 30);
  await rig.restart();
  expect((await rig.check()).archives.length).toBeGreaterThan(3);
  const before = rig.fs.operations.length;
  expect(await textsOf(rig, { maxLines: 2, maxBytes: 1000 })).toEqual(rig.stored.slice(-2));
  const own = rig.fs.operations.slice(before);
  expect(
    own.filter(({ name }) => name === 'open').every(({ path }) => path.endsWith('current.log.zst')),
  ).toBe(true);
});

test('of lines that were encoded there is none', async () => {
  const rig = await makeRig('zstd', { encoding: 'json' });
  await rig.sink.write(Batch.fromTexts(['x'], { origin: { source: 'test' }, receivedAt: 0 }));
  await rig.restart();
  expect(await historyOf(rig)).toEqual([]);
});

describe.each(COMPRESSIONS)('%s: in a damaged file', (compression) => {
  /** A rig with three frames in an archive, and where they begin and end. */
  async function makeArchive(): Promise<{ rig: FileRig; path: string; bytes: Buffer; ends: number[] }> {
    const rig = await makeRig(compression, { maxSize: 2000 });
    const ends = [0];
    for (let frame = 0; frame < 3; frame++) {
      await rig.writeBatches([[50, 60]]);
      ends.push(rig.sink.inspect!()['size'] as number);
    }
    // The archive is full, as far as this line is concerned.
    await rig.restart({ ...rig.options, maxSize: 1 });
    await rig.write(5);
    await rig.stop();
    const [archive] = (await rig.check()).archives;
    const path = `${rig.directory}/${archive}`;
    return { rig, path, bytes: await readFile(path), ends };
  }

  test('a flipped bit costs the lines of its frame, wherever it is; it is told and counted, and the others are read', async () => {
    const { rig, path, bytes, ends } = await makeArchive();
    const frame = { start: ends[1]!, end: ends[2]! };
    const survivors = [...rig.stored.slice(0, 2), ...rig.stored.slice(4)];
    let harmless = 0;
    for (let at = frame.start; at < frame.end; at++) {
      bytes[at]! ^= 0x10;
      await writeFile(path, bytes);
      bytes[at]! ^= 0x10;
      await rig.restart();
      rig.complaints.length = 0;
      const found = await textsOf(rig);
      // Some bits of a frame mean nothing: then all is there.
      const isSame = found.length === rig.stored.length;
      const damage = { places: 1, bytes: frame.end - frame.start };
      expect(found).toEqual(isSame ? rig.stored : survivors);
      expect(rig.sink.inspect!()).toMatchObject({ damaged: isSame ? { places: 0 } : damage });
      expect(rig.complaints.filter((text) => text.includes(`at offset ${frame.start}:`))).toHaveLength(
        isSame ? 0 : 1,
      );
      harmless += Number(isSame);
    }
    expect(harmless).toBeLessThan(5);
  });

  test('the lines of a frame whose head can be read are counted', async () => {
    const { rig, path, bytes, ends } = await makeArchive();
    bytes[ends[2]! - 6]! ^= 1;
    await writeFile(path, bytes);
    await rig.restart();
    await historyOf(rig);
    expect(rig.sink.inspect!()).toMatchObject({ damaged: { places: 1, lines: 2 } });
  });

  test('frames behind bytes of somebody else, and before a part that is missing, are read', async () => {
    const { rig, path, bytes, ends } = await makeArchive();
    const foreign = Buffer.alloc(600_000, 'not ours ');
    await writeFile(path, Buffer.concat([foreign, bytes.subarray(0, ends[3]! - 1)]));
    await rig.restart();
    expect(await textsOf(rig)).toEqual([...rig.stored.slice(0, 4), ...rig.stored.slice(6)]);
    expect(rig.sink.inspect!()).toMatchObject({
      damaged: { places: 2, bytes: foreign.length + ends[3]! - ends[2]! - 1 },
    });
  });

  test('a file without a single frame is damaged as a whole', async () => {
    const { rig, path } = await makeArchive();
    await writeFile(path, 'nothing of ours');
    await rig.restart();
    expect(await textsOf(rig)).toEqual(rig.stored.slice(6));
    expect(rig.sink.inspect!()).toMatchObject({ damaged: { places: 1, bytes: 15 } });
  });
});
