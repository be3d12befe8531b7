/** Very many connections at once. Needs a limit on open files that lets them in, and says so where it is skipped. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { eventually, LogcasterProcess } from '../support/logcaster-process.ts';

const CONNECTIONS = 10_000;
/** At a time: more would be refused by the kernel before anybody could accept them. */
const WAVE = 500;

function limitOfFiles(): number {
  try {
    return Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))![1]);
  } catch {
    return 0;
  }
}

const hasRoom = limitOfFiles() >= 12_500;
if (!hasRoom) console.warn(`10,000 connections are skipped: the limit on open files is ${limitOfFiles()}`);

async function connectMany(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  while (sockets.length < count) {
    const wave = Array.from({ length: Math.min(WAVE, count - sockets.length) }, () =>
      connect(port, '127.0.0.1'),
    );
    sockets.push(...wave);
    await Promise.all(wave.map((socket) => once(socket, 'connect')));
  }
  return sockets;
}

function descriptorsOf(collector: LogcasterProcess): number {
  return readdirSync(`/proc/${collector.child.pid}/fd`).length;
}

test.runIf(hasRoom)('10,000 connections with a line each', async () => {
  const collector = await LogcasterProcess.start();
  const before = descriptorsOf(collector);
  const sockets = await connectMany(collector.port, CONNECTIONS);
  await eventually(async () => expect((await collector.stats()).clients).toBe(CONNECTIONS));
  expect(descriptorsOf(collector)).toBeGreaterThan(CONNECTIONS);
  for (const [index, socket] of sockets.entries()) socket.write(`line ${index}\n`);
  await collector.stored(CONNECTIONS);
  const lines = (await collector.ask('QUERY keyword=line')).split('\n').slice(1, -1);
  expect(new Set(lines).size).toBe(CONNECTIONS);
  for (const socket of sockets) socket.end();
  await eventually(async () => expect((await collector.stats()).clients).toBe(0));
  await eventually(() => expect(descriptorsOf(collector)).toBeLessThan(before + 10));
  expect((await collector.ledger()).unaccounted).toBe(0);
  expect(await collector.stop()).toMatchObject({ code: 0 });
});

test.runIf(hasRoom)('a storm of connections that send nothing and break off', async () => {
  const collector = await LogcasterProcess.start();
  const before = descriptorsOf(collector);
  for (let wave = 0; wave < 20; wave++) {
    for (const socket of await connectMany(collector.port, WAVE)) socket.resetAndDestroy();
  }
  await collector.sendLines(['fresh']);
  await collector.stored(1);
  await eventually(async () => expect((await collector.stats()).clients).toBe(0));
  await eventually(() => expect(descriptorsOf(collector)).toBeLessThan(before + 10));
  expect(await collector.stop()).toMatchObject({ code: 0 });
});
