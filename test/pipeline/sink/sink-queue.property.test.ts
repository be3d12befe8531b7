/** The queue against a plain array of lines. */
import { expect } from 'vitest';
import { Batch } from '../../../src/core/batch.ts';
import { SinkQueue } from '../../../src/pipeline/sink/sink-queue.ts';
import type { QueueSettings } from '../../../src/pipeline/topology.ts';
import { fc, test } from '../../support/properties.ts';

const size = (line: string): number => line.length + 1;
const sizeOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + size(line), 0);

const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 6 }), {
  minLength: 1,
  maxLength: 6,
});
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), lines }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      maxBytes: fc.nat({ max: 12 }),
      maxBatches: fc.integer({ min: 1, max: 4 }),
    }),
  },
);

/** What the policy leaves of `queue` and `pushed`, by the book: line by line, the slow way. */
function push(queue: string[], pushed: readonly string[], { maxBytes, whenFull }: QueueSettings): string[] {
  if (whenFull === 'dropNewest') {
    let full = false;
    return queue.concat(
      pushed.filter((line, index) => {
        full ||= sizeOf(queue) + sizeOf(pushed.slice(0, index)) + size(line) > maxBytes;
        return !full;
      }),
    );
  }
  const all = queue.concat(pushed.filter((line) => size(line) <= maxBytes));
  while (sizeOf(all) > maxBytes) all.shift();
  return all;
}

test.prop([
  fc.record({
    maxBytes: fc.nat({ max: 24 }),
    whenFull: fc.constantFrom('dropNewest' as const, 'dropOldest' as const),
  }),
  fc.array(action, { maxLength: 30 }),
])('what waits, what is dropped and what is taken is what an array says', (settings, actions) => {
  const queue = new SinkQueue();
  let model: string[] = [];
  for (const each of actions) {
    if (each.kind === 'push') {
      const batch = Batch.fromTexts(each.lines, { origin: { source: 'test' }, receivedAt: 0 });
      const before = model.length;
      model = push(model, each.lines, settings);
      expect(queue.pushOrDrop(batch, settings)).toBe(before + each.lines.length - model.length);
    } else {
      const taken = queue.take(each.maxBytes, each.maxBatches);
      const texts = taken.flatMap((batch) => batch.texts());
      expect(texts).toEqual(model.splice(0, texts.length));
      expect(taken.length).toBeLessThanOrEqual(each.maxBatches);
      if (taken.length > 1) expect(sizeOf(texts)).toBeLessThanOrEqual(each.maxBytes);
      expect(taken.every(({ length }) => length > 0)).toBe(true);
      expect(taken.length > 0 || model.length === 0).toBe(true);
    }
    expect(queue).toMatchObject({ bytes: sizeOf(model), lines: model.length, empty: model.length === 0 });
    expect(queue.bytes).toBeLessThanOrEqual(settings.maxBytes);
  }
  expect(queue.clear().flatMap((batch) => batch.texts())).toEqual(model);
  expect(queue).toMatchObject({ bytes: 0, lines: 0, empty: true });
});
