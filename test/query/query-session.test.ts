import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import type { QueryPortOptions } from '../../src/query/query-options.ts';
import { QueryPort } from '../../src/query/query-port.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryLogger } from '../support/memory-logger.ts';
import { ask, FakeRing, FakeTarget, open, readAll, testOptions } from './fake-target.ts';

const LONG = 20_000;
const MIB = 2 ** 20;

const ports: QueryPort[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(ports.splice(0).map((port) => port.stop()));
});

/** A port on which 64 MiB are found with `x`, in pieces of 64 KiB, and one short line with `rare`. */
async function startPort(options: Partial<QueryPortOptions> = {}) {
  const ring = new FakeRing(Array.from({ length: 1024 }, () => Buffer.alloc(65_535, 'x')));
  ring.lines.push(Buffer.from('rare'));
  ring.linesPerPiece = 1;
  const clock = new ManualClock();
  const log = new MemoryLogger();
  const port = new QueryPort(testOptions(options), new FakeTarget(ring), { clock, log });
  ports.push(port);
  await port.start();
  const figures = () => port.inspect() as Record<string, number>;
  return { port, ring, clock, log, figures };
}

/** A client that sends something and reads nothing. */
async function openUnread(port: QueryPort, bytes: string): Promise<Socket> {
  const socket = await open(port);
  sockets.push(socket);
  socket.pause();
  socket.write(bytes);
  return socket;
}

/** Waits until an answer does not get on any more: nothing is written while many turns of the loop pass. */
async function untilStuck(figures: () => Record<string, number>): Promise<void> {
  let turns = 0;
  for (let before = -1; turns < 50; ) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    const held = figures()['answerBytes']!;
    turns = held > 0 && held === before ? turns + 1 : 0;
    before = held;
  }
}

test('a client that sends nothing is closed after the idle timeout', async () => {
  const { port, clock, log, figures } = await startPort();
  const socket = await open(port);
  await vi.waitFor(() => expect(figures()).toMatchObject({ clients: 1 }), LONG);
  clock.advance(9999);
  expect(figures()).toMatchObject({ clients: 1, timedOut: 0 });
  clock.advance(1);
  expect(String(await readAll(socket))).toBe('');
  await vi.waitFor(() => expect(figures()).toMatchObject({ clients: 0, timedOut: 1, left: 0 }), LONG);
  expect(log.messages('info')).toEqual(['info: closed a query client that sent no command']);
  expect(clock.timers).toBe(0);
});

test('a byte now and then does not keep a client alive', async () => {
  const { port, clock, figures } = await startPort();
  const socket = await open(port);
  const closed = readAll(socket);
  for (const byte of 'STAT') {
    await new Promise((resolve) => socket.write(byte, resolve));
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(2000);
  }
  expect(figures()).toMatchObject({ clients: 1, timedOut: 0 });
  clock.advance(2000);
  expect(String(await closed)).toBe('');
  expect(figures()).toMatchObject({ timedOut: 1 });
});

test('a client that never reads disturbs nobody, and is closed after the answer timeout', async () => {
  const { port, clock, log, figures } = await startPort();
  await openUnread(port, 'QUERY keyword=x\n');
  await untilStuck(figures);
  expect(figures()['answerBytes']).toBeLessThanOrEqual(64 * MIB);

  expect(String(await ask(port, 'COUNT\n'))).toBe('COUNT: 9\n');
  expect(String(await ask(port, 'QUERY keyword=rare\n'))).toBe('FOUND: 1 matches\nrare\n');
  expect(await ask(port, 'QUERY keyword=x\n')).toHaveLength(64 * MIB + 'FOUND: 1024 matches\n'.length);
  await vi.waitFor(() => expect(figures()).toMatchObject({ clients: 1 }), LONG);

  clock.advance(29_999);
  expect(figures()).toMatchObject({ clients: 1, timedOut: 0 });
  clock.advance(1);
  await vi.waitFor(() => expect(figures()).toMatchObject({ clients: 0, timedOut: 1, answerBytes: 0 }), LONG);
  expect(log.messages('info')).toEqual(['info: closed a query client that did not take its answer']);
  expect(clock.timers).toBe(0);
});

test('a slow client that gets on is not closed', async () => {
  const { port, clock, figures } = await startPort();
  const socket = await openUnread(port, 'QUERY keyword=x\n');
  for (let time = 0; time < 4; time++) {
    await untilStuck(figures);
    clock.advance(20_000);
    expect(figures()).toMatchObject({ clients: 1, timedOut: 0 });
    const held = figures()['answerBytes']!;
    while (figures()['answerBytes'] === held) {
      socket.read();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  expect(figures()).toMatchObject({ clients: 1, timedOut: 0 });
});

test('answers together hold no more than they may: one waits for the other, others go on', async () => {
  const { port, figures } = await startPort({ maxAnswerBytes: 70 * MIB });
  const first = await openUnread(port, 'QUERY keyword=x\n');
  await untilStuck(figures);
  const second = ask(port, 'QUERY keyword=x\n');
  await vi.waitFor(() => expect(figures()).toMatchObject({ waitingSearches: 1 }), LONG);
  expect(figures()['answerBytes']).toBeLessThanOrEqual(64 * MIB);
  expect(String(await ask(port, 'QUERY keyword=rare\n'))).toBe('FOUND: 1 matches\nrare\n');
  expect(String(await ask(port, 'COUNT\n'))).toBe('COUNT: 9\n');

  first.destroy();
  expect(await second).toHaveLength(64 * MIB + 'FOUND: 1024 matches\n'.length);
});

test('a client that leaves in the middle of its answer frees it', async () => {
  const { port, clock, figures } = await startPort();
  const socket = await openUnread(port, 'QUERY keyword=x\n');
  await untilStuck(figures);
  socket.resetAndDestroy();
  await vi.waitFor(() => expect(figures()).toMatchObject({ clients: 0, answerBytes: 0, left: 1 }), LONG);
  expect(clock.timers).toBe(0);
});

test('a client that leaves during its search ends it', async () => {
  const { port, ring, log, figures } = await startPort();
  ring.gate = new Promise(() => {});
  const socket = await openUnread(port, 'QUERY keyword=x\n');
  await vi.waitFor(() => expect(ring.running).toBe(1), LONG);
  socket.resetAndDestroy();
  await vi.waitFor(() => expect(ring.running).toBe(0), LONG);
  await vi.waitFor(() => expect(figures()).toMatchObject({ clients: 0, left: 1 }), LONG);
  expect(log.entries.filter(({ level }) => level !== 'debug')).toEqual([]);
});

test('a client that leaves without a command is forgotten', async () => {
  const { port, clock, figures } = await startPort();
  const socket = await openUnread(port, 'STA');
  await vi.waitFor(() => expect(figures()).toMatchObject({ clients: 1 }), LONG);
  socket.resetAndDestroy();
  await vi.waitFor(() => expect(figures()).toMatchObject({ clients: 0, left: 1 }), LONG);
  expect(clock.timers).toBe(0);
});

test('a megabyte without a newline is refused; the client gets to read that', async () => {
  const { port } = await startPort();
  expect(String(await ask(port, Buffer.alloc(MIB, 'x')))).toBe('ERROR: Command too long\n');
});

test('what is sent behind the command does not destroy the answer', async () => {
  const { port } = await startPort();
  const socket = await open(port);
  socket.pause();
  socket.write('QUERY keyword=x\n');
  // More than any socket buffer holds: it is written only if the server goes on reading while it answers.
  await new Promise((resolve) => socket.write(Buffer.alloc(16 * MIB, 'y'), resolve));
  const answer = readAll(socket);
  socket.resume();
  expect(await answer).toHaveLength(64 * MIB + 'FOUND: 1024 matches\n'.length);
});

test('a client that does not close after its answer is closed', async () => {
  const { port, clock, figures } = await startPort();
  const socket = await open(port);
  sockets.push(socket);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += String(chunk);
  });
  const ended = new Promise((resolve) => socket.on('end', resolve));
  socket.write('COUNT\n');
  await ended;
  expect(answer).toBe('COUNT: 9\n');
  expect(figures()).toMatchObject({ clients: 1, answered: 1 });
  clock.advance(2000);
  await vi.waitFor(() => expect(figures()).toMatchObject({ clients: 0, left: 0, timedOut: 0 }), LONG);
  expect(clock.timers).toBe(0);
});
