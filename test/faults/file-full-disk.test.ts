/**
 * A disk that is really full: a tmpfs of 1 MiB. Needs root and mount, and is skipped where it has neither.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { RetryableError } from '../../src/core/errors.ts';
import { FileRig, toBatch } from '../sinks/file/rig.ts';

function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'logcaster-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', path], { stdio: 'ignore' });
    execFileSync('umount', [path]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(path);
  }
}

/** Mounts an empty tmpfs of 1 MiB for this test. */
async function mountSmallDisk(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'logcaster-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0755', 'tmpfs', path]);
  onTestFinished(async () => {
    execFileSync('umount', [path]);
    await rm(path, { recursive: true });
  });
  return path;
}

test.skipIf(!canMount()).each(['none', 'interval', 'always'] as const)(
  'a full disk costs no line and makes no files, and writing goes on when there is space again (%s)',
  async (durability) => {
    const disk = await mountSmallDisk();
    const rig = FileRig.on(join(disk, 'logs'), { durability, maxSize: '300KiB' });
    await rig.start();
    // Something else takes most of the disk; a file is a page at least.
    await writeFile(join(disk, 'ballast'), randomBytes(400_000));
    const line = 'x'.repeat(999);
    const wanted = Array.from({ length: 900 }, (_, index) => `${index}:`.padEnd(999, line));
    let left = wanted;
    let failures = 0;
    while (left.length > 0) {
      try {
        await rig.sink.writeAll!([toBatch(left.slice(0, 100))]);
        left = left.slice(100);
      } catch (error) {
        expect(error).toBeInstanceOf(RetryableError);
        const { stored, cause } = error as RetryableError;
        expect((cause as NodeJS.ErrnoException).code).toMatch(/ENOSPC|EIO/);
        left = left.slice(stored);
        if (stored > 0) continue;
        // What is in the files is what was stored, and nothing more is made of the failures.
        const before = await readdir(rig.directory);
        for (let again = 0; again < 10; again++) {
          await expect(rig.sink.writeAll!([toBatch(left.slice(0, 100))])).rejects.toThrow(RetryableError);
        }
        expect(await readdir(rig.directory)).toEqual(before);
        expect((await rig.find()).lines).toEqual(wanted.slice(0, wanted.length - left.length));
        if (failures++ === 0) await rm(join(disk, 'ballast'));
        else break;
      }
    }
    expect(failures).toBeGreaterThan(0);
    await rig.sink.flush!();
    await rig.sink[Symbol.asyncDispose]!();
    expect((await rig.find()).lines).toEqual(wanted.slice(0, wanted.length - left.length));
  },
);
