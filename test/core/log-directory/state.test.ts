import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { systemFileSystem as fs } from '../../../src/core/file-system.ts';
import { DamagedStateError, readState, writeState } from '../../../src/core/log-directory/state.ts';
import { FaultyFileSystem } from '../../support/faulty-file-system.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const HOW = { mode: 0o640, durable: false };

test('remembers the number, and leaves nothing beside it', async () => {
  const directory = await temporaryDirectory();
  expect(await readState(fs, directory)).toBeUndefined();
  await writeState(fs, directory, { sequence: 7 }, HOW);
  await writeState(fs, directory, { sequence: 8 }, HOW);
  expect(await readState(fs, directory)).toEqual({ sequence: 8 });
  expect(await readdir(directory)).toEqual(['.logcaster.json']);
});

test('is replaced as a whole: a write that fails leaves the state before', async () => {
  const directory = await temporaryDirectory();
  const faulty = new FaultyFileSystem();
  await writeState(faulty, directory, { sequence: 7 }, HOW);
  for (const fault of ['short', 'short-error', 'EIO']) {
    faulty.arm(fault, 1, { only: ({ name }) => name === 'file.writev' });
    await expect(writeState(faulty, directory, { sequence: 8 }, HOW)).rejects.toMatchObject({
      code: 'EIO',
    });
    expect(await readState(fs, directory)).toEqual({ sequence: 7 });
  }
  await writeState(faulty, directory, { sequence: 8 }, HOW);
  expect(await readState(fs, directory)).toEqual({ sequence: 8 });
});

test.each([
  '{"format":2,"sequence":1}',
  '{"sequence":1}',
  '{"format":1}',
  '{"format":1,"sequence":-1}',
  '{"format":1,"sequence":1.5}',
  '{"format":1,"sequence":"1"}',
  'null',
  '[]',
  'not json',
  `{"format":1,"sequence":1}${' '.repeat(100_000)}x`,
])('refuses what it does not know and does not rewrite it (%#)', async (text) => {
  const directory = await temporaryDirectory();
  await writeFile(`${directory}/.logcaster.json`, text);
  await expect(readState(fs, directory)).rejects.toMatchObject({ code: 'LC_DIRECTORY_FORMAT' });
  expect(await readFile(`${directory}/.logcaster.json`, 'utf8')).toBe(text);
});

test.each([
  '',
  '\0\0\0\0',
  '{"for',
  '{"format":1',
  '{"format":1,"sequence":',
  '{"format":1,"sequence":4',
  '{"format":1,"sequence":4\0\0\0',
])('takes what a power cut leaves of a new file for none (%#)', async (text) => {
  const directory = await temporaryDirectory();
  await writeFile(`${directory}/.logcaster.json`, text);
  expect(await readState(fs, directory)).toBeUndefined();
});

test('knows a state whose last byte a power cut took', async () => {
  const directory = await temporaryDirectory();
  await writeFile(`${directory}/.logcaster.json`, '{"format":1,"sequence":42}\0');
  expect(await readState(fs, directory)).toEqual({ sequence: 42 });
});

test('is synced before it gets its name, if it is to be durable', async () => {
  const directory = await temporaryDirectory();
  const watched = new FaultyFileSystem();
  await writeState(watched, directory, { sequence: 7 }, { mode: 0o640, durable: true });
  const names = watched.operations.map(({ name }) => name);
  expect(names.indexOf('file.datasync')).toBeGreaterThan(names.indexOf('file.writev'));
  expect(names.indexOf('rename')).toBeGreaterThan(names.indexOf('file.datasync'));
});

test('does not follow a link', async () => {
  const directory = await temporaryDirectory();
  await writeFile(`${directory}/target`, '{"format":1,"sequence":1}');
  await symlink(`${directory}/target`, `${directory}/.logcaster.json`);
  await expect(readState(fs, directory)).rejects.toMatchObject({ code: 'LC_DIRECTORY_OBSTRUCTED' });
});

test.each([
  ['not json', true],
  ['{"format":1,"sequence":-1}', true],
  [' '.repeat(100_000), true],
  ['{"format":2}', false],
  ['[]', false],
])('tells what is damaged from what may be newer (%#)', async (text, damaged) => {
  const directory = await temporaryDirectory();
  await writeFile(`${directory}/.logcaster.json`, text);
  const error: unknown = await readState(fs, directory).catch((each: unknown) => each);
  expect(error instanceof DamagedStateError).toBe(damaged);
  expect(error).toMatchObject({ hint: expect.stringContaining(damaged ? '--repair' : 'newer version') });
});
