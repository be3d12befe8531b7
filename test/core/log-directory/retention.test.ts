import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { LogDirectory } from '../../../src/core/log-directory/directory.ts';
import { toArchive } from '../../../src/core/log-directory/names.ts';
import { Retention, type RetentionLimits } from '../../../src/core/log-directory/retention.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { FaultyFileSystem } from '../../support/faulty-file-system.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const DAY = 86_400_000;

/** A directory with archives of 1, 2, 3 … 100 bytes each, sealed one a day, the last one now. */
async function prepare(count: number) {
  const path = await temporaryDirectory();
  const clock = new ManualClock();
  const fs = new FaultyFileSystem();
  for (let number = 1; number <= count; number++) {
    const { name } = toArchive(number, clock.now() - (count - number) * DAY, '.log');
    await writeFile(`${path}/${name}`, 'x'.repeat(100));
  }
  for (const name of [
    'current.log',
    'log-20200101-000000.log',
    'log-20200101-000000-000001.log.gz',
    'torn-000001-5.part',
    'mine.txt',
  ]) {
    await writeFile(`${path}/${name}`, 'x');
  }
  const complaints: string[] = [];
  const log = { ...silentLogger, warn: (_: unknown, message: string) => void complaints.push(message) };
  const options = { path, suffix: '.log', fileMode: 0o640, directoryMode: 0o750, durable: false };
  const directory = await LogDirectory.open(options, { fs, clock, log });
  onTestFinished(() => directory.dispose());
  const others = (await readdir(path)).length - count;
  const retain = async (limits: RetentionLimits) => {
    const retention = new Retention(directory, limits, { clock, log });
    retention.schedule();
    await retention.idle();
    return retention;
  };
  const numbers = async () => {
    const names = await readdir(path);
    const left = names.flatMap((name) => /^log-\d{8}-\d{6}-(\d{6})\.log$/.exec(name)?.[1] ?? []).map(Number);
    expect(names.length - left.length).toBe(others);
    expect(directory.archives.map(({ sequence }) => sequence)).toEqual(left);
    return left;
  };
  return { path, clock, fs, directory, complaints, retain, numbers };
}

test('removes nothing without limits, and looks at nothing', async () => {
  const { fs, retain, numbers } = await prepare(3);
  const before = fs.operations.length;
  await retain({});
  expect(fs.operations).toHaveLength(before);
  expect(await numbers()).toEqual([1, 2, 3]);
});

test.each<[string, RetentionLimits, number[]]>([
  ['number', { maxFiles: 2 }, [4, 5]],
  ['number, when there are fewer', { maxFiles: 9 }, [1, 2, 3, 4, 5]],
  ['total size', { maxTotalSize: 300 }, [3, 4, 5]],
  ['total size that one archive exceeds', { maxTotalSize: 99 }, []],
  ['age', { maxAge: 2 * DAY }, [3, 4, 5]],
  ['all of them, the strictest wins', { maxFiles: 4, maxTotalSize: 250, maxAge: 9 * DAY }, [4, 5]],
])('removes the oldest archives by %s, and nothing else', async (_, limits, left) => {
  const { retain, numbers } = await prepare(5);
  const retention = await retain(limits);
  expect(await numbers()).toEqual(left);
  expect(retention.removed).toBe(5 - left.length);
});

test('notices that the oldest archive has become too old', async () => {
  const { clock, retain, numbers } = await prepare(3);
  const retention = await retain({ maxAge: 3 * DAY });
  retention.checkAge();
  await retention.idle();
  expect(await numbers()).toEqual([1, 2, 3]);
  clock.advance(1.5 * DAY);
  retention.checkAge();
  await retention.idle();
  expect(await numbers()).toEqual([2, 3]);
});

test('tells of a file that cannot be removed, once, goes on with others, and tries again', async () => {
  const { fs, complaints, retain, numbers } = await prepare(4);
  fs.arm('EPERM', 1, {
    only: ({ name, path }) => name === 'unlink' && path.includes('000001.log'),
    times: 2,
  });
  const retention = await retain({ maxFiles: 2 });
  expect(await numbers()).toEqual([1, 3, 4]);
  expect(complaints).toEqual([expect.stringContaining('EPERM')]);
  retention.schedule();
  await retention.idle();
  expect(await numbers()).toEqual([1, 3, 4]);
  retention.schedule();
  await retention.idle();
  expect(await numbers()).toEqual([3, 4]);
  expect(complaints).toHaveLength(1);
});

test('takes an archive that somebody else has removed for removed', async () => {
  const { path, directory, retain, numbers } = await prepare(3);
  await rm(`${path}/${directory.archives[0]!.name}`);
  const retention = await retain({ maxFiles: 1 });
  expect(await numbers()).toEqual([3]);
  expect(retention.removed).toBe(1);
});

test('does not touch what took the place of an archive', async () => {
  const { path, directory, complaints, retain } = await prepare(3);
  const [first, second] = directory.archives;
  await rm(`${path}/${first!.name}`);
  await mkdir(`${path}/${first!.name}`);
  await rm(`${path}/${second!.name}`);
  await symlink('mine.txt', `${path}/${second!.name}`);
  await retain({ maxFiles: 1 });
  expect(await readdir(path)).toEqual(expect.arrayContaining([first!.name, second!.name, 'mine.txt']));
  expect(complaints).toEqual([expect.stringContaining('not a regular file')]);
});

test('stops after the file that it is at', async () => {
  const { fs, directory, clock } = await prepare(5);
  const retention = new Retention(directory, { maxFiles: 1 }, { clock, log: silentLogger });
  fs.arm('slow', 2, { only: ({ name }) => name === 'unlink' });
  retention.schedule();
  await fs.quiet();
  const stopping = retention.stop();
  fs.release();
  await stopping;
  retention.schedule();
  await retention.idle();
  expect(retention.removed).toBe(2);
  expect(directory.archives).toHaveLength(3);
});
