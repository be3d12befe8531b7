import { describe, expect, test } from 'vitest';
import { Batch } from '../../../src/core/batch.ts';
import type { StreamOperatorContext, TransformOperator } from '../../../src/core/component.ts';
import type { LedgerStatement } from '../../../src/core/ledger.ts';
import { FakeSink, Manual } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { Running } from '../../support/running.ts';
import type { OperatorSpec } from '../../support/topology.ts';
import { settle } from '../../support/turns.ts';

type Transform = (batch: Batch, context: StreamOperatorContext) => unknown;

/** An operator that does what `transform` does, or answers something odd. */
function operator(transform: Transform, name = 'it'): OperatorSpec {
  return {
    name,
    create: (context) =>
      ({ transform: (batch: Batch) => transform(batch, context) }) as unknown as TransformOperator,
  };
}

async function start(through: readonly OperatorSpec[], sink = new FakeSink()) {
  const source = new FakeSource();
  const running = await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], through, to: ['out'] } },
    sinks: { out: sink },
  });
  const account = (): LedgerStatement['pipelines'][string] => running.ledger.pipelines['main']!;
  return { source, sink, running, account };
}

const isShort = (batch: Batch, index: number): boolean => batch.end(index) - batch.start(index) < 4;
const pieces = (batch: Batch): Batch[] => batch.texts().map((_, index) => batch.slice(index, index + 1));

test('a batch that passes as it is goes on as it is', async () => {
  const { source, sink, account, running } = await start([operator((batch) => batch)]);
  source.push('a', 'b');
  await settle();
  expect(sink.stored).toEqual(['a', 'b']);
  expect(account()).toMatchObject({ received: 2, offered: 2, filtered: {}, created: 0 });
  expect(source.settled).toEqual([{ lines: ['a', 'b'], stored: true }]);
  running.expectBalance();
});

test('what is missing was filtered, by the operator that left it out', async () => {
  const short = operator((batch) => batch.select((index) => isShort(batch, index)), 'short');
  const noB = operator((batch) => batch.select((index) => batch.text(index) !== 'b'), 'noB');
  const { source, sink, account, running } = await start([short, noB]);
  source.push('a', 'longer', 'b', 'longest');
  source.push('longer');
  source.push('b');
  await settle();

  expect(sink.writes).toEqual([['a']]);
  expect(account()).toMatchObject({
    received: 6,
    offered: 1,
    filtered: { short: { lines: 3, intentional: true }, noB: { lines: 2, intentional: true } },
  });
  // Lines that were let go on purpose are no loss.
  expect(source.settled.map(({ stored }) => stored)).toEqual([true, true, true]);
  running.expectBalance();
});

test.each<[string, Transform]>([
  ['nothing', () => undefined],
  ['no batches', () => []],
  ['empty batches', (batch) => [batch.slice(0, 0), batch.slice(0, 0)]],
])('%s comes out where all was filtered', async (_, transform) => {
  const { source, sink, account, running } = await start([operator(transform)]);
  source.push('a', 'b');
  await settle();
  expect(sink.writes).toEqual([]);
  expect(account()).toMatchObject({ filtered: { it: { lines: 2, intentional: true } } });
  expect(source.settled).toEqual([{ lines: ['a', 'b'], stored: true }]);
  running.expectBalance();
});

test('a batch that is split settles when all its parts have', async () => {
  const manual = new Manual();
  const { source, sink, account, running } = await start([operator(pieces)], new FakeSink(manual.conduct));
  source.push('a', 'b', 'c');
  for (const parts of [1, 2, 3]) {
    expect(source.settled).toEqual([]);
    manual.finish(parts === 2 ? { rejected: [{ index: 0, reason: 'odd' }] } : undefined);
    await settle();
  }
  expect(sink.writes).toEqual([['a'], ['b'], ['c']]);
  expect(source.settled).toEqual([{ lines: ['a', 'b', 'c'], stored: false }]);
  expect(account()).toMatchObject({ received: 3, offered: 3, created: 0 });
  running.expectBalance();
});

test('what is too much was created', async () => {
  const twice = operator((batch) =>
    Batch.fromTexts(
      batch.texts().flatMap((text) => [text, `${text}!`]),
      batch,
    ),
  );
  const { source, sink, account, running } = await start([twice]);
  source.push('a', 'b');
  expect(sink.stored).toEqual(['a', 'a!', 'b', 'b!']);
  expect(account()).toMatchObject({ received: 2, created: 2, offered: 4 });
  running.expectBalance();
});

test('what the operator counts itself is not counted again', async () => {
  const counting = operator((batch, context) => {
    context.dropped('sample', 1);
    context.failed(new Error('bad line'), 2);
    context.merged(1);
    context.created(1);
    // Of seven lines and one made, four went; two come out, and two are missing.
    return batch.slice(0, 2);
  });
  const { source, account, running } = await start([counting]);
  source.push('1', '2', '3', '4', '5', '6', '7');
  expect(account()).toMatchObject({
    received: 7,
    created: 1,
    merged: 1,
    failed: { it: { lines: 2, intentional: false } },
    dropped: { sample: { lines: 1, intentional: true } },
    filtered: { it: { lines: 2, intentional: true } },
    offered: 2,
  });
  running.expectBalance();
});

describe('an operator that fails', () => {
  const failures: [string, Transform, string][] = [
    [
      'throws',
      () => {
        throw new Error('no idea');
      },
      'no idea',
    ],
    [
      'answers a promise',
      () => Promise.reject(new Error('later')),
      'transform answered something that is no batch',
    ],
    ['answers a text', () => 'a', 'transform answered something that is no batch'],
    ['answers null', () => null, 'transform answered something that is no batch'],
    [
      'answers a list with a hole',
      (batch) => [batch, undefined],
      'transform answered something that is no batch',
    ],
  ];
  test.each(failures)(
    'because it %s costs its lines, and the pipeline lives',
    async (_, transform, message) => {
      let broken = true;
      const { source, sink, account, running } = await start([
        operator((batch, context) => (broken ? transform(batch, context) : batch)),
      ]);
      source.push('a', 'b');
      broken = false;
      source.push('c');
      await settle();

      expect(sink.stored).toEqual(['c']);
      expect(account()).toMatchObject({
        received: 3,
        offered: 1,
        filtered: {},
        failed: { it: { lines: 2, intentional: false } },
      });
      expect(source.settled.map(({ stored }) => stored)).toEqual([false, true]);
      expect(running.log.messages()).toEqual([`error: main: it failed on 2 lines: ${message}`]);
      running.expectBalance();
    },
  );

  test('keeps what it had counted before', async () => {
    const { source, account, running } = await start([
      operator((_, context) => {
        context.dropped('sample', 1);
        throw new Error('no idea');
      }),
    ]);
    source.push('a', 'b', 'c');
    expect(account()).toMatchObject({ dropped: { sample: { lines: 1 } }, failed: { it: { lines: 2 } } });
    running.expectBalance();
  });

  test('and has counted more than there is cannot upset the account', async () => {
    const { source, account, running } = await start([
      operator((_, context) => {
        context.merged(5);
        throw new Error('no idea');
      }),
    ]);
    source.push('a', 'b', 'c');
    await settle();
    expect(source.settled).toEqual([{ lines: ['a', 'b', 'c'], stored: false }]);
    expect(account()).toMatchObject({ merged: 5, created: 2, failed: {}, inFlight: 0 });
    running.expectBalance();
  });

  test.each([Number.NaN, -1, 0.5])('because it counts %d lines cannot spoil the account', async (lines) => {
    for (const count of ['filtered', 'merged', 'created'] as const) {
      const { source, account, running } = await start([
        operator((batch, context) => {
          context[count](lines);
          return batch;
        }),
      ]);
      source.push('a', 'b');
      expect(account()).toMatchObject({ failed: { it: { lines: 2 } }, merged: 0, created: 0, inFlight: 0 });
      running.expectBalance();
    }
  });

  test('is said once in a while, with how many lines it was', async () => {
    const { source, running } = await start([
      operator(() => {
        throw new Error('no idea');
      }),
    ]);
    for (let index = 0; index < 50; index++) source.push('a');
    await running.pass(10_000);
    source.push('b');
    expect(running.log.messages()).toEqual([
      'error: main: it failed on 1 line: no idea',
      'error: main: it failed on 50 lines: no idea',
    ]);
  });
});
