/** kill -9 under load, again and again on one directory. The judge sees the files only. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { judge, pump } from './judged-lines.ts';
import { archivesIn, eachLineIn } from './log-files.ts';
import { eventually, LogcasterProcess, temporaryDirectory } from './logcaster-process.ts';

/** Starts, loads and kills a collector so many times, and judges what is in its files at the end. */
export async function killAgainAndAgain(runs: number): Promise<void> {
  const cwd = temporaryDirectory();
  const logs = join(cwd, 'logs');
  const sealed = new Map<string, string>();
  const storedByRun: number[] = [];

  for (let run = 0; run < runs; run++) {
    const collector = await LogcasterProcess.start(['-P', '-s', '200KiB'], { cwd });
    for (const [name, hash] of sealed) expect([name, hashOf(logs, name)]).toEqual([name, hash]);
    const over = new AbortController();
    const sockets = await Promise.all([0, 1, 2].map(() => collector.connect()));
    const sent = sockets.map((socket, connection) => pump(socket, { run, connection, signal: over.signal }));
    storedByRun.push(
      await eventually(async () => {
        const { stored } = (await collector.ledger()).sinks['files']!;
        if (stored < 3000 * (run + 1)) throw new Error('not enough yet');
        return stored;
      }),
    );
    await collector.kill();
    over.abort();
    await Promise.all(sent);
    for (const name of archivesIn(logs)) sealed.set(name, hashOf(logs, name));
  }

  const last = await LogcasterProcess.start(['-P', '-s', '200KiB'], { cwd });
  await last.sendLines(['fresh']);
  await last.stored(1, 'files');
  expect(await last.stop()).toMatchObject({ code: 0 });

  for (const [name, hash] of sealed) expect([name, hashOf(logs, name)]).toEqual([name, hash]);
  expect(sealed.size).toBeGreaterThan(runs);
  let newest: string | undefined;
  const { faults, counts } = judge(
    (function* allButTheLast() {
      for (const line of eachLineIn(logs)) {
        if (newest !== undefined) yield newest;
        newest = line;
      }
    })(),
  );
  expect(newest).toBe('fresh');
  expect(faults).toEqual([]);
  for (const [run, stored] of storedByRun.entries()) {
    const inFiles = [0, 1, 2].reduce((sum, connection) => sum + (counts[`${run} ${connection}`] ?? 0), 0);
    expect(inFiles).toBeGreaterThanOrEqual(stored);
  }
}

function hashOf(logs: string, name: string): string {
  return createHash('sha256')
    .update(readFileSync(join(logs, name)))
    .digest('hex');
}
