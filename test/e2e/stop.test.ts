/** SIGTERM and SIGINT under load: everything that was read is stored. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { judge, pump } from '../support/judged-lines.ts';
import { linesIn } from '../support/log-files.ts';
import { eventually, LogcasterProcess } from '../support/logcaster-process.ts';

test.each(['SIGTERM', 'SIGINT'] as const)('%s under load', async (signal) => {
  const collector = await LogcasterProcess.start(['-P', '-s', '256KiB']);
  const over = new AbortController();
  const sockets = await Promise.all([0, 1, 2, 3].map(() => collector.connect()));
  const sent = sockets.map((socket, connection) => pump(socket, { run: 1, connection, signal: over.signal }));
  // All of them in the middle of it.
  await eventually(async () => {
    const { sources } = await collector.ledger();
    if (sources['tcp']!.received < 20_000) throw new Error('not enough yet');
  });
  const { code, stdout } = await collector.stop(signal);
  over.abort();
  await Promise.all(sent);

  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  // Lines that were cut off when it stopped to read are no lines.
  const ledger = collector.finalLedger;
  const { received, dropped } = ledger.sources['tcp']!;
  const stored = received - (dropped['fragment']?.lines ?? 0);
  expect(stored).toBeGreaterThanOrEqual(20_000);
  expect(Object.keys(dropped).filter((reason) => reason !== 'fragment')).toEqual([]);
  expect(ledger).toMatchObject({
    unaccounted: 0,
    sources: { tcp: { emitted: stored, inFlight: 0 } },
    sinks: { ring: { stored, inFlight: 0 }, files: { stored, inFlight: 0 } },
  });
  // The files have what the ledger says.
  const lines = linesIn(join(collector.cwd, 'logs'));
  expect(judge(lines)).toMatchObject({ lines: stored, faults: [] });

  const summaries = collector.entries.filter(({ msg }) => msg.startsWith('stopped: '));
  expect(summaries.map(({ msg }) => msg)).toEqual([
    expect.stringMatching(
      new RegExp(
        `^stopped: ${format(received)} lines received.*; ring: ${format(stored)} stored; files: ${format(stored)} stored; 0 unaccounted$`,
      ),
    ),
  ]);
});

function format(count: number): string {
  return count.toLocaleString('en-US');
}
