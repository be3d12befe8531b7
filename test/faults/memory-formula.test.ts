/**
 * The formula of docs/operating.md against real processes, each of which is driven to the limit of one of its parts. The formula is
 * a bound, so nothing may be above it; and it is worth something only if it is not far above.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { predictMemory } from '../../src/cli/doctor/memory.ts';
import { toPlan } from '../../src/cli/doctor/plan.ts';
import { loadCollector } from '../../src/collector/load-settings.ts';
import { hangingSinkDirectory } from '../support/hanging-sink.ts';
import { eventually, LogcasterProcess, temporaryDirectory } from '../support/logcaster-process.ts';
import { peakMemory } from '../support/peak-memory.ts';

const MIB = 2 ** 20;

/** The process has at least this part of what the formula says, where a test fills what it can. */
const TIGHT = 0.5;

interface Config {
  readonly yaml: string;
  /** Of a plugin whose sink never stores anything. */
  readonly cwd?: string;
}

/** What a configuration may take, in bytes, with so many connections. */
async function predict(path: string, cwd: string): Promise<number> {
  const { settings } = await loadCollector({ file: path, cwd, env: {} });
  const { topology, query } = settings!;
  return predictMemory(toPlan(topology, query, { cwd, descriptorLimit: 1024 })).total;
}

async function start({ yaml, cwd = temporaryDirectory() }: Config): Promise<[LogcasterProcess, number]> {
  const path = join(cwd, 'memory.yaml');
  writeFileSync(path, yaml);
  const predicted = await predict(path, cwd);
  return [await LogcasterProcess.start(['-c', 'memory.yaml'], { cwd }), predicted];
}

/** Checks the most that a process has had against what was said of it. */
function compare(what: string, { child }: LogcasterProcess, predicted: number, least: number): void {
  const peak = peakMemory(child.pid!);
  console.log(`${what}: ${Math.round(peak / MIB)} MiB, of ${Math.round(predicted / MIB)} MiB by the formula`);
  expect(peak).toBeLessThan(predicted);
  expect(peak).toBeGreaterThan(predicted * least);
}

/** Writes `mebibytes` MiB of lines of about 120 bytes, as fast as they are taken. */
async function pour(socket: Socket, mebibytes: number): Promise<number> {
  const line = `${'lines of some length, with a few words in them, '.repeat(3).slice(0, 119)}\n`;
  const block = Buffer.from(line.repeat(Math.floor(MIB / line.length)));
  for (let written = 0; written < mebibytes; written++) {
    if (!socket.write(block)) await once(socket, 'drain');
  }
  return mebibytes * Math.floor(MIB / line.length);
}

const QUERY = 'query: { port: 0, maxAnswerBytes: 1MiB }';

test('a ring that is full', async () => {
  const [collector, predicted] = await start({
    yaml: `sources: { tcp: { type: tcp, port: 0, maxBufferedBytes: 4MiB, maxConnections: 100 } }
pipelines: { main: { from: tcp, to: ring } }
sinks: { ring: { type: ring, maxBytes: 512MiB, maxLines: 5000000, queue: { maxBytes: 4MiB } } }
${QUERY}`,
  });
  const sockets = await Promise.all(Array.from({ length: 4 }, () => collector.connect()));
  const lines = await Promise.all(sockets.map((socket) => pour(socket, 200)));
  for (const socket of sockets) socket.end();
  await collector.stored(lines.reduce((sum, count) => sum + count, 0));
  expect((await collector.ledger()).sinks['ring']!['overwritten']).toBeGreaterThan(0);
  compare('a full ring', collector, predicted, TIGHT);
});

test('a queue that is full', async () => {
  const cwd = hangingSinkDirectory('100ms');
  const [collector, predicted] = await start({
    cwd,
    yaml: `plugins: [./hang.mjs]
sources: { tcp: { type: tcp, port: 0, maxBufferedBytes: 4MiB, maxConnections: 100 } }
pipelines: { main: { from: tcp, to: stuck } }
sinks: { stuck: { type: hang, queue: { maxBytes: 256MiB, whenFull: dropNewest } } }
${QUERY}
shutdown: { timeout: 100ms }`,
  });
  const sockets = await Promise.all(Array.from({ length: 4 }, () => collector.connect()));
  await Promise.all(sockets.map((socket) => pour(socket, 150)));
  await eventually(async () => {
    const { dropped } = (await collector.ledger()).sinks['stuck']!;
    expect(dropped['dropNewest']?.lines).toBeGreaterThan(0);
  });
  // What is being written comes on top of what waits, but one that hangs from the first line on is written only that.
  compare('a full queue', collector, predicted, TIGHT * 0.8);
});

test('many lines that do not end', async () => {
  const [collector, predicted] = await start({
    yaml: `sources: { tcp: { type: tcp, port: 0, maxBufferedBytes: 512MiB, maxConnections: 800 } }
pipelines: { main: { from: tcp, to: ring } }
sinks: { ring: { type: ring, queue: { maxBytes: 4MiB } } }
${QUERY}`,
  });
  const block = Buffer.alloc(MIB - 100, 'endless ');
  for (let count = 0; count < 400; count++) (await collector.connect()).write(block);
  await eventually(async () => {
    expect((await collector.ledger()).sources['tcp']!.noted['cutLines']).toBeGreaterThan(100);
  });
  // Half of the bytes of connections is for what waits for credit.
  compare('many unfinished lines', collector, predicted, TIGHT * 0.8);
});

test('files, an archive and a ring under as much load as they take', async () => {
  const [collector, predicted] = await start({
    yaml: `sources: { tcp: { type: tcp, port: 0, maxConnections: 100 } }
pipelines: { main: { from: tcp, to: [ring, files, archive] } }
sinks:
  ring: { type: ring }
  files: { type: file, directory: ./files, maxSize: 64MiB, retention: { maxFiles: 2 } }
  archive: { type: archive, directory: ./archive, retention: { maxFiles: 2 } }
${QUERY}`,
  });
  const sockets = await Promise.all(Array.from({ length: 8 }, () => collector.connect()));
  const lines = await Promise.all(sockets.map((socket) => pour(socket, 25)));
  for (const socket of sockets) socket.end();
  const all = lines.reduce((sum, count) => sum + count, 0);
  for (const sink of ['ring', 'files', 'archive']) await collector.stored(all, sink);
  // Sinks that keep up leave their queues empty, the archive's too: it is hurried when lines stand behind it.
  compare('all sinks under load', collector, predicted, TIGHT * 0.4);
  expect(await collector.stop()).toMatchObject({ code: 0 });
});
