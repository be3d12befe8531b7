import { describe, expect, test } from 'vitest';
import { joinLines } from '../../src/core/batch.ts';
import { FakeSink, failing, hang, Manual } from '../support/fake-sink.ts';
import { FakeSource } from '../support/fake-source.ts';
import { oneBehind, stuck } from '../support/operators.ts';
import { Running } from '../support/running.ts';
import { passUntil, settle } from '../support/turns.ts';

const pipelines = { main: { from: ['in'], to: ['out'] } };

async function start(sink: FakeSink, source = new FakeSource()) {
  const running = await Running.start({ sources: { in: source }, pipelines, sinks: { out: sink } });
  return { running, source };
}

describe('a stop', () => {
  test('lets sources end, queues drain, sinks flush, and closes them', async () => {
    const manual = new Manual();
    const sink = new FakeSink(manual.conduct);
    const { running, source } = await start(sink);
    for (const line of ['a', 'b', 'c']) source.push(line);
    const stopping = running.stop();
    for (let write = 0; write < 3; write++) {
      await settle();
      manual.finish();
    }
    expect(await stopping).toBe(0);
    expect(sink.stored).toEqual(['a', 'b', 'c']);
    expect(sink.events).toEqual(['start', 'write', 'flush', 'dispose']);
    expect(source.events).toEqual(['create', 'start', 'subscribe', 'stop', 'unsubscribe', 'dispose']);
    running.expectBalance();
  });

  test('takes in what waits for credit', async () => {
    const source = new FakeSource();
    const sink = new FakeSink(failing(1, () => Object.assign(new Error('busy'), { code: 'EBUSY' })));
    const running = await Running.start({
      sources: { in: { create: source.create, credit: 600 } },
      pipelines,
      sinks: { out: sink },
    });
    for (const line of ['a', 'b', 'c']) source.push(line);
    expect(source.waiting).toBe(2);
    expect(await running.stop()).toBe(0);
    expect(sink.stored).toEqual(['a', 'b', 'c']);
    running.expectBalance();
  });

  test('drains pipelines in the order of the flow, however they are declared', async () => {
    const source = new FakeSource();
    const sink = new FakeSink();
    const running = await Running.start({
      sources: { in: source },
      pipelines: {
        third: { from: ['second'], through: [{ create: oneBehind }], to: ['out'] },
        second: { from: ['first'], through: [{ create: oneBehind }] },
        first: { from: ['in'], through: [{ create: oneBehind }] },
      },
      sinks: { out: sink },
    });
    for (const line of ['a', 'b', 'c', 'd']) source.push(line);
    expect(sink.stored).toEqual(['a']);
    expect(await running.stop()).toBe(0);
    expect(sink.stored).toEqual(['a', 'b', 'c', 'd']);
    running.expectBalance();
  });

  test('does not wait for a source that cannot be stopped gently', async () => {
    const source = new FakeSource();
    Object.assign(source, { stop: undefined });
    const { running } = await start(new FakeSink(), source);
    source.context.admit(joinLines(['in hand']));
    const before = running.clock.monotonic();
    expect(await running.stop()).toBe(1);
    expect(running.clock.monotonic() - before).toBeLessThan(1000);
    expect(source.events).toEqual(['create', 'start', 'subscribe', 'unsubscribe', 'dispose']);
    running.expectBalance({ taken: 528 + 256 });
  });

  test('is done once, whoever asks', async () => {
    const sink = new FakeSink(hang);
    const { running, source } = await start(sink);
    source.push('a');
    const stops = [running.runtime.stop(1000), running.runtime.stop(1000)];
    expect(await passUntil(running.clock, Promise.all(stops))).toEqual([1, 1]);
    expect(await running.stop()).toBe(1);
    expect(sink.events.filter((event) => event === 'dispose')).toHaveLength(1);
  });

  test('ends changes: after it nothing starts', async () => {
    const { running } = await start(new FakeSink());
    await running.stop();
    const late = new FakeSink();
    await running.change({ sinks: { late } });
    expect(late.events).toEqual([]);
  });
});

describe('the deadline of a stop', () => {
  test('ends the wait for a sink that hangs; what it did not store is counted and said', async () => {
    const sink = new FakeSink(hang);
    const { running, source } = await start(sink);
    source.push('a', 'b');
    source.push('c');
    const before = running.clock.monotonic();
    expect(await running.stop(5000)).toBe(3);
    expect(running.clock.monotonic() - before).toBeLessThanOrEqual(6000);
    expect(running.ledger.sinks['out']).toMatchObject({
      stored: 0,
      inFlight: 0,
      dropped: { deadline: { lines: 3, intentional: false } },
    });
    expect(running.log.messages('error')).toEqual([
      'error: out: 3 lines were not stored before the deadline',
    ]);
    // It is at a write: it is not asked to flush as well, but closed.
    expect(sink.events).toEqual(['start', 'write', 'dispose']);
    running.expectBalance();
  });

  test('leaves the good sinks their time', async () => {
    const source = new FakeSource();
    const good = new FakeSink();
    const running = await Running.start({
      sources: { in: { create: source.create, credit: 600 } },
      pipelines: { main: { from: ['in'], to: ['bad', 'good'] } },
      sinks: { bad: new FakeSink(hang), good },
    });
    for (const line of ['a', 'b', 'c']) source.push(line);
    let flushed = false;
    good.onFlush = () =>
      new Promise((resolve) => {
        running.clock.after(350, () => {
          flushed = true;
          resolve();
        });
      });
    // What the source has no credit for is given up, too.
    expect(await running.stop(5000)).toBe(1 + 2);
    expect(flushed).toBe(true);
    expect(good.events).toEqual(['start', 'write', 'flush', 'dispose']);
    running.expectBalance();
  });

  test('counts for a sink that fails again and again', async () => {
    const sink = new FakeSink(
      failing(Number.POSITIVE_INFINITY, () => Object.assign(new Error('full'), { code: 'ENOSPC' })),
    );
    const { running, source } = await start(sink);
    source.push('a');
    expect(await running.stop(3000)).toBe(1);
    expect(sink.events).toEqual(['start', 'write', 'flush', 'dispose']);
    expect(running.clock.timers).toBe(0);
    running.expectBalance();
  });

  test('leaves good sinks the time to write what they have, whatever operators hang', async () => {
    const source = new FakeSource();
    const good = new FakeSink(
      (_, attempt) => new Promise((resolve) => running.clock.after(attempt * 100, resolve)),
    );
    const running = new Running();
    await running.change({
      sources: { in: source },
      pipelines: {
        one: { from: ['in'], through: [{ create: stuck }] },
        two: { from: ['in'], through: [{ create: stuck }] },
        three: { from: ['in'], through: [{ create: oneBehind }], to: ['good'] },
      },
      sinks: { good },
    });
    for (const line of ['a', 'b', 'c']) source.push(line);
    expect(await running.stop(10_000)).toBe(6);
    expect(good.stored).toEqual(['a', 'b', 'c']);
    expect(good.events).toContain('flush');
    running.expectBalance();
  });

  test('counts for whatever hangs', async () => {
    const source = new FakeSource();
    source.onStop = hang;
    source.onDispose = hang;
    const sink = new FakeSink();
    sink.onFlush = hang;
    sink.onDispose = hang;
    const running = await Running.start({
      sources: { in: source },
      pipelines: {
        main: {
          from: ['in'],
          through: [{ create: () => ({ transform: (batch) => batch, [Symbol.asyncDispose]: hang }) }],
          to: ['out'],
        },
      },
      sinks: { out: sink },
    });
    source.push('a');
    const before = running.clock.monotonic();
    expect(await running.stop(2000)).toBe(0);
    expect(running.clock.monotonic() - before).toBeLessThan(8000);
    running.expectBalance();
  });

  test('and errors while stopping are said, and end nothing early', async () => {
    const source = new FakeSource();
    source.onStop = () => Promise.reject(new Error('stop'));
    source.onDispose = () => Promise.reject(new Error('source'));
    const sink = new FakeSink();
    sink.onFlush = () => Promise.reject(new Error('flush'));
    sink.onDispose = () => {
      throw new Error('sink');
    };
    const { running } = await start(sink, source);
    source.push('a');
    expect(await running.stop()).toBe(0);
    expect(running.log.messages()).toEqual([
      'error: in: could not be stopped cleanly: stop',
      'error: in: could not be stopped cleanly: source',
      'error: out: could not be closed cleanly: flush',
      'error: out: could not be closed cleanly: sink',
    ]);
    running.expectBalance();
  });
});

describe('a sink that was given up', () => {
  test.each(['well', 'badly'])('and ends its write %s after all changes nothing', async (how) => {
    const manual = new Manual();
    const sink = new FakeSink(manual.conduct);
    const { running, source } = await start(sink);
    source.push('a');
    source.push('b');
    await running.stop(1000);
    const before = running.ledger;
    if (how === 'well') manual.finish();
    else manual.fail(Object.assign(new Error('busy'), { code: 'EBUSY' }));
    await running.pass(60_000);
    expect(sink.writes).toEqual([['a']]);
    expect(running.ledger).toEqual(before);
    expect(source.settled).toHaveLength(2);
    running.expectBalance();
  });

  test('drops and counts what still comes', async () => {
    const source = new FakeSource();
    const running = await Running.start({
      sources: { in: source },
      pipelines,
      sinks: { out: new FakeSink(hang) },
    });
    source.push('a');
    expect(running.runtime.abort()).toBe(1);
    source.push('b');
    expect(source.context.admit(joinLines(['c']))).toBeUndefined();
    running.expectBalance();
  });
});

describe('an abort', () => {
  test('lets go of everything at once, and says how much that was', async () => {
    const source = new FakeSource();
    const sinks = [new FakeSink(hang), new FakeSink()] as const;
    const running = await Running.start({
      sources: { in: { create: source.create, credit: 600 } },
      pipelines: { main: { from: ['in'], to: ['out', 'good'] } },
      sinks: { out: sinks[0], good: sinks[1] },
    });
    source.push('a', 'b');
    source.push('c');
    // Two hang in a sink, one waits for credit.
    expect(running.runtime.abort()).toBe(3);
    expect(running.ledger.sinks['out']).toMatchObject({ dropped: { abandoned: { lines: 2 } }, inFlight: 0 });
    expect(running.ledger.sources['in']).toMatchObject({ dropped: { abandoned: { lines: 1 } } });
    running.expectBalance();

    await settle();
    for (const sink of sinks) expect(sink.events.at(-1)).toBe('dispose');
    expect(source.events.at(-1)).toBe('dispose');
    expect(source.settled).toEqual([{ lines: ['a', 'b'], stored: false }]);
    expect(running.runtime.abort()).toBe(0);
    expect(await running.stop()).toBe(0);
  });

  test('opens the gates of sinks that were full', async () => {
    const source = new FakeSource();
    const running = await Running.start({
      sources: { in: source },
      pipelines,
      sinks: { out: { sink: new FakeSink(hang), queue: { maxBytes: 1 } } },
    });
    source.push('a');
    source.push('b');
    expect(source.context.credit.closed).toBe(true);
    running.runtime.abort();
    expect(source.context.credit).toMatchObject({ closed: false, taken: 0 });
  });

  test('while a source begins to emit ends it', async () => {
    const source = new FakeSource();
    for (const line of ['a', 'b', 'c']) source.push(line);
    const sink = new FakeSink(() => void running.runtime.abort());
    const running = new Running();
    await running.change({ sources: { in: source }, pipelines, sinks: { out: sink } });
    expect(sink.stored).toEqual(['a']);
    expect(source.events).toContain('unsubscribe');
    expect(source.isRunning).toBe(false);
    running.expectBalance();
  });

  test('lets those who watch know that no batch will come', async () => {
    const { running } = await start(new FakeSink());
    let completed = false;
    running.runtime.batches$('main')!.subscribe({
      complete: () => {
        completed = true;
      },
    });
    running.runtime.abort();
    expect(completed).toBe(true);
  });

  test('in the middle of a stop ends it', async () => {
    const { running, source } = await start(new FakeSink(hang));
    source.push('a');
    const stopping = running.runtime.stop(10_000);
    await settle();
    running.clock.advance(9500);
    await settle();
    expect(running.runtime.abort()).toBe(1);
    const before = running.clock.monotonic();
    expect(await passUntil(running.clock, stopping)).toBe(0);
    expect(running.clock.monotonic() - before).toBeLessThan(1000);
    running.expectBalance();
  });

  test('says so if something cannot be closed', async () => {
    const sink = new FakeSink();
    sink.onDispose = () => Promise.reject(new Error('no'));
    const { running } = await start(sink);
    running.runtime.abort();
    await settle();
    expect(running.log.messages()).toEqual(['error: out: could not be closed cleanly: no']);
  });
});
