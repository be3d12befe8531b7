import {
  bufferCount,
  concatMap,
  EMPTY,
  filter,
  from,
  map,
  mergeMap,
  Observable,
  take,
  throwError,
} from 'rxjs';
import { describe, expect, test } from 'vitest';
import { type Batch, joinLines } from '../../../src/core/batch.ts';
import type { StreamOperator, StreamOperatorContext } from '../../../src/core/component.ts';
import { Delivery } from '../../../src/core/delivery.ts';
import type { LedgerStatement } from '../../../src/core/ledger.ts';
import { FakeSink, hang, Manual } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { Running } from '../../support/running.ts';
import type { OperatorSpec } from '../../support/topology.ts';
import { settle } from '../../support/turns.ts';

type Operate = (batches$: Observable<Batch>, context: StreamOperatorContext) => Observable<unknown>;

function operator(operate: Operate, name = 'it'): OperatorSpec {
  return {
    name,
    create: (context) =>
      ({ operate: (batches$: Observable<Batch>) => operate(batches$, context) }) as unknown as StreamOperator,
  };
}

async function start(operate: Operate, sink = new FakeSink()) {
  const source = new FakeSource();
  const running = await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], through: [operator(operate)], to: ['out'] } },
    sinks: { out: sink },
  });
  const account = (): LedgerStatement['pipelines'][string] => running.ledger.pipelines['main']!;
  return { source, sink, running, account };
}

/** Merges the lines of each `count` batches into one. */
const merge =
  (count: number): Operate =>
  (batches$, context) =>
    batches$.pipe(
      bufferCount(count),
      map((batches) => {
        const texts = batches.flatMap((batch) => batch.texts());
        context.merged(texts.length - 1);
        const delivery = Delivery.all(batches.map((batch) => batch.delivery));
        return batches[0]!.withLines(joinLines([texts.join('+')])).withDelivery(delivery);
      }),
    );

describe('an operator that holds lines', () => {
  test('has them in flight, and their credit, until they come out', async () => {
    const manual = new Manual();
    const { source, sink, account, running } = await start(merge(3), new FakeSink(manual.conduct));
    source.push('a');
    source.push('b', 'c');
    expect(account()).toMatchObject({ received: 3, offered: 0, inFlight: 3, unaccounted: 0 });
    expect(source.context.credit.taken).toBeGreaterThan(0);

    source.push('d');
    expect(account()).toMatchObject({ received: 4, merged: 3, offered: 1, inFlight: 0 });
    expect(source.settled).toEqual([]);
    manual.finish();
    await settle();
    expect(sink.stored).toEqual(['a+b+c+d']);
    expect(source.settled.map(({ lines }) => lines)).toEqual([['a'], ['b', 'c'], ['d']]);
    running.expectBalance();
  });

  test('gives them away when the collector stops', async () => {
    const { source, sink, account, running } = await start(merge(3));
    source.push('a');
    source.push('b');
    expect(await running.stop()).toBe(0);
    expect(sink.stored).toEqual(['a+b']);
    expect(source.settled.every(({ stored }) => stored)).toBe(true);
    expect(account()).toMatchObject({ inFlight: 0, merged: 1, offered: 1 });
    running.expectBalance();
  });

  test('and never lets go of them is given up at the deadline', async () => {
    const { source, sink, account, running } = await start(() => new Observable(() => {}));
    const holding = await start((batches$) => new Observable(() => batches$.subscribe(() => {})));
    for (const each of [source, holding.source]) each.push('a', 'b');
    expect(holding.account()).toMatchObject({ inFlight: 2 });

    expect(await running.stop(1000)).toBe(2);
    expect(await holding.running.stop(1000)).toBe(2);
    expect(sink.stored).toEqual([]);
    expect(account()).toMatchObject({
      dropped: { abandoned: { lines: 2, intentional: false } },
      inFlight: 0,
    });
    await settle();
    expect(source.settled).toEqual([{ lines: ['a', 'b'], stored: false }]);
    running.expectBalance();
    holding.running.expectBalance();
  });

  test('that works in its own time keeps the order', async () => {
    const { source, sink, running } = await start((batches$) =>
      batches$.pipe(concatMap((batch) => settle(Number(batch.text(0)) % 3).then(() => batch))),
    );
    const lines = Array.from({ length: 20 }, (_, index) => `${index}`);
    for (const line of lines) source.push(line);
    expect(await running.stop(100_000)).toBe(0);
    expect(sink.stored).toEqual(lines);
    running.expectBalance();
  });
});

test('an operator that passes batches on settles what it passes on', async () => {
  const { source, sink, account, running } = await start((batches$) => batches$.pipe(map((batch) => batch)));
  source.push('a', 'b');
  await settle();
  expect(sink.stored).toEqual(['a', 'b']);
  expect(source.settled).toEqual([{ lines: ['a', 'b'], stored: true }]);
  expect(account()).toMatchObject({ received: 2, offered: 2, inFlight: 0 });
  running.expectBalance();
});

test('an operator counts what it lets go', async () => {
  const { source, sink, account, running } = await start((batches$, context) =>
    batches$.pipe(
      filter((batch) => {
        if (batch.length === 1) return true;
        context.filtered(batch.length - 2);
        context.dropped('limit', 1);
        context.failed(new Error('odd'), 1);
        batch.delivery.release();
        return false;
      }),
    ),
  );
  source.push('a', 'b', 'c', 'd');
  source.push('e');
  await settle();
  expect(sink.stored).toEqual(['e']);
  expect(account()).toMatchObject({
    filtered: { it: { lines: 2, intentional: true } },
    dropped: { limit: { lines: 1, intentional: true } },
    failed: { it: { lines: 1, intentional: false } },
    inFlight: 0,
  });
  running.expectBalance();
});

test('a batch that is split settles when all its parts have', async () => {
  const manual = new Manual();
  const { source, sink, running } = await start(
    (batches$) =>
      batches$.pipe(
        mergeMap((batch) => {
          batch.delivery.retain();
          return from([batch.slice(0, 1), batch.slice(1)]);
        }),
      ),
    new FakeSink(manual.conduct),
  );
  source.push('a', 'b', 'c');
  manual.finish();
  await settle();
  expect(source.settled).toEqual([]);
  manual.finish();
  await settle();
  expect(source.settled).toEqual([{ lines: ['a', 'b', 'c'], stored: true }]);
  expect(sink.writes).toEqual([['a'], ['b', 'c']]);
  running.expectBalance();
});

test('lines that it makes and does not count are counted as created', async () => {
  const { source, account, running } = await start((batches$) =>
    batches$.pipe(map((batch) => batch.withLines(joinLines(['x', 'y', 'z'])))),
  );
  source.push('a');
  expect(account()).toMatchObject({ received: 1, created: 2, offered: 3, inFlight: 0 });
  running.expectBalance();
});

test('batches without lines go nowhere', async () => {
  const { source, sink, running } = await start((batches$) =>
    batches$.pipe(map((batch) => batch.slice(0, 0))),
  );
  source.push('a');
  await settle();
  expect(sink.writes).toEqual([]);
  expect(source.settled).toHaveLength(1);
  expect(running.ledger.pipelines['main']).toMatchObject({ received: 1, inFlight: 1, unaccounted: 0 });
});

describe('an operator that fails', () => {
  const failures: [string, Operate][] = [
    [
      'with an error',
      (batches$) =>
        batches$.pipe(
          map((batch) => {
            if (batch.text(0) === 'bad') throw new Error('no idea');
            return batch;
          }),
        ),
    ],
    [
      'by throwing in an observer of its own',
      (batches$) =>
        new Observable((subscriber) =>
          batches$.subscribe((batch) => {
            if (batch.text(0) === 'bad') throw new Error('no idea');
            subscriber.next(batch);
          }),
        ),
    ],
    [
      'by emitting something that is no batch',
      (batches$) => batches$.pipe(map((batch) => (batch.text(0) === 'bad' ? 'no batch' : batch))),
    ],
    ['when it is to begin', failFirst(() => throwError(() => new Error('no idea')))],
    [
      'by throwing when it is to begin',
      failFirst(() => {
        throw new Error('no idea');
      }),
    ],
  ];

  test.each(failures)('%s costs what it holds, and begins anew', async (_, operate) => {
    const { source, sink, account, running } = await start(operate);
    source.push('bad', 'line');
    await settle();
    source.push('good');
    await settle();

    expect(sink.stored.at(-1)).toBe('good');
    const failed = account().failed['it']?.lines ?? 0;
    expect(account()).toMatchObject({ received: 3, offered: 3 - failed, inFlight: 0 });
    expect(source.settled).toHaveLength(2);
    expect(source.settled[1]).toEqual({ lines: ['good'], stored: true });
    expect(running.log.entries.map(({ level }) => level)).toEqual(['error']);
    running.expectBalance();
  });

  test('because it emits no batch is not taken for one that wants no more', async () => {
    const { source, account, running } = await start(() => from(['no batch']));
    source.push('a');
    source.push('b');
    await settle();
    expect(account()).toMatchObject({ failed: { it: { lines: 2 } }, filtered: {} });
    running.expectBalance();
  });

  test('late, when it has begun anew, is not held against that', async () => {
    let runs = 0;
    const { source, sink, account, running } = await start((batches$) => {
      const run = ++runs;
      // Nobody ends this when the operator fails.
      batches$.pipe(concatMap((batch) => settle(3).then(() => batch))).subscribe(() => {
        if (run === 1) throw new Error('late');
      });
      return batches$.pipe(
        map((batch) => {
          if (run === 1) throw new Error('no idea');
          return batch;
        }),
      );
    });
    source.push('a');
    source.push('b');
    await settle(20);
    source.push('c');
    expect(runs).toBe(2);
    expect(sink.stored).toEqual(['b', 'c']);
    expect(account()).toMatchObject({ failed: { it: { lines: 1 } }, offered: 2, inFlight: 0 });
    running.expectBalance();
  });

  test('again and again is said once in a while, and its lines are counted', async () => {
    const { source, sink, account, running } = await start(() => {
      throw new Error('no idea');
    });
    for (let index = 0; index < 20; index++) source.push('a');
    await settle();
    expect(sink.stored).toEqual([]);
    expect(account()).toMatchObject({ failed: { it: { lines: 20, intentional: false } }, inFlight: 0 });
    expect(running.log.messages()[0]).toMatch(/^error: main: it failed/);
    expect(running.log.entries.length).toBeLessThan(3);
    expect(source.settled.every(({ stored }) => !stored)).toBe(true);
    running.expectBalance();
  });

  test('while it holds batches lets them all go', async () => {
    const { source, account, running } = await start((batches$) =>
      batches$.pipe(
        bufferCount(3),
        map(() => {
          throw new Error('no idea');
        }),
      ),
    );
    for (const line of ['a', 'b', 'c', 'd']) source.push(line);
    await settle();
    expect(account()).toMatchObject({ failed: { it: { lines: 3 } }, inFlight: 1 });
    expect(source.settled.map(({ lines, stored }) => [...lines, stored])).toEqual([
      ['a', false],
      ['b', false],
      ['c', false],
    ]);
    expect(running.ledger.unaccounted).toBe(0);
  });

  test('with parts of a batch still inside, and others on their way, loses no credit', async () => {
    const manual = new Manual();
    const { source, sink, running } = await start(
      (batches$) =>
        new Observable((subscriber) =>
          batches$.subscribe((batch) => {
            batch.delivery.retain();
            subscriber.next(batch.slice(0, 1)); // The rest it keeps.
            if (batch.length === 3) subscriber.error(new Error('no idea'));
          }),
        ),
      new FakeSink(manual.conduct),
    );
    source.push('a', 'b');
    source.push('c', 'd', 'e');
    await settle();
    // It cannot be known what of them is stored.
    expect(source.settled.map(({ stored }) => stored)).toEqual([false, false]);
    manual.finish();
    await settle();
    manual.finish();
    await settle();
    expect(sink.stored).toEqual(['a', 'c']);
    expect(source.settled).toHaveLength(2);
    running.expectBalance();
    expect(running.log.entries).toHaveLength(1);
  });

  test('in what it does at the end does not keep the collector from stopping', async () => {
    const { source, account, running } = await start(
      (batches$) =>
        new Observable((subscriber) =>
          batches$.subscribe({ complete: () => subscriber.error(new Error('no idea')) }),
        ),
    );
    source.push('a');
    const before = running.clock.monotonic();
    expect(await running.stop()).toBe(0);
    expect(running.clock.monotonic() - before).toBeLessThan(1000);
    expect(account()).toMatchObject({ failed: { it: { lines: 1 } }, inFlight: 0 });
    running.expectBalance();
  });
});

describe('an operator that completes before its input', () => {
  test('wants no more: what comes is filtered', async () => {
    const { source, sink, account, running } = await start((batches$) => batches$.pipe(take(2)));
    for (const line of ['a', 'b', 'c', 'd']) source.push(line);
    await settle();
    expect(sink.stored).toEqual(['a', 'b']);
    expect(account()).toMatchObject({ filtered: { it: { lines: 2, intentional: true } }, inFlight: 0 });
    expect(source.settled.map(({ stored }) => stored)).toEqual([true, true, true, true]);
    running.expectBalance();
    expect(await running.stop()).toBe(0);
  });

  test('lets go of what it holds', async () => {
    const { source, account, running } = await start((batches$) =>
      batches$.pipe(
        bufferCount(2),
        take(1),
        mergeMap(() => EMPTY),
      ),
    );
    for (const line of ['a', 'b', 'c']) source.push(line);
    await settle();
    expect(account()).toMatchObject({ filtered: { it: { lines: 3 } }, inFlight: 0 });
    running.expectBalance();
  });

  test('from the beginning lets nothing pass', async () => {
    const { source, sink, account, running } = await start(() => EMPTY);
    source.push('a');
    await settle();
    expect(sink.stored).toEqual([]);
    expect(account()).toMatchObject({ filtered: { it: { lines: 1 } } });
    running.expectBalance();
  });
});

test('an operator that ends behind its input and still holds lines has failed on them', async () => {
  const { source, account, running } = await start((batches$) =>
    batches$.pipe(filter((batch) => batch.text(0) !== 'kept')),
  );
  source.push('kept');
  source.push('passed');
  expect(await running.stop()).toBe(0);
  await settle();
  expect(account()).toMatchObject({ failed: { it: { lines: 1 } }, offered: 1, inFlight: 0 });
  expect(running.log.messages('error')).toEqual([
    'error: main: it failed on 1 line: it has ended and still held lines',
  ]);
  running.expectBalance();
});

describe('an operator that treats deliveries badly', () => {
  test('emits a batch that it has let go: its lines are stored all the same', async () => {
    const { source, sink, running } = await start((batches$) =>
      batches$.pipe(
        map((batch) => {
          batch.delivery.release();
          return batch;
        }),
      ),
    );
    source.push('a');
    source.push('b');
    await settle();
    expect(sink.stored).toEqual(['a', 'b']);
    running.expectBalance();
  });

  test('emits a batch twice: lines are counted as created, and that is said', async () => {
    const manual = new Manual();
    const { source, sink, account, running } = await start(
      (batches$) => batches$.pipe(mergeMap((batch) => [batch, batch])),
      new FakeSink(manual.conduct),
    );
    source.push('a');
    manual.finish();
    await settle();
    manual.finish();
    await settle();
    expect(sink.stored).toEqual(['a', 'a']);
    expect(source.settled).toHaveLength(1);
    expect(account()).toMatchObject({ received: 1, created: 1, offered: 2, inFlight: 0 });
    expect(running.log.messages('error')).toEqual([
      expect.stringMatching(/a delivery of lines of in is broken: .* released more often/),
    ]);
    running.expectBalance();
  });

  test('puts one on that throws: the sink goes on', async () => {
    const { source, sink, running } = await start((batches$) =>
      batches$.pipe(
        map((batch) =>
          batch.withDelivery(
            new Delivery((stored) => {
              batch.delivery.release(stored);
              throw new Error('no idea');
            }),
          ),
        ),
      ),
    );
    source.push('a');
    source.push('b');
    await settle();
    expect(sink.stored).toEqual(['a', 'b']);
    expect(source.settled).toHaveLength(2);
    running.expectBalance();
  });
});

test('an operator at work is stopped when it is abandoned', async () => {
  let stopped = 0;
  const { source, running } = await start(
    (batches$) =>
      new Observable(() => {
        batches$.subscribe(() => {});
        return () => {
          stopped++;
        };
      }),
    new FakeSink(hang),
  );
  source.push('a');
  expect(running.runtime.abort()).toBe(1);
  expect(stopped).toBe(1);
  running.expectBalance();
});

/** Does `fail` the first time that it is to begin. */
function failFirst(fail: () => Observable<never>): Operate {
  let isFirst = true;
  return (batches$) => {
    if (!isFirst) return batches$;
    isFirst = false;
    return fail();
  };
}
