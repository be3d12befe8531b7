import type { Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import type { QueryPortOptions } from '../../src/query/query-options.ts';
import { QueryPort } from '../../src/query/query-port.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryLogger } from '../support/memory-logger.ts';
import { ask, FakeRing, FakeTarget, open, readAll, testOptions } from './fake-target.ts';

const LONG = 20_000;

const ports: QueryPort[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(ports.splice(0).map((port) => port.stop()));
});

async function startPort(options: Partial<QueryPortOptions>) {
  const ring = new FakeRing(['first', 'second']);
  const log = new MemoryLogger();
  // Nobody is closed for being slow, however slow the machine is.
  const clock = new ManualClock();
  const port = new QueryPort(testOptions(options), new FakeTarget(ring), { log, clock });
  ports.push(port);
  await port.start();
  return { port, ring, log, figures: () => port.inspect() as Record<string, number> };
}

test('a thousand clients at once, if there may be so many', async () => {
  const { port, ring, figures } = await startPort({ maxClients: 1000 });
  const commands = ['STATS\n', 'COUNT\n', 'QUERY keyword=i\n', 'NONSENSE\n'];
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, index) => ask(port, commands[index % 4]!)),
  );
  expect(new Set(answers.map(String))).toEqual(
    new Set([
      'STATS: Total=12, Dropped=3, Current=9, Clients=2\n',
      'COUNT: 9\n',
      'FOUND: 1 matches\nfirst\n',
      'ERROR: Unknown command\n',
    ]),
  );
  expect(ring.mostRunning).toBe(1);
  await vi.waitFor(
    () => expect(figures()).toMatchObject({ clients: 0, answered: 1000, refused: 0, left: 0 }),
    LONG,
  );
});

test('of a thousand clients at once that are too many, each is answered or refused, and the next is answered', async () => {
  const { port, figures } = await startPort({ maxClients: 8 });
  const answers = await Promise.all(
    Array.from({ length: 1000 }, () => ask(port, 'COUNT\n').then(String, () => 'closed')),
  );
  expect(
    answers.filter((answer) => !['COUNT: 9\n', 'ERROR: Too many clients\n', 'closed'].includes(answer)),
  ).toEqual([]);
  expect(answers).toContain('COUNT: 9\n');
  await vi.waitFor(() => expect(figures()).toMatchObject({ clients: 0 }), LONG);
  expect(String(await ask(port, 'COUNT\n'))).toBe('COUNT: 9\n');
});

test('one client too many is told so, and counted; when one leaves there is room', async () => {
  const { port, log, figures } = await startPort({ maxClients: 2 });
  sockets.push(await open(port), await open(port));
  await vi.waitFor(() => expect(figures()).toMatchObject({ clients: 2 }), LONG);
  // It is told even if it sends a lot, or nothing.
  expect(String(await ask(port, 'x'.repeat(2 ** 20)))).toBe('ERROR: Too many clients\n');
  expect(String(await readAll(await open(port)))).toBe('ERROR: Too many clients\n');
  expect(figures()).toMatchObject({ clients: 2, refused: 2 });
  expect(log.messages('warn')).toEqual(['warn: too many query clients: some are refused']);

  sockets.pop()!.destroy();
  sockets.pop()!.destroy();
  await vi.waitFor(() => expect(figures()).toMatchObject({ clients: 0 }), LONG);
  expect(String(await ask(port, 'COUNT\n'))).toBe('COUNT: 9\n');
});

test('no more descriptors than there may be are used, whatever comes', async () => {
  const { port, figures } = await startPort({ maxClients: 2 });
  sockets.push(await open(port), await open(port));
  const opened = await Promise.all(Array.from({ length: 200 }, () => open(port)));
  sockets.push(...opened);
  await vi.waitFor(() => expect(figures()).toMatchObject({ clients: 2, refused: 200 }), LONG);
  // Beyond 2 clients and 64 that are told so, connections are closed without a word.
  const answers = await Promise.all(opened.map((socket) => readAll(socket).then(String, () => '')));
  expect(answers.filter((answer) => answer === 'ERROR: Too many clients\n')).toHaveLength(64);
  expect(answers.filter((answer) => answer === '')).toHaveLength(136);
});
