import { execFileSync } from 'node:child_process';
import { link, mkdir, open, readFile, symlink, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { systemFileSystem as fs, OPEN_FLAGS } from '../../../src/core/file-system.ts';
import {
  BLOCK_BYTES,
  findEndOfLines,
  openToAppend,
  openToRead,
  scanRange,
} from '../../../src/core/log-directory/log-file.ts';
import { FaultyFileSystem } from '../../support/faulty-file-system.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test.each([
  ['', 0],
  ['\n', 1],
  ['abc', 0],
  ['abc\n', 4],
  ['abc\nde', 4],
  ['abc\n\n', 5],
  [`${'a'.repeat(BLOCK_BYTES)}\n${'b'.repeat(3 * BLOCK_BYTES)}`, BLOCK_BYTES + 1],
  [`${'a'.repeat(3)}\n${'b'.repeat(BLOCK_BYTES)}`, 4],
])('finds the end of the last whole line (%#)', async (text, end) => {
  const path = `${await temporaryDirectory()}/file`;
  await writeFile(path, text);
  await using file = await open(path);
  expect(await findEndOfLines(file, text.length)).toBe(end);
});

test('looks for the end of the lines at the end of the file only', async () => {
  const path = `${await temporaryDirectory()}/file`;
  const size = 10 * 2 ** 30;
  {
    await using sparse = await open(path, 'w');
    await sparse.write('\n', size - 20);
    await sparse.truncate(size);
  }
  const faulty = new FaultyFileSystem();
  const file = await faulty.open(path, OPEN_FLAGS.read);
  expect(await findEndOfLines(file, size)).toBe(size - 19);
  expect(faulty.operations.filter(({ name }) => name === 'file.read')).toHaveLength(2);
  await file.close();
});

test('counts what it reads and tells where a read failed', async () => {
  const path = `${await temporaryDirectory()}/file`;
  await writeFile(path, 'a\nb\n'.repeat(BLOCK_BYTES));
  const faulty = new FaultyFileSystem();
  const file = await faulty.open(path, OPEN_FLAGS.read);
  expect(await scanRange(file, 2, 10)).toEqual({ bytes: 8, lineFeeds: 4 });
  faulty.arm('EIO', 2, { only: ({ name }) => name === 'file.read' });
  expect(await scanRange(file, 0, 4 * BLOCK_BYTES)).toMatchObject({
    bytes: BLOCK_BYTES,
    failure: { code: 'EIO' },
  });
  await file.close();
});

test.each([
  ['a symbolic link', (path: string, target: string) => symlink(target, path)],
  ['a dangling symbolic link', (path: string, target: string) => symlink(`${target}-2`, path)],
  ['a hard link', (path: string, target: string) => link(target, path)],
  ['a directory', (path: string) => mkdir(path)],
  ['a pipe', async (path: string) => void execFileSync('mkfifo', [path])],
])('refuses %s and leaves it and its target alone', async (_what, place) => {
  const directory = await temporaryDirectory();
  const target = `${directory}/target`;
  await writeFile(target, 'precious');
  const path = `${directory}/current.log`;
  await place(path, target);
  await expect(openToAppend(fs, path, 0o640)).rejects.toMatchObject({ code: 'LC_DIRECTORY_OBSTRUCTED' });
  expect(await readFile(target, 'utf8')).toBe('precious');
  await expect(readFile(`${target}-2`)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('reading what is gone is no error', async () => {
  expect(await openToRead(fs, `${await temporaryDirectory()}/none`)).toBeUndefined();
});
