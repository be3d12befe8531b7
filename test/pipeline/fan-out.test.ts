import { expect, test } from 'vitest';
import { Batch } from '../../src/core/batch.ts';
import { FakeSink, Manual } from '../support/fake-sink.ts';
import { FakeSource } from '../support/fake-source.ts';
import { oneBehind } from '../support/operators.ts';
import { Running } from '../support/running.ts';
import { settle } from '../support/turns.ts';

const upperCase = {
  name: 'upper',
  create: () => ({
    transform: (batch: Batch) =>
      Batch.fromTexts(
        batch.texts().map((t) => t.toUpperCase()),
        batch,
      ),
  }),
};

test('a source feeds two pipelines, each with its own operators', async () => {
  const source = new FakeSource();
  const plain = new FakeSink();
  const loud = new FakeSink();
  const running = await Running.start({
    sources: { in: source },
    pipelines: {
      plain: { from: ['in'], to: ['plain'] },
      loud: { from: ['in'], through: [upperCase], to: ['loud'] },
    },
    sinks: { plain, loud },
  });

  source.push('a', 'b');
  source.push('c');

  expect(plain.stored).toEqual(['a', 'b', 'c']);
  expect(loud.stored).toEqual(['A', 'B', 'C']);
  expect(running.runtime.ledger.source('in')).toMatchObject({ received: 3, emitted: 3, routed: 6 });
  running.expectBalance();
});

test('a pipeline feeds a sink and a pipeline behind it', async () => {
  const source = new FakeSource();
  const before = new FakeSink();
  const behind = new FakeSink();
  const running = await Running.start({
    sources: { in: source },
    pipelines: {
      // Declared before the pipeline that feeds it: the order in the configuration means nothing.
      second: { from: ['first'], through: [upperCase], to: ['behind'] },
      first: { from: ['in'], to: ['before'] },
    },
    sinks: { before, behind },
  });

  source.push('a');
  source.push('b');

  expect(before.stored).toEqual(['a', 'b']);
  expect(behind.stored).toEqual(['A', 'B']);
  expect(running.ledger.pipelines).toMatchObject({
    first: { received: 2, offered: 2 },
    second: { received: 2, offered: 2 },
  });
  running.expectBalance();
});

test('two pipelines share a sink, and each batch reaches it once from each', async () => {
  const sources = [new FakeSource(), new FakeSource()] as const;
  const sink = new FakeSink();
  const running = await Running.start({
    sources: { a: sources[0], b: sources[1] },
    pipelines: { one: { from: ['a', 'b'], to: ['out'] }, two: { from: ['b'], to: ['out'] } },
    sinks: { out: sink },
  });

  sources[0].push('a1');
  sources[1].push('b1');

  expect(sink.stored).toEqual(['a1', 'b1', 'b1']);
  expect(running.ledger.sinks['out']).toMatchObject({ offered: 3, stored: 3 });
  running.expectBalance();
});

test('what a source emits when credit comes back does not overtake what is being handed over', async () => {
  // The operator lets go of each batch when the next one comes: credit comes back while that is on its way to two sinks.
  const source = new FakeSource();
  const [left, right] = [new FakeSink(), new FakeSink()];
  const running = await Running.start({
    sources: { in: { create: source.create, credit: 1600 } },
    pipelines: {
      late: { from: ['in'], through: [{ create: oneBehind }], to: ['left'] },
      plain: { from: ['in'], to: ['right'] },
    },
    sinks: { left, right },
  });

  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  for (const line of lines) source.push(line);
  await settle();

  expect(right.stored).toEqual(lines);
  expect(left.stored).toEqual(lines.slice(0, -1));
  expect(await running.stop()).toBe(0);
  expect(left.stored).toEqual(lines);
  running.expectBalance();
});

test('a pipeline without sinks and pipelines behind it lets go of its lines', async () => {
  const source = new FakeSource();
  const running = await Running.start({
    sources: { in: source },
    pipelines: { nowhere: { from: ['in'] } },
  });

  source.push('a');
  await settle();

  expect(source.settled).toEqual([{ lines: ['a'], stored: true }]);
  expect(running.ledger.pipelines['nowhere']).toMatchObject({ received: 1, offered: 1 });
  running.expectBalance();
});

test('whoever watches a pipeline sees its batches, costs no credit and cannot settle them', async () => {
  const source = new FakeSource();
  const manual = new Manual();
  const running = await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], through: [upperCase], to: ['out'] } },
    sinks: { out: new FakeSink(manual.conduct) },
  });
  const seen: string[] = [];
  const completed: boolean[] = [];
  running.runtime.batches$('main')!.subscribe({
    next: (batch) => {
      seen.push(...batch.texts());
      batch.delivery.release(false);
    },
    complete: () => completed.push(true),
  });

  source.push('a');
  await settle();
  expect(seen).toEqual(['A']);
  expect(source.settled).toEqual([]);

  manual.finish();
  await settle();
  expect(source.settled).toEqual([{ lines: ['a'], stored: true }]);
  expect(running.runtime.batches$('other')).toBeUndefined();

  await running.stop();
  expect(completed).toEqual([true]);
});
