/** A change of the topology while lines flow: what stays the same keeps running. */
import { Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { type Batch, joinLines } from '../../../src/core/batch.ts';
import type { StreamOperator } from '../../../src/core/component.ts';
import { FakeSink, hang, Manual } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { collectGarbage } from '../../support/garbage.ts';
import { inPairs, stuck } from '../../support/operators.ts';
import { Running } from '../../support/running.ts';
import { type OperatorSpec, topologyOf } from '../../support/topology.ts';
import { passUntil, settle } from '../../support/turns.ts';

/** An operator that puts a mark behind each line. */
function mark(text: string): OperatorSpec {
  return {
    name: 'mark',
    key: text,
    create: () => ({
      transform: (batch) => batch.withLines(joinLines(batch.texts().map((line) => `${line}${text}`))),
    }),
  };
}

/** An operator that joins lines two by two. */
const pairs: OperatorSpec = { name: 'pairs', key: 'pairs', create: inPairs };

test('a component that stays keeps running, with its connections, its queue and its counters', async () => {
  const source = new FakeSource();
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct);
  const spec = {
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['out'] } },
    sinks: { out: sink },
  };
  const running = await Running.start(spec);
  source.push('a');
  source.push('b');
  const other = new FakeSink();
  await running.change({ ...spec, sinks: { out: sink, other } });
  source.push('c');

  for (let write = 0; write < 3; write++) {
    manual.finish();
    await settle();
  }
  expect(source.events).toEqual(['create', 'start', 'subscribe']);
  expect(sink.events).toEqual(['start', 'write']);
  expect(sink.stored).toEqual(['a', 'b', 'c']);
  expect(running.ledger.sinks).toMatchObject({ out: { stored: 3 }, other: { offered: 0 } });
  running.expectBalance();
});

test('a source is connected to what is new, and disconnected from what is gone', async () => {
  const source = new FakeSource();
  const [old, kept, fresh] = [new FakeSink(), new FakeSink(), new FakeSink()];
  const running = await Running.start({
    sources: { in: source },
    pipelines: { one: { from: ['in'], to: ['old', 'kept'] } },
    sinks: { old, kept },
  });
  source.push('a');
  await running.change({
    sources: { in: source },
    pipelines: {
      one: { from: ['in'], to: ['kept'] },
      two: { from: ['in'], through: [mark('!')], to: ['fresh'] },
    },
    sinks: { kept, fresh },
  });
  source.push('b');
  await running.change({ sources: { in: source } });
  source.push('c');
  await settle();

  expect([old.stored, kept.stored, fresh.stored]).toEqual([['a'], ['a', 'b'], ['b!']]);
  for (const sink of [old, kept, fresh]) expect(sink.events.at(-1)).toBe('dispose');
  expect(running.ledger.sources['in']).toMatchObject({ received: 3, emitted: 3 });
  expect(source.settled).toHaveLength(3);
  running.expectBalance();
});

describe('a source that goes', () => {
  test('gives what it has read', async () => {
    const source = new FakeSource();
    const manual = new Manual();
    const sink = new FakeSink(manual.conduct);
    const rest = { pipelines: { main: { from: ['in'], to: ['out'] } }, sinks: { out: sink } };
    const running = await Running.start({ sources: { in: { create: source.create, credit: 600 } }, ...rest });
    source.push('a');
    source.push('b');
    const changing = running.runtime.change(topologyOf({ ...rest, pipelines: { main: { to: ['out'] } } }));
    await settle();
    manual.finish();
    await settle();
    manual.finish();
    await passUntil(running.clock, changing);
    expect(sink.stored).toEqual(['a', 'b']);
    expect(source.events.slice(3)).toEqual(['stop', 'unsubscribe', 'dispose']);
    running.expectBalance();
  });

  test('and comes back goes on with its counters', async () => {
    const sink = new FakeSink();
    const [first, second] = [new FakeSource(), new FakeSource()];
    const rest = { pipelines: { main: { from: ['in'], to: ['out'] } }, sinks: { out: sink } };
    const running = await Running.start({ sources: { in: first }, ...rest });
    first.push('a');
    await running.change({ sinks: { out: sink } });
    expect(running.ledger.sources['in']).toMatchObject({ received: 1, unaccounted: 0 });
    await running.change({ sources: { in: { create: second.create, key: 'second' } }, ...rest });
    second.push('b');
    expect(running.ledger.sources['in']).toMatchObject({ received: 2, emitted: 2 });
    expect(running.ledger.pipelines['main']).toMatchObject({ received: 2, offered: 2 });
    expect(sink.stored).toEqual(['a', 'b']);
    running.expectBalance();
  });
});

describe('a sink that goes', () => {
  test('drains before it is closed, while lines flow to the others', async () => {
    const source = new FakeSource();
    const manual = new Manual();
    const [old, fresh] = [new FakeSink(manual.conduct), new FakeSink()];
    const running = await Running.start({
      sources: { in: source },
      pipelines: { main: { from: ['in'], to: ['out'] } },
      sinks: { out: { sink: old, key: 'old', queue: { maxBytes: 1 } } },
    });
    source.push('a');
    source.push('b');
    source.push('waits behind a closed gate');
    expect(source.waiting).toBe(1);

    const changing = running.runtime.change(
      topologyOf({
        sources: { in: source },
        pipelines: { main: { from: ['in'], to: ['out'] } },
        sinks: { out: { sink: fresh, key: 'fresh' } },
      }),
    );
    await settle();
    // Its full queue holds up nobody any more.
    expect(fresh.stored).toEqual(['waits behind a closed gate']);
    // Both count what is theirs in the same account.
    expect(running.ledger.sinks['out']).toMatchObject({ offered: 3, stored: 1, inFlight: 2, unaccounted: 0 });
    expect(old.events).toEqual(['start', 'write']);

    for (let write = 0; write < 2; write++) {
      manual.finish();
      await settle();
    }
    await passUntil(running.clock, changing);
    expect(old.stored).toEqual(['a', 'b']);
    expect(old.events).toEqual(['start', 'write', 'flush', 'dispose']);
    expect(running.ledger.sinks['out']).toMatchObject({ offered: 3, stored: 3, inFlight: 0 });
    running.expectBalance();
  });

  test('and hangs is given up at the deadline', async () => {
    const source = new FakeSource();
    const old = new FakeSink(hang);
    const running = await Running.start({
      sources: { in: source },
      pipelines: { main: { from: ['in'], to: ['out'] } },
      sinks: { out: old },
    });
    source.push('a');
    await running.change({ sources: { in: source } }, 2000);
    await settle();
    expect(old.events).toEqual(['start', 'write', 'dispose']);
    expect(source.settled).toEqual([{ lines: ['a'], stored: false }]);
    expect(running.ledger.sinks['out']).toMatchObject({ dropped: { deadline: { lines: 1 } }, inFlight: 0 });
    running.expectBalance();
  });

  test('is not kept in memory by its account, which keeps its last figures', async () => {
    let sink: FakeSink | undefined = new FakeSink();
    sink.figures = { resident: 5 };
    const gone = new WeakRef(sink);
    const running = await Running.start({ sinks: { out: sink } });
    await running.change({});
    expect(running.ledger.sinks['out']).toMatchObject({ resident: 5, unaccounted: 0 });
    sink = undefined;
    await collectGarbage(() => gone.deref() === undefined);
    expect(gone.deref()).toBeUndefined();
  });
});

test('a source that goes is not kept in memory, not by its account and not by what is on its way', async () => {
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct);
  const rest = { pipelines: { main: { from: ['in'], to: ['out'] } }, sinks: { out: sink } };
  const running = new Running();
  const gone = await (async () => {
    const source = new FakeSource();
    await running.change({ sources: { in: source }, ...rest });
    return new WeakRef(source);
  })();
  // Nothing keeps the topology that has it: the next one takes its place.
  await running.change({ pipelines: { main: { to: ['out'] } }, sinks: { out: sink } });
  await collectGarbage(() => gone.deref() === undefined);
  expect(gone.deref()).toBeUndefined();
  expect(running.ledger.sources['in']).toMatchObject({ creditTaken: 0, inFlight: 0 });
});

test('operators that go, with or without their pipeline, are not kept in memory', async () => {
  const running = await Running.start({ sources: { in: new FakeSource() } });
  const gone: WeakRef<object>[] = [];
  const remembered = (key: string): OperatorSpec => ({
    key,
    create: () => {
      const operator: StreamOperator = { operate: (batches$) => batches$ };
      gone.push(new WeakRef(operator));
      return operator;
    },
  });
  await running.change({ pipelines: { main: { through: [remembered('1')] } } });
  await running.change({ pipelines: { main: { through: [remembered('2')] } } });
  await running.change({});
  await collectGarbage(() => gone.every((reference) => reference.deref() === undefined));
  expect(gone.map((reference) => reference.deref())).toEqual([undefined, undefined]);
});

describe('settings of a sink that stays', () => {
  test('are taken over: a queue that may drop lets go of the credit that it holds', async () => {
    const source = new FakeSource();
    const sink = new FakeSink(hang);
    const spec = (whenFull: 'block' | 'dropOldest', maxBytes: number) => ({
      sources: { in: source },
      pipelines: { main: { from: ['in'], to: ['out'] } },
      sinks: { out: { sink, queue: { maxBytes, whenFull } } },
    });
    const running = await Running.start(spec('block', 3));
    for (const line of ['a', 'b', 'c']) source.push(line);
    expect(source.context.credit.closed).toBe(true);

    await running.change(spec('dropOldest', 3));
    expect(source.context.credit).toMatchObject({ closed: false, taken: 0 });
    expect(source.waiting).toBe(0);
    expect(running.ledger.sinks['out']).toMatchObject({ inFlight: 3, dropped: {} });
    source.push('d');
    expect(running.ledger.sinks['out']).toMatchObject({ inFlight: 2, dropped: { dropOldest: { lines: 2 } } });

    await running.change(spec('block', 3));
    for (const line of ['e', 'f']) source.push(line);
    expect(source.context.credit.closed).toBe(true);
    expect(await running.stop()).toBe(4);
    running.expectBalance();
  });

  test('are taken over: a limit on attempts', async () => {
    const source = new FakeSource();
    const sink = new FakeSink(() => {
      throw Object.assign(new Error('busy'), { code: 'EBUSY' });
    });
    const spec = (maxAttempts: number) => ({
      sources: { in: source },
      pipelines: { main: { from: ['in'], to: ['out'] } },
      sinks: { out: { sink, retry: { initial: 10, max: 10, maxAttempts } } },
    });
    const running = await Running.start(spec(Number.POSITIVE_INFINITY));
    source.push('a');
    await running.pass(100);
    await running.change(spec(2));
    await running.pass(100);
    expect(running.ledger.sinks['out']).toMatchObject({
      inFlight: 0,
      rejected: { 'retries-exhausted': { lines: 1 } },
    });
  });
});

describe('operators that change', () => {
  test('give away what they hold, and the new ones go on in order', async () => {
    const source = new FakeSource();
    const sink = new FakeSink();
    const spec = (through: OperatorSpec[]) => ({
      sources: { in: source },
      pipelines: { main: { from: ['in'], through, to: ['out'] } },
      sinks: { out: sink },
    });
    const running = await Running.start(spec([pairs]));
    for (const line of ['a', 'b', 'c']) source.push(line);
    await running.change(spec([mark('!')]));
    source.push('d');
    await running.change(spec([mark('?')]));
    source.push('e');
    expect(sink.stored).toEqual(['a+b', 'c', 'd!', 'e?']);
    expect(running.ledger.pipelines['main']).toMatchObject({
      received: 5,
      merged: 1,
      offered: 4,
      inFlight: 0,
    });
    running.expectBalance();
  });

  test('that stay are not made anew when only the wiring changes', async () => {
    const source = new FakeSource();
    const [one, two] = [new FakeSink(), new FakeSink()];
    const spec = (to: string[]) => ({
      sources: { in: source },
      pipelines: { main: { from: ['in'], through: [pairs], to } },
      sinks: { one, two },
    });
    const running = await Running.start(spec(['one']));
    source.push('a');
    await running.change(spec(['two']));
    source.push('b');
    expect([one.stored, two.stored]).toEqual([[], ['a+b']]);
  });

  test('that hang are given up at the deadline', async () => {
    const source = new FakeSource();
    const sink = new FakeSink();
    const spec = (through: OperatorSpec[]) => ({
      sources: { in: source },
      pipelines: { main: { from: ['in'], through, to: ['out'] } },
      sinks: { out: sink },
    });
    const running = await Running.start(spec([{ key: 'stuck', create: stuck }]));
    source.push('a');
    const changing = running.change(spec([]), 1000);
    await settle();
    source.push('b'); // is held back meanwhile
    await changing;
    expect(sink.stored).toEqual(['b']);
    expect(running.ledger.pipelines['main']).toMatchObject({
      dropped: { abandoned: { lines: 1 } },
      inFlight: 0,
    });
    await settle();
    expect(source.settled).toEqual(
      [
        { lines: ['b'], stored: true },
        { lines: ['a'], stored: false },
      ].toSorted((a, b) => a.lines[0]!.localeCompare(b.lines[0]!)),
    );
    running.expectBalance();
  });

  test('in a pipeline behind one that emits in its own time lose nothing of that', async () => {
    // The first pipeline stays and emits by itself, in the middle of the change of the second one.
    const source = new FakeSource();
    const sink = new FakeSink();
    const emitters: (() => void)[] = [];
    const late: OperatorSpec = {
      key: 'late',
      create: () => ({
        operate: (batches$) =>
          new Observable<Batch>((subscriber) => {
            const held: Batch[] = [];
            const emit = (): void => {
              for (const batch of held.splice(0)) subscriber.next(batch);
            };
            emitters.push(emit);
            return batches$.subscribe({
              next: (batch) => held.push(batch),
              complete: () => {
                emit();
                subscriber.complete();
              },
            });
          }),
      }),
    };
    const slow = (key: string): OperatorSpec => ({
      name: 'slow',
      key,
      create: () => ({
        transform: (batch) => batch,
        [Symbol.asyncDispose]: async () => {
          emitters[0]!();
          await settle();
          source.push('b');
          emitters[0]!();
        },
      }),
    });
    const spec = (key: string) => ({
      sources: { in: source },
      pipelines: {
        first: { from: ['in'], through: [late] },
        second: { from: ['first'], through: [slow(key)], to: ['out'] },
      },
      sinks: { out: sink },
    });
    const running = await Running.start(spec('1'));
    source.push('a');
    await running.change(spec('2'));
    expect(sink.stored).toEqual(['a', 'b']);
    expect(running.ledger.pipelines).toMatchObject({
      first: { offered: 2 },
      second: { received: 2, offered: 2 },
    });
    running.expectBalance();
  });
});

describe('a change that fails before anything had to end', () => {
  test.each(['source', 'operator', 'sink'] as const)('for a new %s changes nothing', async (kind) => {
    const source = new FakeSource();
    const sink = new FakeSink();
    const good = new FakeSink();
    const base = {
      sources: { in: source },
      pipelines: { main: { from: ['in'], to: ['out'] } },
      sinks: { out: sink },
    };
    const running = await Running.start(base);
    source.push('a');
    const before = running.runtime.topology;

    const bad = new FakeSource();
    bad.onStart = () => Promise.reject(new Error('cannot start'));
    const badSink = new FakeSink();
    badSink.onStart = () => Promise.reject(new Error('cannot start'));
    const badOperator: OperatorSpec = {
      create: () => ({ transform: (batch) => batch, start: () => Promise.reject(new Error('cannot start')) }),
    };
    await expect(
      running.change({
        // The old sink of this name is changed, and would be replaced.
        sinks: { good, out: { sink: kind === 'sink' ? badSink : good, key: 'changed' } },
        sources: kind === 'source' ? { in: source, bad } : { in: source },
        pipelines: {
          main: { from: ['in'], through: kind === 'operator' ? [badOperator] : [], to: ['good'] },
        },
      }),
    ).rejects.toThrow('cannot start');

    source.push('b');
    expect(sink.stored).toEqual(['a', 'b']);
    expect(sink.events).toEqual(['start', 'write']);
    expect(source.events).toEqual(['create', 'start', 'subscribe']);
    expect(running.runtime.topology).toBe(before);
    expect(running.ledger.sinks['out']).toMatchObject({ offered: 2, stored: 2, inFlight: 0 });
    expect(running.log.entries).toEqual([]);
    running.expectBalance();

    expect(await running.stop()).toBe(0);
  });

  test('for a new sink of a name that is taken leaves the account with the old one', async () => {
    const source = new FakeSource();
    const old = new FakeSink(hang);
    old.figures = { size: 7 };
    const base = { sources: { in: source }, pipelines: { main: { from: ['in'], to: ['out'] } } };
    const running = await Running.start({ ...base, sinks: { out: old } });
    source.push('a', 'b');
    const bad = new FakeSink();
    bad.onStart = () => Promise.reject(new Error('cannot start'));
    await expect(running.change({ ...base, sinks: { out: { sink: bad, key: 'new' } } })).rejects.toThrow(
      'cannot start',
    );
    expect(running.ledger.sinks['out']).toMatchObject({ size: 7, inFlight: 2, unaccounted: 0 });
  });
});

test('changes wait for each other, and what has not begun when a stop is asked for does not begin', async () => {
  const source = new FakeSource();
  const sinks = [new FakeSink(), new FakeSink(), new FakeSink()] as const;
  const running = await Running.start({ sources: { in: source } });
  const change = (sink: FakeSink): Promise<void> =>
    running.runtime.change(
      topologyOf({
        sources: { in: source },
        pipelines: { main: { from: ['in'], to: ['out'] } },
        sinks: { out: { sink, key: `${sinks.indexOf(sink)}` } },
      }),
    );
  const opening = Promise.withResolvers<void>();
  sinks[1].onStart = () => opening.promise;
  const changes = sinks.map(change);
  await settle();
  expect(sinks[0].events).toEqual(['start']);
  expect(sinks[1].events).toEqual(['start']);

  const stopping = running.runtime.stop();
  opening.resolve();
  await passUntil(running.clock, Promise.all([...changes, stopping]));
  expect(sinks.map(({ events }) => events.join())).toEqual([
    'start,flush,dispose',
    'start,flush,dispose',
    '',
  ]);
  running.expectBalance();
});

describe('that all sources have ended', () => {
  test('is not so when a change has ended the only one, and brings another', async () => {
    const [before, after] = [new FakeSource(), new FakeSource()];
    const running = await Running.start({
      sources: { in: { create: (context) => before.create(context), key: '1' } },
    });
    let ended = false;
    const all = running.runtime.sourcesEnded.finally(() => {
      ended = true;
    });
    await running.change({ sources: { in: { create: (context) => after.create(context), key: '2' } } });
    await settle();
    expect(ended).toBe(false);
    after.complete();
    await all;
  });

  test('is so when a change takes out the last that had not', async () => {
    const [one, two] = [new FakeSource(), new FakeSource()];
    const running = await Running.start({ sources: { one, two } });
    const all = running.runtime.sourcesEnded;
    one.complete();
    await running.change({ sources: { one } });
    await expect(all).resolves.toBeUndefined();
  });
});
