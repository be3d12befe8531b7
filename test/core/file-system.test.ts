import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemFileSystem } from '../../src/core/file-system.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'logcaster-fs-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function makePath(path: string): Promise<string | undefined> {
  return systemFileSystem.mkdir(path, { recursive: true, mode: 0o750 });
}

describe('mkdir with parents', () => {
  test('makes what is missing and answers the first that it made', async () => {
    const path = join(directory, 'a/b/c');
    expect(await makePath(path)).toBe(join(directory, 'a'));
    expect(statSync(path).isDirectory()).toBe(true);
    expect(await makePath(path)).toBeUndefined();
  });

  test('is content with a link to a directory', async () => {
    symlinkSync(directory, join(directory, 'link'));
    expect(await makePath(join(directory, 'link'))).toBeUndefined();
  });

  test('is content with what several make at once', async () => {
    const path = join(directory, 'a/b/c');
    const made = await Promise.all([makePath(path), makePath(path), makePath(path)]);
    expect(made).toContain(join(directory, 'a'));
    expect(existsSync(path)).toBe(true);
  });

  test('fails where a file is in the way', async () => {
    writeFileSync(join(directory, 'file'), '');
    await expect(makePath(join(directory, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makePath(join(directory, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  test.runIf(process.platform === 'linux')('fails, and ends, where nothing can be made', async () => {
    await expect(makePath('/proc/logcaster/below')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
