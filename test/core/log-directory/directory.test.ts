import {
  chmod,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LogDirectory, type LogDirectoryOptions } from '../../../src/core/log-directory/directory.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { FaultyFileSystem } from '../../support/faulty-file-system.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const clock = new ManualClock(Date.UTC(2026, 0, 1));

async function open(
  path: string,
  fs = new FaultyFileSystem(),
  options?: Partial<LogDirectoryOptions>,
): Promise<LogDirectory> {
  const directory = await LogDirectory.open(
    { path, suffix: '.log', fileMode: 0o640, directoryMode: 0o750, durable: false, ...options },
    { fs, clock, log: silentLogger },
  );
  onTestFinished(() => directory.dispose());
  return directory;
}

/** Writes a current file and seals it. */
async function seal(directory: LogDirectory, text: string): Promise<string | undefined> {
  const path = directory.pathOf(directory.currentName);
  await writeFile(path, text);
  return (await directory.seal(await stat(path)))?.name;
}

const permissions = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('the directory', () => {
  test.each([0o000, 0o077, 0o022])(
    'is made with its parents and exact permissions under umask %o',
    async (umask) => {
      const parent = await temporaryDirectory();
      const before = process.umask(umask);
      onTestFinished(() => void process.umask(before));
      await open(`${parent}/a/b/c`);
      expect(
        await Promise.all(['a', 'a/b', 'a/b/c'].map((name) => permissions(`${parent}/${name}`))),
      ).toEqual(['750', '750', '750']);
      expect(await permissions(parent)).toBe('700');
    },
  );

  test('keeps its permissions if it is there already', async () => {
    const path = await temporaryDirectory();
    await chmod(path, 0o711);
    await open(path);
    expect(await permissions(path)).toBe('711');
  });

  test('may be a symbolic link; the files are where it leads', async () => {
    const path = await temporaryDirectory();
    const alias = `${await temporaryDirectory()}/alias`;
    await symlink(path, alias);
    expect((await open(alias)).path).toBe(path);
    await expect(open(path)).rejects.toMatchObject({ code: 'LC_DIRECTORY_IN_USE' });
  });

  test.each([0o777, 0o1777, 0o702])('is refused if everybody may write to it (%o)', async (mode) => {
    const path = await temporaryDirectory();
    await chmod(path, mode);
    await expect(open(path)).rejects.toMatchObject({
      code: 'LC_DIRECTORY_UNUSABLE',
      hint: expect.stringContaining('chmod o-w') as string,
    });
  });

  test('is refused if it is a file, or stands under one', async () => {
    const path = `${await temporaryDirectory()}/file`;
    await writeFile(path, 'text');
    await expect(open(path)).rejects.toMatchObject({ code: 'LC_DIRECTORY_UNUSABLE' });
    await expect(open(`${path}/logs`)).rejects.toMatchObject({ code: 'LC_DIRECTORY_UNUSABLE' });
    expect(await readFile(path, 'utf8')).toBe('text');
  });

  test('an error of the system says what happened and keeps its cause', async () => {
    const fs = new FaultyFileSystem();
    fs.arm('EACCES', 1, { only: ({ name }) => name === 'readEntries' });
    const path = await temporaryDirectory();
    await expect(open(path, fs)).rejects.toMatchObject({
      code: 'LC_DIRECTORY_UNUSABLE',
      message: expect.stringContaining('EACCES') as string,
      cause: { code: 'EACCES' },
    });
    // The lock was freed.
    await open(path);
  });

  test.each([
    ['ENOSPC', 'Free some space'],
    ['EMFILE', 'ulimit'],
    ['EACCES', 'may write to it'],
  ] as const)('a hint fits the error %s', async (code, hint) => {
    const fs = new FaultyFileSystem();
    fs.arm(code, 1, { only: ({ name }) => name === 'readEntries' });
    await expect(open(await temporaryDirectory(), fs)).rejects.toMatchObject({
      hint: expect.stringContaining(hint) as string,
    });
  });

  test.each(['current.log', 'log-20260101-000000-000001.log', '.logcaster.json'])(
    'is refused if %s is a link or a directory',
    async (name) => {
      const path = await temporaryDirectory();
      await writeFile(`${path}/target`, 'precious');
      await symlink('target', `${path}/${name}`);
      await expect(open(path)).rejects.toMatchObject({ code: 'LC_DIRECTORY_OBSTRUCTED' });
      await rm(`${path}/${name}`);
      await mkdir(`${path}/${name}`);
      await expect(open(path)).rejects.toMatchObject({ code: 'LC_DIRECTORY_OBSTRUCTED' });
      expect(await readdir(path)).toEqual([name, 'target'].toSorted());
      expect(await readFile(`${path}/target`, 'utf8')).toBe('precious');
    },
  );

  test('is opened with as many operations for 1,000 archives as for one', async () => {
    const path = await temporaryDirectory();
    const fs = new FaultyFileSystem();
    await (await open(path, fs)).dispose();
    const few = fs.operations.length;
    for (let number = 1; number <= 1000; number++) {
      await writeFile(`${path}/log-20260101-000000-${String(number).padStart(6, '0')}.log`, '');
    }
    const directory = await open(path, fs);
    expect(directory.archives).toHaveLength(1000);
    expect(fs.operations.length - few).toBe(few);
  });
});

describe('sealing', () => {
  test('gives archives numbers that go on, whatever the clock does', async () => {
    const directory = await open(await temporaryDirectory());
    expect(await seal(directory, 'a\n')).toBe('log-20260101-000000-000001.log');
    clock.jump(-3_600_000);
    expect(await seal(directory, 'b\n')).toBe('log-20251231-230000-000002.log');
    clock.jump(3_600_000);
    expect(await seal(directory, 'c\n')).toBe('log-20260101-000000-000003.log');
    expect(directory.archives.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(await readdir(directory.path)).not.toContain('current.log');
  });

  test('never gives a number twice, also when all archives are gone', async () => {
    const path = await temporaryDirectory();
    const first = await open(path);
    const name = await seal(first, 'a\n');
    await first.dispose();
    await rm(`${path}/${name}`);
    expect(await seal(await open(path), 'b\n')).toBe('log-20260101-000000-000002.log');
  });

  test('goes on behind archives that it finds, of any suffix, and behind its state', async () => {
    const path = await temporaryDirectory();
    await writeFile(`${path}/log-20250101-000000-000041.log.gz`, '');
    await writeFile(`${path}/log-20260101-000000-000007.log`, 'x\n');
    await writeFile(`${path}/.logcaster.json`, '{"format":1,"sequence":12}');
    const directory = await open(path);
    expect(directory.archives.map(({ name }) => name)).toEqual(['log-20260101-000000-000007.log']);
    expect(await seal(directory, 'b\n')).toBe('log-20260101-000000-000042.log');
    expect(JSON.parse(await readFile(`${path}/.logcaster.json`, 'utf8'))).toEqual({
      format: 1,
      sequence: 42,
    });
  });

  test('lists only the newest archives where nothing needs them all', async () => {
    const directory = await open(await temporaryDirectory(), undefined, { keepsList: false });
    for (let count = 0; count < 2001; count++) await seal(directory, 'a\n');
    expect(directory.archives.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 1000 }, (_, index) => 1002 + index),
    );
    expect(directory.archiveCount).toBe(2001);
  });

  test.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])(
    'does without second names where a file can have only one (%s)',
    async (code) => {
      const fs = new FaultyFileSystem();
      const directory = await open(await temporaryDirectory(), fs);
      fs.arm(code, 1, { only: ({ name }) => name === 'link', times: Number.POSITIVE_INFINITY });
      const taken = directory.pathOf('log-20260101-000000-000001.log');
      await writeFile(taken, 'not ours');
      expect(await seal(directory, 'a\n')).toBe('log-20260101-000000-000002.log');
      expect(await readFile(directory.pathOf('log-20260101-000000-000002.log'), 'utf8')).toBe('a\n');
      expect(await readFile(taken, 'utf8')).toBe('not ours');
      expect(await readdir(directory.path)).toHaveLength(3);
    },
  );

  test('takes the next number if a name is taken by something else', async () => {
    const directory = await open(await temporaryDirectory());
    const taken = directory.pathOf('log-20260101-000000-000001.log');
    await writeFile(taken, 'not ours');
    expect(await seal(directory, 'a\n')).toBe('log-20260101-000000-000002.log');
    expect(await readFile(taken, 'utf8')).toBe('not ours');
  });

  test('takes a link that was made although it was answered with an error', async () => {
    const directory = await open(await temporaryDirectory());
    await writeFile(directory.pathOf('current.log'), 'a\n');
    await link(directory.pathOf('current.log'), directory.pathOf('log-20260101-000000-000001.log'));
    const status = await stat(directory.pathOf('current.log'));
    expect((await directory.seal(status))?.sequence).toBe(1);
    expect((await readdir(directory.path)).filter((name) => name.endsWith('.log'))).toHaveLength(1);
  });

  test('leaves a file alone that is not the one it should be', async () => {
    const directory = await open(await temporaryDirectory());
    await writeFile(directory.pathOf('other'), 'other');
    await writeFile(directory.pathOf('current.log'), 'foreign');
    expect(await directory.seal(await stat(directory.pathOf('other')))).toBeUndefined();
    await rm(directory.pathOf('current.log'));
    expect(await directory.seal(await stat(directory.pathOf('other')))).toBeUndefined();
    expect(directory.archives).toEqual([]);
  });

  test('goes on where it stopped', async () => {
    const fs = new FaultyFileSystem();
    const directory = await open(await temporaryDirectory(), fs, { durable: true });
    const current = directory.pathOf('current.log');
    await writeFile(current, 'a\n');
    const status = await stat(current);
    for (const only of ['link', 'file.sync', 'unlink']) {
      fs.arm('EIO', 1, { only: ({ name, path }) => name === only && !path.endsWith('.json') });
      await expect(directory.seal(status)).rejects.toMatchObject({ code: 'EIO' });
      expect(directory.sealing !== undefined).toBe(only !== 'link');
      clock.advance(5000);
    }
    expect((await directory.seal(status))?.sequence).toBe(1);
    expect(directory.sealing).toBeUndefined();
    expect(await readdir(directory.path)).toHaveLength(2);
  });

  test('syncs the directory between the link and the unlink, if names are to be durable', async () => {
    const fs = new FaultyFileSystem();
    const directory = await open(await temporaryDirectory(), fs, { durable: true });
    await seal(directory, 'a\n');
    const steps = fs.operations.map(({ name }) => name);
    expect(steps.slice(steps.indexOf('link'))).toEqual(['link', 'open', 'file.sync', 'file.close', 'unlink']);
  });
});

test('is made again, locked again and looked through again after it was moved away', async () => {
  const path = `${await temporaryDirectory()}/logs`;
  const directory = await open(path);
  await seal(directory, 'a\n');
  await directory.remake();
  expect(directory.archives).toHaveLength(1);
  await rename(path, `${path}-old`);
  await directory.remake();
  await directory.saveState();
  expect(directory.archives).toHaveLength(0);
  await expect(open(path)).rejects.toMatchObject({ code: 'LC_DIRECTORY_IN_USE' });
  await (await open(`${path}-old`)).dispose();
  expect(await seal(directory, 'b\n')).toContain('-000002.log');
});
