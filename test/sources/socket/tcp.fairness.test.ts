import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { collect, rounds, startTcp, until, write } from './harness.ts';

const KIB = 1024;

/** Keeps the connection full. */
function flood(socket: Socket): void {
  const chunk = Buffer.alloc(256 * KIB, `greedy ${'g'.repeat(100)}\n`);
  const send = (): void => {
    while (!socket.destroyed && socket.write(chunk));
    socket.once('drain', send);
  };
  send();
}

/** A line of 80 bytes. */
function line(name: string): string {
  return `${name.padEnd(79, '.')}\n`;
}

test('beside a greedy connection each slow one gets its turn while credit is scarce', async () => {
  // Enough for one chunk of the greedy one at a time.
  const { source, context, connect } = await startTcp({}, { credit: 64 * KIB });
  const collected = collect(source, { settle: false });
  const greedy = await connect();
  flood(greedy);
  await until(() => collected.unsettled > 0 && source.inspect!()['waiting'] === 1);

  const slow = await Promise.all(Array.from({ length: 100 }, () => connect()));
  await until(() => source.clients!() === 101);
  const greedyPeer = `127.0.0.1:${greedy.localPort}`;
  let sent = 0;
  for (let turn = 0; turn < 3; turn++) {
    await Promise.all(slow.map((socket, index) => write(socket, `slow ${index} ${turn}\n`)));
    sent += slow.length;
    const before = collected.batches.length;
    while (collected.lines - greedyLines() < sent) {
      collected.settle();
      await new Promise((resolve) => setImmediate(resolve));
    }
    // Between the lines of the slow ones the greedy one had some turns, but not the most.
    const turns = collected.batches.slice(before).filter((batch) => batch.origin.peer === greedyPeer).length;
    expect(turns).toBeLessThan(20);
    expect(turns).toBeGreaterThan(0);
  }
  expect(context.discards.size).toBe(0);

  function greedyLines(): number {
    return collected.batches
      .filter((batch) => batch.origin.peer === greedyPeer)
      .reduce((sum, batch) => sum + batch.length, 0);
  }
});

test('who waits is served in the order of waiting, and goes to the end with what comes next', async () => {
  const { source, connect } = await startTcp({}, { credit: 100 });
  const collected = collect(source, { settle: false });
  const clients = await Promise.all(['a', 'b', 'c'].map(() => connect()));

  await write(clients[0]!, line('first'));
  await until(() => collected.lines === 1);
  for (const [index, name] of ['a1', 'b1', 'c1'].entries()) {
    await write(clients[index]!, line(name));
    await until(() => source.inspect!()['waiting'] === index + 1);
  }
  // Everybody has more behind it.
  for (const [index, name] of ['a2', 'b2', 'c2'].entries()) await write(clients[index]!, line(name));
  await rounds();

  for (let served = 2; served <= 7; served++) {
    expect(collected.lines).toBe(served - 1);
    collected.settle(1);
    await until(() => collected.lines === served);
    await rounds();
  }
  expect(collected.texts().map((text) => text.replaceAll('.', ''))).toEqual([
    'first',
    'a1',
    'b1',
    'c1',
    'a2',
    'b2',
    'c2',
  ]);
});

test('nobody overtakes who waits, not even with a line for which there is credit', async () => {
  const { source, connect } = await startTcp({}, { credit: 100 });
  const collected = collect(source, { settle: false });
  const [first, large, small] = [await connect(), await connect(), await connect()];
  await until(() => source.clients!() === 3);
  await write(first, `${'f'.repeat(49)}\n`);
  await until(() => collected.lines === 1);
  await write(large, line('large'));
  await until(() => source.inspect!()['waiting'] === 1);
  await write(small, 'small\n');
  await until(() => source.inspect!()['waiting'] === 2);
  await rounds();
  expect(collected.lines).toBe(1);
  collected.settle();
  await until(() => collected.lines === 3);
  expect(collected.texts().slice(1)).toEqual(['large'.padEnd(79, '.'), 'small']);
});

test('a greedy connection does not keep others from being read when credit is plenty', async () => {
  const { source, connect } = await startTcp();
  let greedyPeer = '';
  const slowLines = new Map<string, number>();
  collect(source, {
    keep: false,
    onBatch({ origin, length }) {
      if (origin.peer !== greedyPeer)
        slowLines.set(origin.peer!, (slowLines.get(origin.peer!) ?? 0) + length);
    },
  });
  const greedy = await connect();
  greedyPeer = `127.0.0.1:${greedy.localPort}`;
  flood(greedy);
  const slow = await Promise.all(Array.from({ length: 20 }, () => connect()));
  for (let turn = 1; turn <= 5; turn++) {
    for (const socket of slow) socket.write('tick\n');
    await until(() => slowLines.size === 20 && [...slowLines.values()].every((lines) => lines === turn));
  }
  expect(source.clients!()).toBe(21);
});
