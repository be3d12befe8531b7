/**
 * SIGKILL, and a real power cut, in place of each operation on the disk of a rotation, one after the other; and SIGKILL again in
 * the start that follows. The judge reads nothing but the files. Needs Linux and a C compiler; power cuts need root, loop devices,
 * ext4 and Python too.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SinkStatement } from '../../src/core/ledger.ts';
import { FaultyLibc } from '../support/faulty-libc.ts';
import { archivesIn, linesIn } from '../support/log-files.ts';
import {
  CommandProcess,
  eventually,
  LogcasterProcess,
  temporaryDirectory,
} from '../support/logcaster-process.ts';
import { LoopDisk } from '../support/loop-disk.ts';

const noLibc = FaultyLibc.problem();
if (noLibc !== undefined) console.warn(`the steps of a rotation are skipped: ${noLibc}`);
const noDisk = noLibc ?? LoopDisk.problem();
if (noDisk !== undefined) console.warn(`power cuts between the steps of a rotation are skipped: ${noDisk}`);

/** How many operations are tried: two rotations with all that belongs to them have more. */
const STEPS = 18;
/** Without syncs there are fewer. */
const STEPS_WITHOUT_SYNCS = 11;

const line = (number: number): string => `${number}:`.padEnd(100, 'abc');

/** Ten lines fit into a file; so these make two rotations. */
const EACH_TIME = 25;

function hashes(logs: string): Map<string, string> {
  return new Map(
    archivesIn(logs).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(logs, name)))
        .digest('hex'),
    ]),
  );
}

function expectIntact(found: readonly string[], atLeast: number): void {
  const numbers = found.filter((each) => !each.startsWith('fresh')).map((each) => Number.parseInt(each, 10));
  expect(found.filter((each) => !each.startsWith('fresh'))).toEqual(numbers.map(line));
  expect(numbers).toEqual(numbers.map((_, index) => index));
  expect(numbers.length).toBeGreaterThanOrEqual(atLeast);
}

async function send(collector: LogcasterProcess, from: number): Promise<void> {
  const socket = await collector.connect();
  socket.end(Array.from({ length: EACH_TIME }, (_, index) => `${line(from + index)}\n`).join(''));
}

describe.skipIf(noLibc !== undefined)('SIGKILL in place of each step of a rotation', () => {
  test('loses nothing that was stored, changes no archive, and the next start mends it', {
    timeout: 240_000,
  }, async () => {
    const libc = new FaultyLibc();
    const operations = new Set<string>();
    for (let at = 1; at <= STEPS; at++) {
      const cwd = temporaryDirectory();
      const logs = join(cwd, 'logs');
      const args = ['-P', '-s', '1KiB'];
      const collector = await LogcasterProcess.start(args, { cwd, env: libc.env });
      await send(collector, 0);
      await collector.stored(EACH_TIME, 'files');
      const before = hashes(logs);
      libc.order('kill', at);
      await send(collector, EACH_TIME);
      await libc.hasFired('kill');
      await collector.exited;
      operations.add(libc.fired('kill')!);

      // The start that mends it dies too, somewhere.
      libc.order('kill', 1 + (at % 7));
      const dying = new CommandProcess(['run', '-p', '0', '-q', '0', ...args], { cwd, env: libc.env });
      await eventually(() => expect(dying.hasExited || dying.stderr.includes('started')).toBe(true));
      libc.cancel('kill');
      await dying.kill();

      const last = await LogcasterProcess.start(args, { cwd });
      await last.sendLines(['fresh']);
      await last.stored(1, 'files');
      expect(await last.stop()).toMatchObject({ code: 0 });
      expectIntact(linesIn(logs), EACH_TIME);
      const after = hashes(logs);
      for (const [name, hash] of before) expect([name, after.get(name)]).toEqual([name, hash]);
    }
    expect([...operations].toSorted()).toEqual(
      expect.arrayContaining(['fdatasync', 'fsync', 'link', 'open', 'rename', 'unlink', 'write']),
    );
  });
});

/** What may not be lost. */
function promised(durability: string, files: SinkStatement): number {
  if (durability === 'none') return 0;
  return durability === 'always' ? files.stored : Number(files['synced']);
}

describe.skipIf(noDisk !== undefined)('a power cut in place of each step of a rotation', () => {
  test.each(['none', 'interval', 'always'])(
    'takes no more than durability %s allows, and the next start mends it',
    { timeout: 300_000 },
    async (durability) => {
      const libc = new FaultyLibc();
      const operations = new Set<string>();
      for (let at = 1; at <= (durability === 'none' ? STEPS_WITHOUT_SYNCS : STEPS); at++) {
        using disk = new LoopDisk(16);
        const logs = join(disk.path, 'logs');
        const args = ['-P', '-d', logs, '-s', '1KiB', '--durability', durability];
        const collector = await LogcasterProcess.start(args, { env: libc.env });
        await send(collector, 0);
        await collector.stored(EACH_TIME, 'files');
        libc.order('power', at);
        await send(collector, EACH_TIME);
        await libc.hasFired('power');
        operations.add(libc.fired('power')!);
        const files = (await collector.ledger()).sinks['files']!;
        await collector.kill();
        disk.unmount();
        disk.mount();

        const last = await LogcasterProcess.start(args);
        await last.sendLines(['fresh']);
        await last.stored(1, 'files');
        expect(await last.stop()).toMatchObject({ code: 0 });
        if (durability === 'none') continue;
        expectIntact(linesIn(logs), promised(durability, files));
      }
      expect(operations.size).toBeGreaterThan(durability === 'none' ? 3 : 5);
    },
  );
});
