/** Rewrites in power cuts: from the second step on the copy has what the old file loses, whatever the disk keeps. */
import { expect, test } from 'vitest';
import type { LogDirectory } from '../../../src/core/log-directory/directory.ts';
import type { CurrentFile } from '../../../src/core/log-directory/recovery.ts';
import { promoteRewrite, writeRewrite } from '../../../src/core/log-directory/rewrite.ts';
import { chooseBy } from '../../sinks/file/power-cut-rig.ts';
import { CrashDisk } from '../../support/crash-disk.ts';
import { append, durableFile, openOn, SEEDS, startOn, textOf } from './power-cuts.ts';

const CERTAIN = 'one\n';
const UNCERTAIN = 'two\nthree\n';

/** What is done with the old file and the copy, one after the other. */
const STEPS = ['the copy is made', 'the old file is cut', 'it is sealed', 'the copy is the current file'];

async function rewriteUntil(steps: number, directory: LogDirectory, current: CurrentFile): Promise<void> {
  const rewrite = await writeRewrite(directory, current.file, {
    start: CERTAIN.length,
    end: CERTAIN.length + UNCERTAIN.length,
    lines: 2,
  });
  if (steps > 1) {
    await current.file.truncate(CERTAIN.length);
    await current.file.sync();
  }
  if (steps > 2) await directory.seal(current.identity);
  if (steps > 3) await promoteRewrite(directory, rewrite!);
}

test.each(STEPS.map((name, index) => [name, index + 1] as const))(
  'when %s, a power cut costs no line, and gives none twice; nor does another one after the start',
  async (_, steps) => {
    for (const seed of SEEDS) {
      const disk = new CrashDisk();
      let directory = await openOn(disk);
      const current = await durableFile(directory, CERTAIN);
      await append(current, UNCERTAIN);
      await rewriteUntil(steps, directory, current);
      for (const next of [seed, 0, seed]) {
        disk.cut(chooseBy(next));
        directory = await startOn(disk, directory);
        expect({ seed, text: textOf(disk, 'log-', 'current.log') }).toEqual({
          seed,
          text: CERTAIN + UNCERTAIN,
        });
      }
      expect([...disk.files(directory.path).keys()].filter((name) => name.includes('rewrite'))).toEqual([]);
    }
  },
);

test('what cannot be read back is not written again', async () => {
  const disk = new CrashDisk();
  const directory = await openOn(disk);
  const current = await durableFile(directory, CERTAIN);
  await append(current, '\0'.repeat(UNCERTAIN.length));
  const rest = { start: CERTAIN.length, end: CERTAIN.length + UNCERTAIN.length, lines: 2 };
  expect(await writeRewrite(directory, current.file, rest)).toBeUndefined();
  expect([...disk.files(directory.path).keys()].toSorted()).toEqual(['current.log']);
});
