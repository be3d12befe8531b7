import { expect, test } from 'vitest';
import type { Connection } from '../../../src/sources/socket/connection.ts';
import { Drain } from '../../../src/sources/socket/drain.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { rounds } from './harness.ts';

/** What the end of a connection looks at and does. */
class FakeConnection {
  reads = 0;
  bytesRead = 0;
  isWaiting = false;
  readonly events: string[] = [];

  finish(): void {
    this.events.push('finish');
  }

  destroy(): void {
    this.events.push('destroy');
  }

  read(bytes: number): void {
    this.reads++;
    this.bytesRead += bytes;
  }
}

function drain(connection: FakeConnection): { readonly pass: (ms: number) => Promise<void> } {
  const clock = new ManualClock();
  const connections = new Set([connection as unknown as Connection]);
  new Drain({
    clock,
    connections,
    isWaiting: () => connection.isWaiting,
    receiveBuffer: 1000,
    onCut: () => connection.events.push('cut'),
  }).start();
  return {
    async pass(ms) {
      for (let elapsed = 0; elapsed < ms; elapsed += 20) {
        await rounds(4);
        clock.advance(20);
      }
      await rounds(4);
    },
  };
}

test('one that says nothing is told, and closed a little later', async () => {
  const connection = new FakeConnection();
  const { pass } = drain(connection);
  expect(connection.events).toEqual([]);
  await pass(60);
  expect(connection.events).toEqual(['finish']);
  await pass(100);
  expect(connection.events[1]).toBe('destroy');
});

test('one that begins to wait for credit is not known to be empty', async () => {
  const connection = new FakeConnection();
  const { pass } = drain(connection);
  connection.isWaiting = true;
  await pass(10_000);
  expect(connection.events).toEqual([]);
  connection.isWaiting = false;
  await pass(20);
  expect(connection.events).toEqual(['finish']);
});

test('one that goes on sending a little is cut off after a second', async () => {
  const connection = new FakeConnection();
  const { pass } = drain(connection);
  await pass(20);
  for (let sent = 0; sent < 45; sent++) {
    connection.read(1);
    await pass(20);
  }
  expect(connection.events).toEqual(['finish']);
  for (let sent = 0; sent < 10; sent++) {
    connection.read(1);
    await pass(20);
  }
  expect(connection.events.slice(0, 3)).toEqual(['finish', 'cut', 'destroy']);
});

test('one that is never empty is cut off when more was read than the kernel can hold', async () => {
  const connection = new FakeConnection();
  const { pass } = drain(connection);
  const send = (): void => {
    if (connection.events.length > 0) return;
    connection.read(10);
    setImmediate(send);
  };
  send();
  while (connection.events.length === 0) await pass(20);
  expect(connection.events.slice(0, 2)).toEqual(['cut', 'destroy']);
  expect(connection.bytesRead).toBeGreaterThan(1000);
});
