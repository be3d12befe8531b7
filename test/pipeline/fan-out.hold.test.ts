import { expect, test } from 'vitest';
import { Batch } from '../../src/core/batch.ts';
import { Delivery } from '../../src/core/delivery.ts';
import { FanOut } from '../../src/pipeline/fan-out.ts';
import { MemoryLogger } from '../support/memory-logger.ts';

/** A way on, with what it was told to count, and batches that say when they are settled. */
function fanOut() {
  const counted: string[] = [];
  const settled: string[] = [];
  const out = new FanOut((lines, receivers) => counted.push(`${lines} to ${receivers}`), new MemoryLogger());
  const batchOf = (...texts: string[]): Batch =>
    Batch.fromTexts(texts, {
      origin: { source: 'test' },
      receivedAt: 0,
      delivery: new Delivery((stored) => settled.push(`${texts.join()} ${stored}`)),
    });
  return { out, batchOf, counted, settled };
}

test('what is held back waits in order, uncounted and unsettled, and goes on together', () => {
  const { out, batchOf, counted, settled } = fanOut();
  const seen: string[] = [];
  out.receivers = [(batch) => (seen.push(...batch.texts()), batch.delivery.release())];
  out.hold();
  out.hold();
  out.send(batchOf('a', 'b'));
  out.send(batchOf('c'));
  expect([out.held, seen, counted, settled]).toEqual([3, [], [], []]);
  out.resume();
  expect([out.held, seen]).toEqual([0, ['a', 'b', 'c']]);
  expect(counted).toEqual(['2 to 1', '1 to 1']);
  expect(settled).toEqual(['a,b true', 'c true']);
  out.send(batchOf('d'));
  expect(seen).toEqual(['a', 'b', 'c', 'd']);
});

test('what is sent while all goes on again comes behind', () => {
  const { out, batchOf } = fanOut();
  const seen: string[] = [];
  out.receivers = [
    (batch) => {
      seen.push(batch.text(0));
      if (batch.text(0) === 'a') out.send(batchOf('late'));
    },
  ];
  out.hold();
  for (const text of ['a', 'b', 'c']) out.send(batchOf(text));
  out.resume();
  expect(seen).toEqual(['a', 'b', 'c', 'late']);
});

test('what is held back can be let go of', () => {
  const { out, batchOf, counted, settled } = fanOut();
  out.hold();
  out.send(batchOf('a', 'b'));
  expect(out.abandon()).toBe(2);
  expect([out.held, counted, settled]).toEqual([0, [], ['a,b false']]);
  out.resume();
  expect(out.abandon()).toBe(0);
  expect(counted).toEqual([]);
});
