/** However lines come and are read, and however little is kept: a tail tells each line once, in order, or how many it skipped. */
import { expect } from 'vitest';
import { Batch } from '../../../src/core/batch.ts';
import { type Follow, TailWindow } from '../../../src/query/answering/tail-window.ts';
import { fc, test } from '../../support/properties.ts';

const steps = fc.array(
  fc.oneof(
    fc.record({ store: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ read: fc.integer({ min: 0, max: 1 }), maxBytes: fc.integer({ min: 1, max: 40 }) }),
  ),
  { maxLength: 60 },
);

test.prop([steps, fc.integer({ min: 1, max: 3000 })])('two tails of one window', (all, maxBytes) => {
  const listeners: Parameters<Follow>[0][] = [];
  const window = new TailWindow(maxBytes, (listener) => {
    listeners.push(listener);
    return () => {};
  });
  const tails = [window.join(), window.join()];
  const next = [0, 0];
  const read = (tail: number, bytes: number): boolean => {
    const step = tails[tail]!.take(bytes);
    if (!step) return false;
    next[tail]! += step.skipped;
    expect(step.batch.length).toBeGreaterThan(0);
    for (const text of step.batch.texts()) expect(text).toBe(`line ${next[tail]!++}`);
    return true;
  };
  let stored = 0;
  for (const step of all) {
    if ('read' in step) read(step.read, step.maxBytes);
    else {
      const texts = Array.from({ length: step.store }, () => `line ${stored++}`);
      listeners[0]!(Batch.fromTexts(texts, { origin: { source: 'test' }, receivedAt: 0 }), 0);
    }
  }
  for (const tail of [0, 1]) {
    while (read(tail, 1000)) {
      // Until there is nothing left.
    }
  }
  expect(next).toEqual([stored, stored]);
  for (const tail of tails) tail.leave();
  expect(window.byteLength).toBe(0);
  expect(listeners).toHaveLength(1);
});
