import { readdir, readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Batch } from '../../../src/core/batch.ts';
import { RetryableError } from '../../../src/core/errors.ts';
import type { Operation } from '../../support/faulty-file-system.ts';
import { FileRig, type RigOptions, toBatch } from './rig.ts';

async function makeRig(options: RigOptions = {}): Promise<FileRig> {
  const rig = await FileRig.make({ durability: 'none', maxSize: 1000, ...options });
  onTestFinished(() => rig.remove());
  await rig.start();
  return rig;
}

const isWrite = ({ name, path }: Operation) => name === 'file.writev' && path.endsWith('current.log');
/** What a write fails with. */
async function rejection(rig: FileRig, ...batches: Batch[]): Promise<unknown> {
  try {
    return await rig.sink.writeAll!(batches);
  } catch (error) {
    return error;
  }
}

const current = (rig: FileRig) => readFile(`${rig.directory}/current.log`, 'utf8');

test.each(['short, then ENOSPC', 'short-error', 'EIO'])(
  '%s: cuts back to the last whole line that is certainly there',
  async (faults) => {
    const rig = await makeRig();
    await rig.sink.writeAll!([toBatch(['before'])]);
    faults.split(', then ').forEach((fault, index) => rig.fs.arm(fault, 1 + index, { only: isWrite }));
    const error = await rejection(rig, toBatch(['one']), toBatch(['two', 'three', 'four']));
    expect(error).toBeInstanceOf(RetryableError);
    // Half of the bytes are "one", "two" and a piece of "three"; after an error nobody knows what is there.
    const stored = faults.startsWith('short,') ? 2 : 0;
    expect(error).toMatchObject({ stored, cause: { code: stored > 0 ? 'ENOSPC' : 'EIO' } });
    expect(await current(rig)).toBe(['before\n', 'one\n', 'two\n'].slice(0, 1 + stored).join(''));
    expect(rig.sink.inspect!()).toMatchObject({ written: 1 + stored, size: (await current(rig)).length });
  },
);

test('a write that falls short is gone on with where it stopped', async () => {
  const rig = await makeRig();
  rig.fs.arm('short', 1, { only: isWrite, times: 3 });
  await rig.sink.writeAll!([toBatch(['one', 'two']), toBatch(['three', 'four', 'five', 'six'])]);
  expect(rig.fs.fired).toHaveLength(3);
  expect(await current(rig)).toBe('one\ntwo\nthree\nfour\nfive\nsix\n');
});

test('a write of which nothing is written is an error', async () => {
  const rig = await makeRig();
  // Half of one byte is none.
  rig.fs.arm('short', 1, { only: isWrite });
  await expect(rig.sink.writeAll!([toBatch([''])])).rejects.toMatchObject({
    stored: 0,
    cause: { code: 'EIO' },
  });
  expect(await current(rig)).toBe('');
});

test('a tail that cannot be cut off is cut off before anything else is written', async () => {
  const rig = await makeRig();
  rig.fs.arm('short-error', 1, { only: isWrite });
  rig.fs.arm('EIO', 1, { only: ({ name }) => name === 'file.truncate', times: 2 });
  await expect(rig.sink.writeAll!([toBatch(['first'])])).rejects.toMatchObject({ stored: 0 });
  expect(await current(rig)).toBe('fir');
  await expect(rig.sink.writeAll!([toBatch(['first'])])).rejects.toMatchObject({ stored: 0 });
  expect(await current(rig)).toBe('fir');
  await rig.sink.writeAll!([toBatch(['second'])]);
  expect(await current(rig)).toBe('second\n');
});

test('a full disk: waits with what it has, makes no files, and goes on when there is space again', async () => {
  const rig = await makeRig({ maxSize: 30 });
  await rig.write(19);
  const names = await readdir(rig.directory);
  rig.fs.arm('ENOSPC', 1, { only: isWrite, times: Number.POSITIVE_INFINITY });
  for (let attempt = 0; attempt < 20; attempt++) {
    await expect(rig.sink.writeAll!([toBatch(['x'.repeat(8), 'y'])])).rejects.toMatchObject({
      stored: 0,
      cause: { code: 'ENOSPC' },
    });
  }
  expect(await readdir(rig.directory)).toEqual(names);
  rig.fs.disarm();
  await rig.write(9, 9, 9);
  await rig.check();
});

test('a full disk in the midst of a group: what is stored is told', async () => {
  const rig = await makeRig({ maxSize: 10 });
  rig.fs.arm('ENOSPC', 3, { only: isWrite });
  await expect(
    rig.sink.writeAll!([toBatch(['a'.repeat(9), 'b'.repeat(9)]), toBatch(['c'.repeat(9), 'd'])]),
  ).rejects.toMatchObject({ stored: 2 });
  expect((await rig.find()).lines).toEqual(['aaaaaaaaa', 'bbbbbbbbb']);
});

test('a fault of the program is no reason to try again', async () => {
  const rig = await makeRig();
  const broken = { length: 1, byteLength: 2, fitting: () => 1, slice: () => broken, chunks: () => [7] };
  const error = await rejection(rig, broken as never);
  expect(error).not.toBeInstanceOf(RetryableError);
  await rig.write(10);
  await rig.check();
});

test('disposing closes and frees all, before the start, twice, and during a write', async () => {
  const unstarted = await FileRig.make();
  onTestFinished(() => unstarted.remove());
  await unstarted.sink.flush!();
  await unstarted.sink[Symbol.asyncDispose]!();
  await expect(async () => unstarted.sink.start!()).rejects.toThrow('starts once');
  expect(unstarted.fs.operations).toEqual([]);

  const rig = await makeRig({ durability: 'interval' });
  rig.fs.arm('slow', 1, { only: isWrite });
  const writing = rig.write(10, 20);
  await rig.fs.quiet();
  const disposing = Promise.all([rig.sink[Symbol.asyncDispose]!(), rig.sink[Symbol.asyncDispose]!()]);
  await rig.fs.quiet();
  rig.fs.release();
  await writing;
  await disposing;
  expect([rig.fs.openFiles, rig.clock.timers]).toEqual([0, 0]);
  await rig.check();
  await expect(rig.sink.writeAll!([toBatch(['late'])])).rejects.toThrow('not open');
  await rig.sink.flush!();
  await rig.restart();
  await rig.check();
});

test('disposing while a sync takes its time waits for it', async () => {
  const rig = await makeRig({ durability: 'interval' });
  await rig.write(10);
  rig.fs.arm('slow', 1, { only: ({ name }) => name === 'file.datasync' });
  await rig.advance(500);
  let disposed = false;
  const disposing = rig.sink[Symbol.asyncDispose]!().then(() => (disposed = true));
  await rig.fs.quiet();
  expect(disposed).toBe(false);
  rig.fs.release();
  await disposing;
  expect(rig.fs.openFiles).toBe(0);
});

test('a start that fails leaves nothing open and nothing locked', async () => {
  const rig = await FileRig.make();
  onTestFinished(() => rig.remove());
  await rig.start();
  const { length } = rig.fs.operations;
  await rig.stop();
  for (let at = 1; at <= length; at++) {
    rig.fs.disarm();
    await rig.restart().catch(() => {});
    await rig.sink[Symbol.asyncDispose]!();
    rig.fs.arm('EIO', at);
    const fired = rig.fs.fired.length;
    rig.renew();
    const [result] = await Promise.allSettled([rig.sink.start!()]);
    // What fails beside the work that matters does not stop the start.
    const { code } = result.status === 'rejected' ? (result.reason as { code: string }) : { code: 'none' };
    expect(['none', 'LC_DIRECTORY_UNUSABLE']).toContain(code);
    expect(rig.fs.fired.length).toBeLessThanOrEqual(fired + 1);
    await rig.sink[Symbol.asyncDispose]!();
    expect(rig.fs.openFiles).toBe(0);
  }
});

test('disposing does not wait until all old archives are removed', async () => {
  const rig = await makeRig({ maxSize: 10 });
  await rig.write(...Array.from({ length: 100 }, () => 9));
  await rig.stop();
  await rig.restart({ ...rig.options, retention: { maxFiles: 1 } });
  await rig.sink[Symbol.asyncDispose]!();
  const { length } = rig.fs.operations;
  await rig.fs.quiet();
  expect(rig.fs.operations).toHaveLength(length);
  expect(rig.sink.inspect!()['removedArchives']).toBeLessThan(98);
});

test('does its work where a file can have only one name', async () => {
  const rig = await makeRig({ durability: 'interval', maxSize: 50 });
  rig.fs.arm('EPERM', 1, { only: ({ name }) => name === 'link', times: Number.POSITIVE_INFINITY });
  await rig.write(20, 20, 20, 100);
  rig.fs.arm('EIO', 1, { only: ({ name }) => name === 'file.datasync' });
  await rig.advance(500);
  await rig.write(20, 20, 20);
  await rig.stop();
  await rig.restart();
  await rig.write(20);
  expect((await rig.check()).archives.length).toBeGreaterThan(3);
});

test('two sinks on one directory: the second refuses', async () => {
  const rig = await makeRig();
  const first = rig.sink;
  rig.renew();
  await expect(rig.sink.start!()).rejects.toMatchObject({ code: 'LC_DIRECTORY_IN_USE' });
  rig.sink = first;
  await rig.write(10);
  await rig.check();
});
