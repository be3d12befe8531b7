/**
 * kill -9 under load, again and again, with a sink that is slower than its source and a spill between them. The judge sees what the
 * sink has written, and nothing else.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { judge, pump } from '../support/judged-lines.ts';
import { eventually, LogcasterProcess, temporaryDirectory } from '../support/logcaster-process.ts';

const RUNS = 4;
const PLUGIN = fileURLToPath(new URL('../soak/slow-sink.ts', import.meta.url));

function configure(cwd: string): void {
  writeFileSync(
    join(cwd, 'c.yaml'),
    `plugins: [${PLUGIN}]
sources: { tcp: { type: tcp, port: 0 } }
pipelines: { main: { from: tcp, to: out } }
sinks:
  out: { type: soak-slow, directory: ./out, control: ./control, queue: { maxBytes: 64KiB, whenFull: spill } }
query: { port: 0 }
shutdown: { timeout: 4s }
`,
  );
}

/** What the sink has written, file by file: every line that is whole. */
function* written(cwd: string): Generator<string> {
  for (const name of readdirSync(join(cwd, 'out')).toSorted())
    yield* readFileSync(join(cwd, 'out', name), 'latin1')
      .split('\n')
      .slice(0, -1);
}

test('every line that was on the disk comes, in order, and no more comes twice than the starts say', async () => {
  const cwd = temporaryDirectory();
  configure(cwd);
  const spilled: number[] = [];
  let possibleDuplicates = 0;
  let collector = await LogcasterProcess.start(['-c', 'c.yaml'], { cwd });
  for (let run = 0; run < RUNS; run++) {
    writeFileSync(join(cwd, 'control'), run % 2 === 0 ? 'slow' : 'hang');
    const over = new AbortController();
    const sockets = await Promise.all([0, 1, 2].map(() => collector.connect()));
    const sent = sockets.map((socket, connection) =>
      pump(socket, { run, connection, signal: over.signal, pause: 1 }),
    );
    spilled.push(
      await eventually(async () => {
        const { offered, stored, recovered, unaccounted, spill } = (await collector.ledger()).sinks[
          'out'
        ]! as unknown as {
          offered: number;
          stored: number;
          recovered: number;
          unaccounted: number;
          spill: { lines: number };
        };
        expect(unaccounted).toBe(0);
        expect(spill.lines).toBeGreaterThan(20_000);
        // What had come when so much was on the disk.
        return Math.min(offered, spill.lines + stored - recovered);
      }),
    );
    await collector.kill();
    over.abort();
    await Promise.all(sent);
    collector = await LogcasterProcess.start(['-c', 'c.yaml'], { cwd });
    possibleDuplicates += Number((await collector.entry('wait in its spill'))['possibleDuplicates']);
  }
  writeFileSync(join(cwd, 'control'), 'normal');
  await eventually(async () =>
    expect((await collector.ledger()).sinks['out']).toMatchObject({ inFlight: 0, unaccounted: 0 }),
  );
  await collector.sendLines(['9 9 0 0 0 ']);
  expect(await collector.stop()).toMatchObject({ code: 0 });
  const { faults, repeated, counts } = judge(written(cwd), true);
  expect(faults).toEqual([]);
  expect(repeated).toBeLessThanOrEqual(possibleDuplicates);
  for (const [run, lines] of spilled.entries()) {
    const stored = [0, 1, 2].reduce((sum, connection) => sum + (counts[`${run} ${connection}`] ?? 0), 0);
    expect([run, stored >= lines]).toEqual([run, true]);
  }
  expect(counts['9 9']).toBe(1);
});

test('a SIGTERM with a sink that hangs loses nothing: the rest comes after the next start', async () => {
  const cwd = temporaryDirectory();
  configure(cwd);
  writeFileSync(join(cwd, 'control'), 'hang');
  const collector = await LogcasterProcess.start(['-c', 'c.yaml'], { cwd });
  const over = new AbortController();
  const socket = await collector.connect();
  const sent = pump(socket, { run: 0, connection: 0, signal: over.signal, pause: 1 });
  await eventually(async () =>
    expect((await collector.ledger()).sinks['out']!.offered).toBeGreaterThan(5000),
  );
  over.abort();
  const lines = await sent;
  socket.end();
  await eventually(async () => expect((await collector.ledger()).sources['tcp']!.received).toBe(lines));
  expect(await collector.stop()).toMatchObject({ code: 0 });
  expect(collector.finalLedger).toMatchObject({
    unaccounted: 0,
    sinks: { out: { offered: lines, inFlight: lines, dropped: {} } },
  });
  expect((await collector.entry('stopped: ')).msg).toContain(`wait on disk`);

  writeFileSync(join(cwd, 'control'), 'normal');
  const next = await LogcasterProcess.start(['-c', 'c.yaml'], { cwd });
  await eventually(async () =>
    expect((await next.ledger()).sinks['out']).toMatchObject({ recovered: lines, stored: lines }),
  );
  expect(await next.stop()).toMatchObject({ code: 0 });
  expect(next.finalLedger.unaccounted).toBe(0);
  expect(judge(written(cwd), true)).toMatchObject({ faults: [], counts: { '0 0': lines } });
});
