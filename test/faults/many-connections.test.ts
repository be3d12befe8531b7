/** Very many connections at once. Needs a limit on open files that lets them in, and says so where it is skipped. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { hangingSinkDirectory } from '../support/hanging-sink.ts';
import { eventually, LogcasterProcess } from '../support/logcaster-process.ts';
import { peakMemory } from '../support/peak-memory.ts';

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

const MIB = 2 ** 20;

/** Writes to all, without a copy for each; answers when the kernel or the other end has no room for more of any. */
async function writeToAll(sockets: readonly Socket[], bytes: Uint8Array): Promise<void> {
  for (const socket of sockets) socket.write(bytes);
  await eventually(() => expect(sockets.every(({ bytesWritten }) => bytesWritten > 0)).toBe(true));
}

test.runIf(hasRoom)('10,000 senders of much, and a sink that stores nothing', async () => {
  const collector = await LogcasterProcess.start(['-c', 'hang.yaml'], { cwd: hangingSinkDirectory('100ms') });
  const sockets = await connectMany(collector.port, CONNECTIONS);
  const lines = Buffer.from(`${'a line of some length '.repeat(5)}\n`.repeat(1200));
  await writeToAll(sockets, lines);
  await eventually(async () => {
    const { noted, waiting } = (await collector.ledger()).sources['tcp']!;
    expect(noted['heldBack']).toBeGreaterThan(0);
    expect(waiting).toBe(CONNECTIONS);
  });
  const peak = peakMemory(collector.child.pid!) / MIB;
  console.log(`10,000 senders that have to wait: ${Math.round(peak)} MiB at the peak`);
  // 640 MiB if each gave a chunk before it waits.
  expect(peak).toBeLessThan(400);
});

test.runIf(hasRoom)('10,000 lines that do not end', async () => {
  const collector = await LogcasterProcess.start();
  const sockets = await connectMany(collector.port, CONNECTIONS);
  await writeToAll(sockets, Buffer.alloc(100 * 1024, 'endless '));
  await eventually(async () => {
    expect((await collector.ledger()).sources['tcp']!.noted['cutLines']).toBeGreaterThan(1000);
  });
  for (const socket of sockets) socket.end('\n');
  await collector.stored(CONNECTIONS);
  const peak = peakMemory(collector.child.pid!) / MIB;
  const { noted, unaccounted } = (await collector.ledger()).sources['tcp']!;
  console.log(`10,000 unfinished lines: ${Math.round(peak)} MiB at the peak, ${noted['cutLines']} were cut`);
  // 1,000 MiB and more if all were kept.
  expect(peak).toBeLessThan(600);
  // Cut where they ended anyway: each is whole.
  expect(noted['truncated']).toBeUndefined();
  expect(unaccounted).toBe(0);
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
