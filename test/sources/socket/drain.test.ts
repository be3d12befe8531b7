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
  #cut: { readonly at: number; readonly onCut: () => void } | undefined;

  finish(): void {
    this.events.push('finish');
  }

  destroy(): void {
    this.events.push('destroy');
  }

  cutAt(at: number, onCut: () => void): void {
    this.#cut = { at, onCut };
    this.read(0);
  }

  read(bytes: number): void {
    if (bytes > 0) this.reads++;
    this.bytesRead += bytes;
    if (!this.#cut || this.bytesRead < this.#cut.at || this.events.includes('cut')) return;
    this.#cut.onCut();
    this.destroy();
  }
}

function drain(connection: FakeConnection): { readonly pass: (ms: number) => Promise<void> } {
  const clock = new ManualClock();
  const connections = new Set([connection as unknown as Connection]);
  new Drain({
    clock,
    connections,
    isWaiting: () => connection.isWaiting,
    unread: () => 1000,
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

test('one that waits again and again is cut off when it has given what had been sent at the stop', async () => {
  const connection = new FakeConnection();
  const { pass } = drain(connection);
  connection.isWaiting = true;
  // Not before a second has passed, however much comes.
  connection.read(5000);
  await pass(980);
  expect(connection.events).toEqual([]);
  await pass(40);
  expect(connection.events).toEqual(['cut', 'destroy']);

  const slow = new FakeConnection();
  const { pass: passSlowly } = drain(slow);
  slow.isWaiting = true;
  slow.read(999);
  await passSlowly(5000);
  expect(slow.events).toEqual([]);
  slow.read(1);
  expect(slow.events).toEqual(['cut', 'destroy']);
});

test('one that is never empty is cut off when all was read that had been sent at the stop', async () => {
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
