import { appendFile, link, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Batch } from '../../../src/core/batch.ts';
import { CODECS } from '../../../src/sinks/archive/codec.ts';
import type { FileRig, RigOptions } from '../file/rig.ts';
import { type Compression, makeArchiveRig, suffixOf } from './archive-rig.ts';

const COMPRESSIONS = ['gzip', 'zstd'] as const;

const read = (rig: FileRig, name: string) => readFile(`${rig.directory}/${name}`);

async function makeRig(compression: Compression, options: RigOptions = {}): Promise<FileRig> {
  const rig = await makeArchiveRig(compression, { durability: 'none', ...options });
  onTestFinished(() => rig.remove());
  return rig;
}

/** Starts a sink, writes a frame for each of these numbers of lines, and ends it. Answers where each frame ends. */
async function writeFrames(rig: FileRig, ...lines: number[]): Promise<number[]> {
  await rig.start();
  const ends: number[] = [];
  for (const count of lines) {
    await rig.writeBatches([Array.from({ length: count }, () => 20)]);
    ends.push(rig.sink.inspect!()['size'] as number);
  }
  await rig.stop();
  return ends;
}

describe.each(COMPRESSIONS)('%s', (compression) => {
  const current = (rig: FileRig) => `${rig.directory}/current${suffixOf(compression)}`;

  test('a frame that was cut off anywhere is moved apart, told and counted, and what follows can be read', async () => {
    const rig = await makeRig(compression);
    const [, second, third] = await writeFrames(rig, 2, 3, 2);
    const whole = await readFile(current(rig));
    const stored = rig.stored.slice();
    for (const cut of [1, 2, 10, 30, 41, 50, third! - second! - 1]) {
      await writeFile(current(rig), whole.subarray(0, second! + cut));
      rig.stored.splice(0, Number.POSITIVE_INFINITY, ...stored.slice(0, 5));
      rig.complaints.length = 0;
      await rig.restart();
      expect(rig.sink.inspect!()).toMatchObject({
        size: second,
        torn: { tails: 1, bytes: cut },
        atStart: { bytes: second },
      });
      expect(rig.complaints).toEqual([
        expect.stringContaining(`${cut} bytes moved to torn-000001-${second}`),
      ]);
      await rig.write(10);
      const { torn } = await rig.check();
      expect(torn.every((name) => name.startsWith(`torn-000001-${second}`))).toBe(true);
      const tails = await Promise.all(torn.map((each) => read(rig, each)));
      expect(tails).toContainEqual(whole.subarray(second, second! + cut));
      await rig.stop();
    }
  });

  test('a file that holds no whole frame is moved apart as it is', async () => {
    const rig = await makeRig(compression);
    await mkdir(rig.directory, { mode: 0o750 });
    await writeFile(current(rig), 'not compressed at all\n');
    await rig.start();
    expect((await rig.check()).torn).toEqual(['torn-000001-0.part']);
    expect(String(await read(rig, 'torn-000001-0.part'))).toBe('not compressed at all\n');
    await rig.write(10);
    await rig.check();
  });

  test('what a power cut leaves behind is not taken for a frame: zeros, and frames of the wrong content', async () => {
    const rig = await makeRig(compression);
    const [first, second, third] = await writeFrames(rig, 2, 3, 2);
    const bytes = await readFile(current(rig));
    bytes.fill(0, second! + 60, third);
    bytes.fill(0, first! + 60, second);
    await writeFile(current(rig), bytes);
    await appendFile(current(rig), Buffer.alloc(10_000));
    rig.stored.splice(2);
    await rig.restart();
    expect(rig.sink.inspect!()).toMatchObject({ size: first, torn: { bytes: third! - first! + 10_000 } });
    await rig.write(10);
    await rig.check();
  });

  test('damage in the middle is not torn: it stays where it is', async () => {
    const rig = await makeRig(compression);
    const [first, second] = await writeFrames(rig, 2, 3, 2);
    const bytes = await readFile(current(rig));
    for (const at of [first! + 1, first! + 20, second! - 8]) {
      bytes[at]! ^= 1;
      await writeFile(current(rig), bytes);
      await rig.restart();
      expect(rig.sink.inspect!()).toMatchObject({ size: bytes.length, torn: { tails: 0 } });
      await rig.stop();
      bytes[at]! ^= 1;
    }
  });

  test('a torn frame that holds what looks like a frame is torn all the same', async () => {
    const rig = await makeRig(compression);
    const [first] = await writeFrames(rig, 1);
    const frame = await readFile(current(rig));
    await rig.restart();
    // Hidden in a line that cannot be compressed, so that it stands in the frame as it is.
    const noise = Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * index * 7919) % 251));
    rig.fs.arm('crash-within', 1, { only: ({ name }) => name === 'file.writev' });
    const line = Buffer.concat([noise.subarray(0, 400), frame, noise]);
    const batch = Batch.fromTexts([line], { origin: { source: 'test' }, receivedAt: 0 });
    await expect(rig.sink.write(batch)).rejects.toThrow('died');
    expect((await stat(current(rig))).size).toBeGreaterThan(first! + frame.length);
    await rig.restart();
    expect(rig.sink.inspect!()).toMatchObject({ size: first, torn: { tails: 1 } });
    await rig.check();
  });

  test('a bomb where the last frame should be is not decompressed to its end', async () => {
    const rig = await makeRig(compression);
    const { head } = CODECS[compression];
    const body = await CODECS[compression].compress(Buffer.alloc(50 * 2 ** 20), 1);
    const note = { length: head.length + body.length, rawLength: 100, lines: 1, receivedAt: 0 };
    await mkdir(rig.directory, { mode: 0o750 });
    await writeFile(current(rig), Buffer.concat([head.write(note), body]));
    await rig.start();
    expect(rig.sink.inspect!()).toMatchObject({ size: 0, torn: { bytes: note.length } });
  });

  test('a rotation that was cut off is finished', async () => {
    const rig = await makeRig(compression);
    await writeFrames(rig, 2);
    await link(current(rig), `${rig.directory}/log-20260101-000000-000009${suffixOf(compression)}`);
    await rig.restart();
    expect(rig.sink.inspect!()).toMatchObject({ size: 0, archives: 1, atStart: { rotations: 1 } });
    await rig.write(10);
    expect((await rig.check()).archives).toHaveLength(1);
  });

  test('somebody who cuts the current file within a frame: its rest is moved apart, the loss is counted', async () => {
    const rig = await makeRig(compression);
    await rig.start();
    await rig.writeBatches([[20, 20]]);
    const first = rig.sink.inspect!()['size'] as number;
    await rig.writeBatches([[20, 20, 20]]);
    const rest = (await readFile(current(rig))).subarray(first, first + 50);
    await truncate(current(rig), first + 50);
    await rig.advance(1000);
    await rig.write(10);
    expect(rig.sink.inspect!()).toMatchObject({ outside: { truncated: 1, lostLines: 3 } });
    rig.stored.splice(2, 3);
    const { torn } = await rig.check();
    expect(await Promise.all(torn.map((name) => read(rig, name)))).toEqual([rest]);
  });
});

/** Frames that are synced, a frame of two lines that is not, and the next sync fails. */
async function beforeFailedSync(): Promise<FileRig> {
  const rig = await makeRig('zstd', { durability: 'interval' });
  await rig.start();
  await rig.write(10);
  await rig.advance(500);
  await rig.writeBatches([[20, 30]]);
  rig.fs.arm('EIO', 1, { only: ({ name }) => name === 'file.datasync' });
  return rig;
}

test('after a sync that failed, frames are read back and written again to another file', async () => {
  const rig = await beforeFailedSync();
  rig.clock.advance(500);
  await expect
    .poll(() => rig.sink.inspect!(), { timeout: 20_000 })
    .toMatchObject({
      failedSyncs: 1,
      rewrittenLines: 2,
      exposure: { lines: 0, bytes: 0 },
    });
  await rig.write(10);
  expect((await rig.check()).archives).toHaveLength(1);
});

test('a copy that was made of frames, and then cannot be read any more, is not left beside them', async () => {
  const rig = await beforeFailedSync();
  // The copy has its name already, and that cannot be made durable.
  rig.fs.arm('EIO', 1, { only: ({ name, path }) => name === 'file.sync' && path.endsWith('/logs') });
  await rig.advance(500);
  expect((await readdir(rig.directory)).filter((name) => name.includes('rewrite'))).toHaveLength(1);
  rig.fs.arm('EIO', 1, { only: ({ name, path }) => name === 'file.read' && path.endsWith('.tmp'), times: 9 });
  await rig.advance(500);
  rig.fs.disarm();
  await rig.write(10);
  expect(rig.sink.inspect!()).toMatchObject({ unsyncableLines: 2 });
  expect((await readdir(rig.directory)).filter((name) => name.includes('rewrite'))).toEqual([]);
  await rig.stop();
  await rig.restart();
  await rig.check();
});
