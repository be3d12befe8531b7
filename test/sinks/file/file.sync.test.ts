import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Operation } from '../../support/faulty-file-system.ts';
import { FileRig, type RigOptions, toBatch } from './rig.ts';

async function makeRig(options: RigOptions): Promise<FileRig> {
  const rig = await FileRig.make({ maxSize: 1000, ...options });
  onTestFinished(() => rig.remove());
  await rig.start();
  return rig;
}

const isSync = ({ name }: Operation) => name === 'file.sync' || name === 'file.datasync';
const isDatasync = ({ name }: Operation) => name === 'file.datasync';
const syncs = (rig: FileRig) => rig.fs.operations.filter(isSync).length;
const exposure = (rig: FileRig) => rig.sink.inspect!()['exposure'];

test('none: syncs nothing until it is flushed', async () => {
  const rig = await makeRig({ durability: 'none', maxSize: 20 });
  await rig.write(10, 10, 10);
  await rig.advance(5000);
  expect(syncs(rig)).toBe(0);
  expect(exposure(rig)).toEqual({ lines: 3, bytes: 33 });
  await rig.sink.flush!();
  expect(syncs(rig)).toBeGreaterThan(0);
  // Of the archives nobody knows.
  expect(exposure(rig)).toEqual({ lines: 2, bytes: 22 });
});

test('interval: syncs once an interval, if there is anything', async () => {
  const rig = await makeRig({ durability: 'interval', syncInterval: '200ms' });
  await rig.advance(1000);
  const before = syncs(rig);
  await rig.write(10);
  await rig.write(10);
  expect(rig.sink.inspect!()).toMatchObject({ written: 2, synced: 0, exposure: { lines: 2, bytes: 22 } });
  expect(syncs(rig)).toBe(before);
  await rig.advance(200);
  expect(syncs(rig)).toBe(before + 1);
  expect(rig.sink.inspect!()).toMatchObject({ written: 2, synced: 2, exposure: { lines: 0, bytes: 0 } });
  await rig.advance(1000);
  expect(syncs(rig)).toBe(before + 1);
});

test('interval: a file is synced before it is sealed', async () => {
  const rig = await makeRig({ durability: 'interval', maxSize: 20 });
  await rig.write(10);
  const before = rig.fs.operations.length;
  await rig.write(15);
  const names = rig.fs.operations.slice(before).map(({ name }) => name);
  expect(names.indexOf('file.datasync')).toBeLessThan(names.indexOf('link'));
  expect(names).toContain('file.datasync');
  expect(exposure(rig)).toEqual({ lines: 1, bytes: 16 });
});

test('interval: a sync that takes long holds up no write', async () => {
  const rig = await makeRig({ durability: 'interval' });
  await rig.write(10);
  rig.fs.arm('slow', 1, { only: isDatasync });
  rig.clock.advance(500);
  await rig.write(10);
  await rig.write(10);
  await rig.advance(2000);
  expect(rig.fs.waiting).toBe(1);
  expect(rig.sink.inspect!()).toMatchObject({ written: 3, synced: 0 });
  rig.fs.release();
  await rig.fs.quiet();
  expect(rig.sink.inspect!()).toMatchObject({ written: 3, synced: 1 });
  await rig.check();
});

test('always: settles a group after one sync', async () => {
  const rig = await makeRig({ durability: 'always' });
  const before = syncs(rig);
  rig.fs.arm('slow', 1, { only: isDatasync });
  let settled = false;
  const writing = rig.writeBatches([[10], [20], [30]]).then(() => (settled = true));
  await rig.fs.quiet();
  expect([rig.fs.waiting, settled]).toEqual([1, false]);
  rig.fs.release();
  await writing;
  expect(syncs(rig)).toBe(before + 1);
  expect(exposure(rig)).toEqual({ lines: 0, bytes: 0 });
});

test('always: a new file has a durable name before it has lines', async () => {
  const rig = await makeRig({ durability: 'always', maxSize: 20 });
  const before = rig.fs.operations.length;
  await rig.write(10, 10);
  const own = rig.fs.operations.slice(before);
  const created = own.findLastIndex(({ name, path }) => name === 'open' && path.endsWith('current.log'));
  const synced = own.findLastIndex(({ name, path }) => name === 'file.sync' && path === rig.directory);
  const written = own.findLastIndex(({ name }) => name === 'file.writev');
  expect([created < synced, synced < written]).toEqual([true, true]);
});

test('always: what could not be synced is taken back and not told to be stored', async () => {
  const rig = await makeRig({ durability: 'always' });
  await rig.write(10);
  rig.fs.arm('EIO', 1, { only: isDatasync });
  await expect(rig.sink.writeAll!([toBatch(['lost?', 'lost?'])])).rejects.toMatchObject({ stored: 0 });
  expect(await readFile(`${rig.directory}/current.log`, 'utf8')).toBe(`${rig.stored[0]}\n`);
  expect(rig.sink.inspect!()).toMatchObject({ written: 1, failedSyncs: 1, exposure: { lines: 0, bytes: 0 } });
  await rig.write(10);
  // The file whose sync failed is not written, nor synced, any more.
  expect((await rig.check()).archives).toHaveLength(1);
});

test('always: of a group that only fits in part, what is in the file is synced and counts', async () => {
  const rig = await makeRig({ durability: 'always' });
  rig.fs.arm('short', 1);
  rig.fs.arm('ENOSPC', 2, { only: ({ name }) => name === 'file.writev' });
  await expect(rig.sink.writeAll!([toBatch(['aaaa', 'bbbb', 'cccc', 'd'])])).rejects.toMatchObject({
    stored: 1,
  });
  expect(await readFile(`${rig.directory}/current.log`, 'utf8')).toBe('aaaa\n');
  expect(exposure(rig)).toEqual({ lines: 0, bytes: 0 });
});

test('a sync that fails: the lines since the last good one are written again, to another file', async () => {
  const rig = await makeRig({ durability: 'interval' });
  await rig.write(10);
  await rig.advance(500);
  await rig.write(20, 30);
  rig.fs.arm('EIO', 1, { only: isDatasync });
  await rig.advance(500);
  expect(rig.fs.fired).toHaveLength(1);
  expect(rig.sink.inspect!()).toMatchObject({
    failedSyncs: 1,
    rewrittenLines: 2,
    written: 3,
    exposure: { lines: 0, bytes: 0 },
  });
  const { archives } = await rig.check();
  expect(await readFile(`${rig.directory}/${archives[0]}`, 'utf8')).toBe(`${rig.stored[0]}\n`);
  expect(rig.complaints).toEqual([expect.stringContaining('cannot sync')]);
  await rig.write(10);
  await rig.check();
});

test('syncs that go on failing are told once, leave no files behind, and lose nothing', async () => {
  const rig = await makeRig({ durability: 'interval' });
  await rig.write(10);
  rig.fs.arm('EIO', 1, { only: isSync, times: 20 });
  for (let tick = 0; tick < 30; tick++) await rig.advance(500);
  expect(rig.fs.fired).toHaveLength(20);
  expect(rig.complaints).toHaveLength(1);
  const { archives } = await rig.check();
  expect(archives).toEqual([]);
  expect(exposure(rig)).toEqual({ lines: 0, bytes: 0 });
});

test('lines that a failed sync left uncertain and that cannot be read back stay where they are, and are told', async () => {
  const rig = await makeRig({ durability: 'interval' });
  await rig.write(10, 20);
  rig.fs.arm('EIO', 1, { only: isDatasync });
  rig.fs.arm('EIO', 1, { only: ({ name }) => name === 'file.read' });
  await rig.advance(500);
  expect(rig.fs.fired).toHaveLength(2);
  await rig.write(10);
  expect((await rig.check()).archives).toHaveLength(1);
  expect(rig.sink.inspect!()).toMatchObject({ unsyncableLines: 2, rewrittenLines: 0 });
  expect(rig.complaints).toContainEqual(expect.stringContaining('2 lines cannot be read back'));
});

test('flush: writes again what a failed sync left uncertain', async () => {
  const rig = await makeRig({ durability: 'none' });
  await rig.write(10, 20);
  rig.fs.arm('EIO', 1, { only: isDatasync });
  await rig.sink.flush!();
  expect(rig.sink.inspect!()).toMatchObject({ rewrittenLines: 2, exposure: { lines: 0, bytes: 0 } });
  await rig.check();
});

test('a sync that fails while the next one waits for it is not made good by that', async () => {
  const rig = await makeRig({ durability: 'interval', maxSize: 30 });
  await rig.write(10);
  rig.fs.arm('slow-error', 1, { only: isDatasync });
  rig.clock.advance(500);
  await rig.fs.quiet();
  // Needs a rotation, and so a sync.
  const writing = rig.write(20);
  await rig.fs.quiet();
  expect(rig.fs.waiting).toBe(1);
  rig.fs.release();
  await writing;
  expect(rig.sink.inspect!()).toMatchObject({ failedSyncs: 1, rewrittenLines: 1 });
  await rig.check();
});

test('a file that is found at the start is synced: nobody knows whether it was', async () => {
  const rig = await makeRig({ durability: 'none' });
  await rig.write(10);
  await rig.sink[Symbol.asyncDispose]!();
  const before = rig.fs.operations.length;
  await rig.restart({ ...rig.options, durability: 'always' });
  expect(rig.fs.operations.slice(before).some(isDatasync)).toBe(true);
});
