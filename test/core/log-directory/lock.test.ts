import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemFileSystem as fs } from '../../../src/core/file-system.ts';
import {
  isLocked,
  isLockedWithFile,
  isLockedWithSocket,
  type Lock,
  lockDirectory,
  lockWithFile,
  lockWithSocket,
} from '../../../src/core/log-directory/lock.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const methods: Record<string, (path: string) => Promise<Lock>> = {
  socket: async (path) => lockWithSocket(path, await stat(path)),
  file: async (path) => lockWithFile(fs, path, await stat(path)),
};
const looks: Record<string, (path: string) => Promise<boolean>> = {
  socket: async (path) => isLockedWithSocket(await stat(path)),
  file: async (path) => isLockedWithFile(fs, path, await stat(path)),
};
// Abstract sockets exist on Linux only.
const names = Object.keys(methods).filter((name) => name === 'file' || process.platform === 'linux');

const inUse = { code: 'LC_DIRECTORY_IN_USE' };

/** Another process that holds the lock. */
async function holdInAnotherProcess(path: string, method: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./hold-lock.ts', import.meta.url));
  const child = spawn(process.execPath, [script, path, method], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(String(said)).toBe('locked\n');
  return child;
}

describe.each(names)('a lock with a %s', (name) => {
  const lock = methods[name]!;

  test('is given once at a time', async () => {
    const path = await temporaryDirectory();
    const first = await lock(path);
    await expect(lock(path)).rejects.toMatchObject(inUse);
    await first.release();
    await first.release();
    const second = await lock(path);
    await first.release();
    await expect(lock(path)).rejects.toMatchObject(inUse);
    await second.release();
    expect(await readdir(path)).toEqual([]);
  });

  test('is seen through another path to the directory', async () => {
    const path = await temporaryDirectory();
    const alias = `${await temporaryDirectory()}/alias`;
    await symlink(path, alias);
    const first = await lock(path);
    await expect(lock(alias)).rejects.toMatchObject(inUse);
    await first.release();
    await (await lock(alias)).release();
  });

  test('keeps another process out, and ends with it when it is killed', async () => {
    const path = await temporaryDirectory();
    const child = await holdInAnotherProcess(path, name);
    await expect(lock(path)).rejects.toMatchObject(inUse);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const own = await lock(path);
    await own.release();
  });

  test('is seen by who only looks, which takes nothing', async () => {
    const path = await temporaryDirectory();
    const isHeld = looks[name]!;
    expect(await isHeld(path)).toBe(false);
    const own = await lock(path);
    expect(await isHeld(path)).toBe(true);
    await own.release();
    const child = await holdInAnotherProcess(path, name);
    expect(await isHeld(path)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await isHeld(path)).toBe(false);
    await (await lock(path)).release();
  });

  test('belongs to one directory', async () => {
    const locks = await Promise.all([lock(await temporaryDirectory()), lock(await temporaryDirectory())]);
    expect(locks).toHaveLength(2);
    for (const each of locks) await each.release();
  });
});

test('a lock file with the process id of a dead namesake of this process is taken over', async () => {
  const path = await temporaryDirectory();
  await writeFile(`${path}/.logcaster.lock`, `${process.pid}\n`);
  const lock = await lockWithFile(fs, path, await stat(path));
  expect(await readdir(path)).toEqual(['.logcaster.lock']);
  await lock.release();
});

test.runIf(process.platform === 'linux')(
  'leaves no trace in the directory on Linux, and bears visitors',
  async () => {
    const path = await temporaryDirectory();
    const identity = await stat(path);
    const lock = await lockDirectory(fs, path, identity);
    expect(await readdir(path)).toEqual([]);
    const visitor = connect({ path: `\0logcaster-${identity.dev}-${identity.ino}` });
    await once(visitor.resume(), 'close');
    await lock.release();
  },
);

test('whether a directory is locked is seen the way that it is locked here', async () => {
  const path = await temporaryDirectory();
  const identity = await stat(path);
  expect(await isLocked(fs, path, identity)).toBe(false);
  const lock = await lockDirectory(fs, path, identity);
  expect(await isLocked(fs, path, identity)).toBe(true);
  await lock.release();
});
