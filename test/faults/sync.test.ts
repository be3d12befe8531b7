/** Real faults of one file operation, under the real command: a sync that fails, one that takes 5 s, half a write and then EIO. */
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FaultyLibc } from '../support/faulty-libc.ts';
import { linesIn } from '../support/log-files.ts';
import { eventually, LogcasterProcess } from '../support/logcaster-process.ts';

const problem = FaultyLibc.problem();
if (problem !== undefined) console.warn(`faults of single file operations are skipped: ${problem}`);

const MODES = ['interval', 'always'] as const;

/** A collector under faults, and lines that are sent all the time. */
async function underLoad(durability: string): Promise<{
  libc: FaultyLibc;
  collector: LogcasterProcess;
  stored: () => Promise<number>;
  /** Stops sending and the collector; answers its lines, and what was sent. */
  end: () => Promise<{ found: string[]; sent: string[] }>;
}> {
  const libc = new FaultyLibc();
  const collector = await LogcasterProcess.start(['-P', '-s', '64KiB', '--durability', durability], {
    env: libc.env,
  });
  const socket = await collector.connect();
  const sent: string[] = [];
  const timer = setInterval(() => {
    const lines = Array.from({ length: 20 }, (_, index) => `${sent.length + index}:`.padEnd(100, 'abc'));
    sent.push(...lines);
    socket.write(`${lines.join('\n')}\n`);
  }, 5);
  onTestFinished(() => clearInterval(timer));
  const stored = async (): Promise<number> => (await collector.ledger()).sinks['files']!.stored;
  await eventually(async () => expect(await stored()).toBeGreaterThan(500));
  const end = async (): Promise<{ found: string[]; sent: string[] }> => {
    clearInterval(timer);
    socket.end();
    await eventually(async () => expect(await stored()).toBe(sent.length));
    expect(await collector.stop()).toMatchObject({ code: 0 });
    expect(collector.finalLedger.unaccounted).toBe(0);
    return { found: linesIn(join(collector.cwd, 'logs')), sent };
  };
  return { libc, collector, stored, end };
}

describe.skipIf(problem !== undefined).each(MODES)('durability: %s', (durability) => {
  test('a sync that really fails costs no line, writes none twice, and is counted', async () => {
    const { libc, collector, stored, end } = await underLoad(durability);
    for (let round = 0; round < 3; round++) {
      libc.order('sync-error');
      await libc.hasFired('sync-error');
      const before = await stored();
      await eventually(async () => expect(await stored()).toBeGreaterThan(before + 500));
    }
    expect(libc.fired('sync-error')).toMatch(/sync$/);
    const files = (await collector.ledger()).sinks['files']!;
    expect(Number(files['failedSyncs'])).toBeGreaterThan(0);
    const { found, sent } = await end();
    expect(found).toEqual(sent);
  });

  test('a sync that takes 5 s holds up what it has to, and costs no line', async () => {
    const { libc, stored, end } = await underLoad(durability);
    const before = await stored();
    libc.order('sync-slow');
    await libc.hasFired('sync-slow');
    await eventually(async () => expect(await stored()).toBeGreaterThan(before + 2000));
    const { found, sent } = await end();
    expect(found).toEqual(sent);
  });

  test('half a write and then EIO leave no torn line and cost none', async () => {
    const { libc, stored, end } = await underLoad(durability);
    for (let round = 0; round < 3; round++) {
      const before = await stored();
      libc.order('write-half');
      await libc.hasFired('write-half');
      await eventually(async () => expect(await stored()).toBeGreaterThan(before + 500));
    }
    const { found, sent } = await end();
    expect(found).toEqual(sent);
  });
});
