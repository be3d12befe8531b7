import { readFile, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { OPEN_FLAGS } from '../../src/core/file-system.ts';
import { temporaryDirectory } from '../core/log-directory/temporary-directory.ts';
import { Crash, FaultyFileSystem } from './faulty-file-system.ts';

const flags = OPEN_FLAGS.readWrite | OPEN_FLAGS.create;
const ab = [Buffer.from('abcd'), Buffer.from('efgh')];

async function make() {
  const fs = new FaultyFileSystem();
  const path = `${await temporaryDirectory()}/file`;
  const file = await fs.open(path, flags, 0o600);
  return { fs, path, file, text: () => readFile(path, 'utf8') };
}

test('does what the real one does, and keeps a log of it', async () => {
  const { fs, path, file, text } = await make();
  expect(await file.writev(ab, 0)).toMatchObject({ bytesWritten: 8 });
  await file.close();
  expect(await text()).toBe('abcdefgh');
  expect(fs.operations).toEqual(['open', 'file.writev', 'file.close'].map((name) => ({ name, path })));
  expect([fs.fired, fs.openFiles]).toEqual([[], 0]);
});

test('fails the n-th operation, that fits, so many times', async () => {
  const { fs, file, text } = await make();
  fs.arm('ENOSPC', 2, { only: ({ name }) => name === 'file.writev', times: 2 });
  await file.writev(ab, 0);
  await file.stat();
  for (let time = 0; time < 2; time++) {
    await expect(file.writev(ab, 8)).rejects.toMatchObject({ code: 'ENOSPC', syscall: 'file.writev' });
  }
  expect(await text()).toBe('abcdefgh');
  await file.writev(ab, 8);
  expect(fs.fired).toHaveLength(2);
  await file.close();
});

test('a short write writes half; it may hide that or fail', async () => {
  const { fs, file, text } = await make();
  fs.arm('short', 1);
  await file.stat();
  expect(await file.writev(ab, 0)).toMatchObject({ bytesWritten: 4 });
  expect(await text()).toBe('abcd');
  fs.arm('short-error', 1);
  await expect(file.writev(ab, 4)).rejects.toMatchObject({ code: 'EIO' });
  expect(await text()).toBe('abcdabcd');
  await file.close();
});

test('a slow operation waits until it is released', async () => {
  const { fs, file, text } = await make();
  fs.arm('slow', 1);
  const writing = file.writev(ab, 0);
  await fs.quiet();
  expect([fs.waiting, await text()]).toEqual([1, '']);
  fs.release();
  await writing;
  expect(await text()).toBe('abcdefgh');
  await file.close();
});

test.each([
  ['crash-before', ''],
  ['crash-within', 'abcd'],
  ['crash-after', 'abcdefgh'],
])('%s: nothing more is done', async (fault, left) => {
  const { fs, path, file, text } = await make();
  fs.arm(fault, 1);
  await expect(file.writev(ab, 0)).rejects.toBeInstanceOf(Crash);
  await expect(file.truncate(1)).rejects.toBeInstanceOf(Crash);
  await expect(fs.unlink(path)).rejects.toBeInstanceOf(Crash);
  await expect(file.close()).rejects.toBeInstanceOf(Crash);
  expect([fs.crashed, await text(), fs.openFiles]).toEqual([true, left, 1]);
  await fs.closeAll();
  expect(fs.openFiles).toBe(0);
});

test('a close that fails closes all the same', async () => {
  const { fs, file, path } = await make();
  fs.arm('EIO', 1);
  await expect(file.close()).rejects.toMatchObject({ code: 'EIO' });
  expect([fs.openFiles, (await stat(path)).size]).toEqual([0, 0]);
});
