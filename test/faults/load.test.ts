/** Much of everything: a ring of ten million lines, and twice the load that can be sustained, for two minutes. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { predictMemory } from '../../src/cli/doctor/memory.ts';
import { toPlan } from '../../src/cli/doctor/plan.ts';
import { loadCollector } from '../../src/collector/load-settings.ts';
import { closed, LogcasterProcess, temporaryDirectory } from '../support/logcaster-process.ts';
import { peakMemory } from '../support/peak-memory.ts';
import { sinkPlugin } from '../support/sink-plugin.ts';

const MIB = 2 ** 20;

const RING = `sources: { tcp: { type: tcp, port: 0, maxConnections: 100 } }
pipelines: { main: { from: tcp, to: ring } }
sinks: { ring: { type: ring, maxLines: 10000000, maxBytes: 1GiB } }
query: { port: 0, maxAnswerBytes: 16MiB }
`;

function line(number: number): string {
  return `number ${String(number).padStart(8, '0')} of a great many lines of about sixty bytes\n`;
}

test('a ring of ten million lines', async () => {
  const LINES = 12_000_000;
  const BLOCK = 20_000;
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'ring.yaml'), RING);
  const { settings } = await loadCollector({ file: join(cwd, 'ring.yaml'), cwd, env: {} });
  const { topology, query } = settings!;
  const predicted = predictMemory(toPlan(topology, query, { cwd, descriptorLimit: 1024 })).total;
  const collector = await LogcasterProcess.start(['-c', 'ring.yaml'], { cwd });
  const socket = await collector.connect();
  const bytes = LINES * line(0).length;
  for (let from = 0; from < LINES; from += BLOCK) {
    const block = Array.from({ length: BLOCK }, (_, index) => line(from + index)).join('');
    if (!socket.write(block)) await once(socket, 'drain');
  }
  socket.end();
  socket.resume();
  await closed(socket);
  await collector.stored(LINES);
  expect(await collector.stats()).toEqual({
    total: LINES,
    dropped: 2_000_000,
    current: 10_000_000,
    clients: 0,
  });

  const search = async (number: number): Promise<readonly [string, number]> => {
    const before = performance.now();
    const answer = await collector.ask(`QUERY keyword=number ${String(number).padStart(8, '0')}`);
    return [answer, performance.now() - before];
  };
  expect((await search(1_999_999))[0]).toBe('FOUND: 0 matches\n');
  expect((await search(2_000_000))[0]).toBe(`FOUND: 1 matches\n${line(2_000_000)}`);
  const [answer, ms] = await search(11_999_999);
  expect(answer).toBe(`FOUND: 1 matches\n${line(11_999_999)}`);
  const peak = peakMemory(collector.child.pid!);
  console.log(
    `10 million lines, ${Math.round((bytes / LINES) * 10)} MB in all: ${Math.round(peak / MIB)} MiB of memory, ` +
      `of ${Math.round(predicted / MIB)} MiB by the formula; a search takes ${Math.round(ms)} ms`,
  );
  expect(peak).toBeLessThan(predicted);
  // What is kept is there: its bytes, and 12 more for each line.
  expect(peak).toBeGreaterThan((bytes / LINES + 12) * 10_000_000);
  expect(await collector.stop()).toMatchObject({ code: 0 });
});

/** How long there is too much, in seconds. */
const SECONDS = Number(process.env['LOGCASTER_OVERLOAD_SECONDS'] ?? 120);

/** What the sink takes, in bytes a second. */
const SUSTAINABLE = 4 * MIB;
const CONNECTIONS = 20;

/** A sink that takes so much and no more, and looks whether the lines of each connection are all there, in order. */
const PLUGIN = sinkPlugin(
  'narrow',
  `Takes ${SUSTAINABLE} bytes a second.`,
  `() => {
    const next = new Map();
    let disorder = 0;
    return {
      async write(batch) {
        for (let index = 0; index < batch.length; index++) {
          const [connection, number] = batch.text(index).split(' ', 2).map(Number);
          if (number !== (next.get(connection) ?? 0)) disorder++;
          next.set(connection, number + 1);
        }
        await wait((batch.byteLength / ${SUSTAINABLE}) * 1000);
      },
      inspect: () => ({ disorder, connections: next.size }),
    };
  }`,
  "import { setTimeout as wait } from 'node:timers/promises';",
);

/** Memory that is resident, in bytes. */
function residentOf(collector: LogcasterProcess): number {
  const status = readFileSync(`/proc/${collector.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

interface Sender {
  readonly socket: Socket;
  lines: number;
  /** How often its turn came and the kernel had not taken what it had written before. */
  heldBack: number;
  turns: number;
}

test('twice the sustainable load, for minutes', { timeout: SECONDS * 4000 + 300_000 }, async () => {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'narrow.mjs'), PLUGIN);
  writeFileSync(
    join(cwd, 'overload.yaml'),
    `plugins: [./narrow.mjs]
sources: { tcp: { type: tcp, port: 0 } }
pipelines: { main: { from: tcp, to: narrow } }
sinks: { narrow: { type: narrow, queue: { maxBytes: 4MiB } } }
query: { port: 0 }
shutdown: { timeout: 60s }
`,
  );
  const collector = await LogcasterProcess.start(['-c', 'overload.yaml'], { cwd });
  const senders: Sender[] = [];
  for (let count = 0; count < CONNECTIONS; count++)
    senders.push({ socket: await collector.connect(), lines: 0, heldBack: 0, turns: 0 });
  const payload = 'x'.repeat(100);
  // Each has a turn ten times a second, with its part of twice what is sustainable.
  const linesPerTurn = Math.round((2 * SUSTAINABLE) / CONNECTIONS / 10 / (payload.length + 12));
  const memory: number[] = [];
  let unaccounted = 0;
  for (let turn = 0; turn < SECONDS * 10; turn++) {
    for (const [connection, sender] of senders.entries()) {
      sender.turns++;
      if (sender.socket.writableLength > 0) {
        sender.heldBack++;
        continue;
      }
      let text = '';
      for (let count = 0; count < linesPerTurn; count++)
        text += `${connection} ${sender.lines++} ${payload}\n`;
      sender.socket.write(text);
    }
    if (turn % 10 === 0) {
      memory.push(residentOf(collector));
      unaccounted = Math.max(unaccounted, Math.abs((await collector.ledger()).unaccounted));
    }
    await wait(100);
  }
  for (const { socket } of senders) socket.end();
  const sent = senders.reduce((sum, { lines }) => sum + lines, 0);
  const turns = senders.reduce((sum, sender) => sum + sender.turns, 0);
  const heldBack = senders.reduce((sum, sender) => sum + sender.heldBack, 0);
  // What the kernels hold for twenty connections takes its time.
  await vi.waitFor(async () => expect((await collector.ledger()).sinks['narrow']!.stored).toBe(sent), {
    timeout: 240_000,
    interval: 500,
  });
  const { sinks, sources } = await collector.ledger();
  const third = Math.floor(memory.length / 3);
  const [second, last] = [median(memory.slice(third, 2 * third)), median(memory.slice(2 * third))];
  console.log(
    `overload: ${sent} lines in ${SECONDS} s; the senders had to wait in ${Math.round((100 * heldBack) / turns)} % of their turns; ` +
      `${Math.round(second / MIB)} MiB, then ${Math.round(last / MIB)} MiB; at most ${unaccounted} unaccounted`,
  );
  // TCP pushes back: about every second turn.
  expect(heldBack).toBeGreaterThan(turns / 4);
  expect(sources['tcp']).toMatchObject({ received: sent, dropped: {} });
  expect(sources['tcp']!['paused']).toBeGreaterThan(0);
  expect(sinks['narrow']).toMatchObject({ stored: sent, dropped: {}, disorder: 0, connections: CONNECTIONS });
  expect(unaccounted).toBe(0);
  expect(last).toBeLessThan(1.25 * second + 16 * MIB);
  expect(await collector.stop()).toMatchObject({ code: 0 });
});
