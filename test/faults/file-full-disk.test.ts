/**
 * A disk that is really full: a tmpfs of 1 MiB, and a small ext4; and one that is read-only. Needs root and mount, and is skipped where
 * it has neither.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, statfsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RetryableError } from '../../src/core/errors.ts';
import { FileRig, toBatch } from '../sinks/file/rig.ts';
import { LoopDisk } from '../support/loop-disk.ts';

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

/** Mounts a small empty disk for this test. */
async function mountSmallDisk(kind: 'tmpfs' | 'ext4'): Promise<string> {
  if (kind === 'ext4') {
    const disk = new LoopDisk(8);
    onTestFinished(() => disk[Symbol.dispose]());
    return disk.path;
  }
  const path = await mkdtemp(join(tmpdir(), 'logcaster-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0755', 'tmpfs', path]);
  onTestFinished(async () => {
    execFileSync('umount', [path]);
    await rm(path, { recursive: true });
  });
  return path;
}

/** Something else takes all but so many bytes. */
async function fill(disk: string, free: number): Promise<void> {
  const { bfree, bsize } = statfsSync(disk);
  await writeFile(join(disk, 'ballast'), Buffer.alloc(bfree * bsize - free, 'ballast'));
}

/** Writes lines, a hundred at once, until all are stored or an attempt stores none; answers how many are stored and why it ended. */
async function writeUntilFull(
  rig: FileRig,
  lines: readonly string[],
): Promise<{ stored: number; error?: unknown }> {
  for (let stored = 0; ; ) {
    if (stored === lines.length) return { stored };
    const group = lines.slice(stored, stored + 100);
    try {
      await rig.sink.writeAll!([toBatch(group)]);
      stored += group.length;
    } catch (error) {
      const some = error instanceof RetryableError ? error.stored : 0;
      if (some === 0) return { stored, error };
      stored += some;
    }
  }
}

const mountable = canMount();
if (!mountable) console.warn('full disks are skipped: no tmpfs can be mounted (that takes root)');

const noLoop = LoopDisk.problem();
if (noLoop !== undefined) console.warn(`a full ext4 is skipped: ${noLoop}`);
const kinds = noLoop === undefined ? (['tmpfs', 'ext4'] as const) : (['tmpfs'] as const);

describe.skipIf(!mountable).each(kinds)('on %s', (kind) => {
  test.each(['none', 'interval', 'always'] as const)(
    'a full disk costs no line and makes no files, and writing goes on when there is space again (%s)',
    async (durability) => {
      const disk = await mountSmallDisk(kind);
      const rig = FileRig.on(join(disk, 'logs'), { durability, maxSize: '300KiB' });
      await rig.start();
      await fill(disk, 600_000);
      const lines = Array.from({ length: 900 }, (_, index) => `${index}:`.padEnd(999, 'abc'));

      const { stored, error } = await writeUntilFull(rig, lines);
      expect(stored).toBeGreaterThan(300);
      expect(stored).toBeLessThan(900);
      expect(error).toMatchObject({ name: 'RetryableError', cause: { code: 'ENOSPC' } });

      const names = await readdir(rig.directory);
      for (let again = 0; again < 10; again++) {
        expect(await writeUntilFull(rig, lines.slice(stored))).toMatchObject({ stored: 0, error: {} });
      }
      expect(await readdir(rig.directory)).toEqual(names);
      expect((await rig.find()).lines).toEqual(lines.slice(0, stored));

      await rm(join(disk, 'ballast'));
      expect(await writeUntilFull(rig, lines.slice(stored))).toEqual({ stored: 900 - stored });
      await rig.sink.flush!();
      await rig.sink[Symbol.asyncDispose]!();
      expect((await rig.find()).lines).toEqual(lines);
    },
  );
});

test.skipIf(!mountable)('on a disk that is read-only a start says so, and changes nothing', async () => {
  const disk = await mountSmallDisk('tmpfs');
  await mkdir(join(disk, 'logs'), { mode: 0o750 });
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  const rig = FileRig.on(join(disk, 'logs'), {});
  await expect(rig.sink.start!()).rejects.toMatchObject({
    code: 'LC_DIRECTORY_UNUSABLE',
    hint: expect.stringContaining('read-only'),
  });
  expect(await readdir(rig.directory)).toEqual([]);
});
