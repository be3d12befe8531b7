/** Where and as whom it runs: without a home, under any umask, as a user without rights. */
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linesIn } from '../support/log-files.ts';
import { CommandProcess, LogcasterProcess, temporaryDirectory } from '../support/logcaster-process.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

async function collects(collector: LogcasterProcess): Promise<void> {
  await collector.sendLines(['hello']);
  await collector.stored(1, 'files');
  expect(await collector.stop()).toMatchObject({ code: 0 });
  expect(linesIn(join(collector.cwd, 'logs'))).toEqual(['hello']);
}

test('without HOME, PATH and any other variable it collects', async () => {
  await expect(
    collects(await LogcasterProcess.start(['-P'], { env: {}, cleared: true })),
  ).resolves.toBeUndefined();
});

test.each([0o000, 0o077, 0o777])('under umask %o files are 0640 and directories 0750', async (umask) => {
  const before = process.umask(umask);
  let collector: LogcasterProcess;
  try {
    collector = await LogcasterProcess.start(['-P']);
  } finally {
    process.umask(before);
  }
  await collects(collector);
  const modeOf = (path: string): string => (statSync(join(collector.cwd, path)).mode & 0o777).toString(8);
  expect([modeOf('logs'), modeOf('logs/current.log'), modeOf('logs/.logcaster.json')]).toEqual([
    '750',
    '640',
    '640',
  ]);
});

test.runIf(isRoot)(
  'as a user without rights it collects where that user may write, and refuses elsewhere',
  async () => {
    const cwd = temporaryDirectory();
    chownSync(cwd, NOBODY, NOBODY);
    await collects(await LogcasterProcess.start(['-P'], { cwd, uid: NOBODY }));
    const elsewhere = temporaryDirectory();
    mkdirSync(join(elsewhere, 'logs'), { mode: 0o750 });
    chmodSync(elsewhere, 0o755);
    const args = ['run', '-p', '0', '-q', '0', '-P', '-d', join(elsewhere, 'logs')];
    const { code, stderr } = await new CommandProcess(args, { cwd, uid: NOBODY }).exited;
    expect(stderr).toMatch(/permission denied.*\[LC_DIRECTORY_UNUSABLE\]\n$/);
    expect(code).toBe(1);
  },
);
