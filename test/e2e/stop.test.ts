/** SIGTERM and SIGINT under load: everything that was read is stored. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { judge, pump } from '../support/judged-lines.ts';
import { linesIn } from '../support/log-files.ts';
import { eventually, LogcasterProcess, temporaryDirectory } from '../support/logcaster-process.ts';

/** The built-in configuration, but for small files, and for a deadline that does not depend on the machine. */
const CONFIG = `sources: { tcp: { type: tcp, port: 0 } }
pipelines: { main: { from: tcp, to: [ring, files] } }
sinks:
  ring: { type: ring }
  files: { type: file, directory: logs, maxSize: 256KiB }
query: { port: 0 }
shutdown: { timeout: 10m }
`;

test.each(['SIGTERM', 'SIGINT'] as const)('%s under load', async (signal) => {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'collect.yaml'), CONFIG);
  const collector = await LogcasterProcess.start(['-c', 'collect.yaml'], { cwd });
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
