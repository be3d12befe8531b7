import { expect, test } from 'vitest';
import { Batch } from '../../../src/core/batch.ts';
import { SinkQueue } from '../../../src/pipeline/sink/sink-queue.ts';
import { collectGarbage } from '../../support/garbage.ts';
import { settle } from '../../support/turns.ts';

function batchOf(...texts: string[]): Batch {
  return Batch.fromTexts(texts, { origin: { source: 'test' }, receivedAt: 0 });
}

test.each(['dropNewest', 'dropOldest'] as const)(
  'a few lines of large chunks that wait (%s) do not keep the chunks in memory',
  (whenFull) => {
    const queue = new SinkQueue();
    for (let index = 0; index < 40; index++) {
      const chunk = batchOf(...Array.from({ length: 100 }, () => 'x'.repeat(1000)));
      expect(queue.pushOrDrop(chunk.slice(0, 1), { maxBytes: 50_000, whenFull })).toBe(0);
    }
    const kept = queue.clear().reduce((sum, batch) => sum + batch.bytes.buffer.byteLength, 0);
    expect(kept).toBe(40 * 1001);
  },
);

test('a batch that has left is not kept by the queue', async () => {
  const queue = new SinkQueue();
  const left = (() => {
    for (const text of ['a', 'b', 'c', 'd']) queue.push(batchOf(text));
    return queue.take(0, 1).map((batch) => new WeakRef(batch));
  })();
  await settle();
  await collectGarbage(() => left[0]!.deref() === undefined);
  expect(left[0]!.deref()).toBeUndefined();
  expect(queue.lines).toBe(3);
});

test('a long queue is emptied in linear time', () => {
  const queue = new SinkQueue();
  const batch = batchOf('x');
  for (let index = 0; index < 300_000; index++) queue.push(batch);
  let taken = 0;
  while (!queue.empty) taken += queue.take(100, 10).length;
  expect(taken).toBe(300_000);
  expect(queue).toMatchObject({ bytes: 0, lines: 0 });
});
