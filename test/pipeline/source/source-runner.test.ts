import { Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Batch, joinLines } from '../../../src/core/batch.ts';
import { Delivery } from '../../../src/core/delivery.ts';
import { FakeSink, Manual } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { Running } from '../../support/running.ts';
import { settle } from '../../support/turns.ts';

async function start(source: FakeSource, sink = new FakeSink()) {
  const running = await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['out'] } },
    sinks: { out: sink },
  });
  return { running, sink, account: () => running.ledger.sources['in']! };
}

test('what is admitted has its origin, its time and its fields', async () => {
  const source = new FakeSource();
  const { running } = await start(source);
  const { context } = source;
  expect(context.admit(joinLines(['a']))).toMatchObject({
    origin: { source: 'in', peer: undefined },
    receivedAt: running.clock.now(),
    fields: undefined,
  });
  const fields = [{ level: 'info' }];
  expect(context.admit(joinLines(['a']), { peer: 'here', receivedAt: 7, fields })).toMatchObject({
    origin: { source: 'in', peer: 'here' },
    receivedAt: 7,
    fields,
  });
});

test('what is admitted is received, and on its way until it is emitted', async () => {
  const source = new FakeSource();
  const { running, sink, account } = await start(source);
  const batch = source.context.admit(joinLines(['a', 'bc']))!;
  expect(account()).toMatchObject({ received: 2, bytes: 5, emitted: 0, inFlight: 2, unaccounted: 0 });
  source.emit(batch);
  expect(account()).toMatchObject({ received: 2, emitted: 2, inFlight: 0, unaccounted: 0 });
  expect(sink.stored).toEqual(['a', 'bc']);
  running.expectBalance();
});

test('what is not admitted is not counted', async () => {
  const source = new FakeSource();
  const { account } = await start(source);
  source.context.credit.close();
  expect(source.context.admit(joinLines(['a']))).toBeUndefined();
  expect(account()).toMatchObject({ received: 0, bytes: 0, inFlight: 0 });
});

test('what is discarded is counted by reason, events as notes', async () => {
  const source = new FakeSource();
  const { running, account } = await start(source);
  source.context.discard('oversize', 2, { intentional: true, bytes: 100 });
  source.context.discard('fragment', 1, { intentional: false });
  source.context.note('truncated', 3);
  source.context.note('truncated');
  expect(account()).toMatchObject({
    received: 3,
    bytes: 100,
    dropped: {
      oversize: { lines: 2, intentional: true },
      fragment: { lines: 1, intentional: false },
    },
    noted: { truncated: 4 },
  });
  running.expectBalance();
});

test('what is discarded is said: each reason at once, then now and then', async () => {
  const source = new FakeSource();
  const { running } = await start(source);
  for (let n = 0; n < 3; n++) source.context.discard('oversize', 2, { intentional: true });
  source.context.discard('fragment', 1, { intentional: false });
  expect(running.log.messages()).toEqual([
    'warn: in: 2 lines dropped: oversize',
    'warn: in: 1 line dropped: fragment',
  ]);
  running.clock.advance(10_000);
  source.context.discard('oversize', 1, { intentional: true });
  expect(running.log.messages().at(-1)).toBe('warn: in: 5 lines dropped: oversize');
});

test('a source cannot spoil the account with numbers that are none', async () => {
  const source = new FakeSource();
  const { running, account } = await start(source);
  const { context } = source;
  for (const lines of [Number.NaN, -1, 0.5]) {
    expect(() => context.discard('odd', lines, { intentional: true })).toThrow('cannot be counted');
    expect(() => context.discard('odd', 1, { intentional: true, bytes: lines })).toThrow('cannot be counted');
    expect(() => context.note('odd', lines)).toThrow('cannot be counted');
  }
  expect(account()).toMatchObject({ received: 0, bytes: 0, dropped: {}, noted: {} });
  running.expectBalance();
});

test('figures of the source are in its account, and it cannot keep the ledger from being read', async () => {
  const source = Object.assign(new FakeSource(), {
    clients: () => 3,
    inspect: () => ({ paused: 5, received: 99 }),
  });
  const { running, account } = await start(source);
  expect(account()).toMatchObject({ clients: 3, paused: 5, creditTaken: 0, received: 0 });
  expect(running.runtime.clients()).toBe(3);
  source.inspect = () => {
    throw new Error('not now');
  };
  expect(account()).toMatchObject({ inspectFailed: 'not now', unaccounted: 0 });
});

describe('a source that ends', () => {
  test('by an error says so, and the others go on', async () => {
    const [bad, good] = [new FakeSource(), new FakeSource()];
    const sink = new FakeSink();
    const running = await Running.start({
      sources: { bad, good },
      pipelines: { main: { from: ['bad', 'good'], to: ['out'] } },
      sinks: { out: sink },
    });
    bad.push('a');
    bad.fail(new Error('gone'));
    good.push('b');
    expect(sink.stored).toEqual(['a', 'b']);
    expect(running.log.messages()).toEqual(['error: bad: the source failed and has ended: gone']);
    expect(await running.stop()).toBe(0);
  });

  test('by itself: that all have is known', async () => {
    const [one, two] = [new FakeSource(), new FakeSource()];
    const running = await Running.start({ sources: { one, two } });
    let ended = false;
    const all = running.runtime.sourcesEnded.finally(() => {
      ended = true;
    });
    one.complete();
    await settle();
    expect(ended).toBe(false);
    two.fail(new Error('gone'));
    await settle();
    expect(ended).toBe(true);
    await all;
  });

  test('gets nothing admitted any more, and what it had in hand is abandoned', async () => {
    const source = new FakeSource();
    const { running, account } = await start(source);
    source.context.admit(joinLines(['a', 'b']));
    source.complete();
    expect(source.context.admit(joinLines(['c']))).toBeUndefined();
    expect(account()).toMatchObject({
      received: 2,
      emitted: 0,
      inFlight: 0,
      dropped: { abandoned: { lines: 2, intentional: false } },
    });
    expect(running.ledger.unaccounted).toBe(0);
  });

  test('while it is being subscribed to is no problem', async () => {
    const { running } = await start(
      Object.assign(new FakeSource(), {
        batches$: new Observable<Batch>((subscriber) => subscriber.complete()),
      }),
    );
    await running.runtime.sourcesEnded;
    expect(await running.stop()).toBe(0);
  });
});

describe('batches of its own making', () => {
  test('are counted and passed on', async () => {
    const source = new FakeSource();
    const { running, sink, account } = await start(source);
    const settled: boolean[] = [];
    const delivery = new Delivery((stored) => settled.push(stored));
    source.emit(Batch.fromTexts(['a', 'b'], { origin: { source: 'mine' }, receivedAt: 0, delivery }));
    source.push('c');
    expect(sink.stored).toEqual(['a', 'b', 'c']);
    expect(settled).toEqual([true]);
    expect(account()).toMatchObject({ received: 3, emitted: 3, inFlight: 0 });
    running.expectBalance();
  });

  test('without lines are settled and go nowhere', async () => {
    const source = new FakeSource();
    const sink = new FakeSink();
    const lengths: number[] = [];
    const transform = (batch: Batch): Batch => {
      lengths.push(batch.length);
      return batch;
    };
    const running = await Running.start({
      sources: { in: source },
      pipelines: { main: { from: ['in'], through: [{ create: () => ({ transform }) }], to: ['out'] } },
      sinks: { out: sink },
    });
    source.push();
    await settle();
    expect([lengths, sink.writes]).toEqual([[], []]);
    expect(source.settled).toEqual([{ lines: [], stored: true }]);
    running.expectBalance();
  });

  test('that were settled already, or come twice, end nothing', async () => {
    const source = new FakeSource();
    const manual = new Manual();
    const { running, sink } = await start(source, new FakeSink(manual.conduct));
    const batch = source.context.admit(joinLines(['a']))!;
    source.emit(batch);
    source.emit(batch);
    manual.finish();
    await settle();
    source.emit(batch);
    for (let write = 0; write < 2; write++) {
      manual.finish();
      await settle();
    }
    expect(sink.stored).toEqual(['a', 'a', 'a']);
    running.expectBalance();
  });
});

test('a source that fails when there is credit is said to', async () => {
  const source = new FakeSource();
  const manual = new Manual();
  const { running } = await start(source, new FakeSink(manual.conduct));
  source.context.credit.onAvailable(() => {
    throw new Error('no idea');
  });
  source.push('a');
  manual.finish();
  await settle();
  expect(running.log.messages('error')).toEqual(['error: in: failed to go on: no idea']);
  running.expectBalance();
});
