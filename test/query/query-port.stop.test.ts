import { expect, test, vi } from 'vitest';
import { QueryPort } from '../../src/query/query-port.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { FakeRing, FakeTarget, open, readAll, testOptions } from './fake-target.ts';

async function startPort(ring: FakeRing) {
  const clock = new ManualClock();
  const port = new QueryPort(testOptions({ answerTimeout: 3_600_000 }), new FakeTarget(ring), { clock });
  await port.start();
  return { port, clock };
}

test('a stop lets go of clients without a command, and of new ones', async () => {
  const { port, clock } = await startPort(new FakeRing());
  const address = port.address()!;
  const socket = await open(port);
  await vi.waitFor(() => expect(port.inspect()).toMatchObject({ clients: 1 }), 20_000);
  await port.stop();
  await readAll(socket).catch(() => {});
  expect(port.inspect()).toMatchObject({ clients: 0 });
  expect(clock.timers).toBe(0);

  const late = { address: () => address } as unknown as QueryPort;
  await expect(open(late)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('an answer under way is finished', async () => {
  const ring = new FakeRing(['found']);
  const gate = Promise.withResolvers<void>();
  ring.gate = gate.promise;
  const { port, clock } = await startPort(ring);
  const socket = await open(port);
  const answer = readAll(socket);
  socket.write('QUERY keyword=f\n');
  await vi.waitFor(() => expect(ring.running).toBe(1), 20_000);
  const stopped = port.stop();
  gate.resolve();
  expect(String(await answer)).toBe('FOUND: 1 matches\nfound\n');
  await stopped;
  expect(clock.timers).toBe(0);
});

test('an answer that takes too long is given up', async () => {
  const ring = new FakeRing(Array.from({ length: 64 }, () => 'x'.repeat(2 ** 19)));
  const { port, clock } = await startPort(ring);
  const socket = await open(port);
  socket.pause();
  socket.write('QUERY keyword=x\n');
  await vi.waitFor(() => expect(port.inspect()['answerBytes']).toBeGreaterThan(0), 20_000);
  const stopped = port.stop();
  await vi.waitFor(() => {
    clock.advance(2000);
    expect(port.inspect()).toMatchObject({ clients: 0, answerBytes: 0 });
  }, 20_000);
  await stopped;
  socket.destroy();
});

test('a stop before the start, during it, and twice', async () => {
  const never = new QueryPort(testOptions(), new FakeTarget());
  await never.stop();

  const port = new QueryPort(testOptions(), new FakeTarget());
  const started = port.start();
  await Promise.all([port.stop(), port.stop(), started]);
  await port[Symbol.asyncDispose]();
  expect(port.address()).toBeUndefined();
});
