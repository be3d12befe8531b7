import { describe, expect, test } from 'vitest';
import { RetryableError } from '../../../src/core/errors.ts';
import { backoff } from '../../../src/pipeline/sink/retry.ts';
import type { RetrySettings } from '../../../src/pipeline/topology.ts';
import { type Conduct, FakeSink, failing } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { Running } from '../../support/running.ts';
import { settle } from '../../support/turns.ts';

const busy = (): Error => new RetryableError('busy');

async function start(sink: FakeSink, retry: Partial<RetrySettings> = {}) {
  const source = new FakeSource();
  const running = await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['out'] } },
    sinks: { out: { sink, retry } },
  });
  return { source, running };
}

describe('the pause before another attempt', () => {
  const settings = { initial: 100, max: 1000 };

  test('doubles up to the greatest', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 2000].map((failures) => backoff(settings, failures, () => 1));
    expect(pauses).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
  });

  test('is somewhere in its upper half', () => {
    expect(backoff(settings, 2, () => 0)).toBe(100);
    expect(backoff(settings, 2, () => 0.5)).toBe(150);
    for (let time = 0; time < 100; time++) {
      const pause = backoff(settings, 2);
      expect(pause).toBeGreaterThanOrEqual(100);
      expect(pause).toBeLessThanOrEqual(200);
    }
  });

  test('is none where none is asked for', () => {
    const none = { ...settings, initial: 0 };
    expect([1, 2, 5000].map((failures) => backoff(none, failures, () => 1))).toEqual([0, 0, 0]);
  });
});

test('a write that failed is tried again after a pause that doubles', async () => {
  const attempts: number[] = [];
  const sink = new FakeSink((_, attempt) => {
    attempts.push(running.clock.monotonic());
    if (attempt <= 5) throw busy();
  });
  const { source, running } = await start(sink, { initial: 100, max: 1000 });
  source.push('a');
  for (let ms = 0; ms < 4000; ms++) running.clock.advance(1);
  await settle();

  const pauses = attempts.slice(1).map((at, index) => at - attempts[index]!);
  expect(pauses).toHaveLength(5);
  for (const [index, longest] of [100, 200, 400, 800, 1000].entries()) {
    expect(pauses[index]).toBeGreaterThanOrEqual(longest / 2);
    expect(pauses[index]).toBeLessThanOrEqual(longest);
  }
  expect(sink.stored).toEqual(['a']);
  expect(running.ledger.sinks['out']).toMatchObject({ stored: 1, retries: 5 });
  running.expectBalance();
});

test('lines that come meanwhile wait, and keep their order', async () => {
  const sink = new FakeSink(failing(2, busy));
  const { source, running } = await start(sink);
  for (const line of ['a', 'b', 'c']) source.push(line);
  await running.pass(1000);
  await running.pass(1000);
  expect(sink.stored).toEqual(['a', 'b', 'c']);
  expect(sink.writes).toEqual([['a'], ['a'], ['a'], ['b'], ['c']]);
});

test('that it cannot write is said once, and that it can again once', async () => {
  const sink = new FakeSink(failing(4, busy));
  const { source, running } = await start(sink, { initial: 1000, max: 1000 });
  source.push('a');
  source.push('b');
  for (let turn = 0; turn < 10; turn++) await running.pass(1000);

  expect(sink.stored).toEqual(['a', 'b']);
  expect(running.log.messages()).toEqual([
    'warn: out: cannot write, tries again: busy',
    expect.stringMatching(/^info: out: writes again, after [234] s$/),
  ]);
});

test('a sink may say when to come back', async () => {
  const sink = new FakeSink(failing(1, () => new RetryableError('busy', { retryAfter: 5000 })));
  const { source, running } = await start(sink);
  source.push('a');
  await running.pass(4999);
  expect(sink.writes).toHaveLength(1);
  await running.pass(1);
  expect(sink.stored).toEqual(['a']);
});

test.each([Number.NaN, -1])('a time to come back of %d is not minded', async (retryAfter) => {
  const sink = new FakeSink(failing(1, () => new RetryableError('busy', { retryAfter })));
  const { source, running } = await start(sink, { initial: 100, max: 100 });
  source.push('a');
  await running.pass(49);
  expect(sink.writes).toHaveLength(1);
  await running.pass(51);
  expect(sink.stored).toEqual(['a']);
});

test.each(['ENOSPC', 'ECONNREFUSED', 'EPIPE', 'EIO'])('the system error %s passes', async (code) => {
  const sink = new FakeSink(failing(1, () => Object.assign(new Error(code), { code })));
  const { source, running } = await start(sink);
  source.push('a');
  await running.pass(1000);
  expect(sink.stored).toEqual(['a']);
});

describe('a write of which a part is stored', () => {
  test('is only tried again with the rest', async () => {
    const stored = [3, 1];
    const conduct: Conduct = (_, attempt) => {
      if (attempt <= stored.length)
        throw new RetryableError('full', { stored: stored[attempt - 1]!, retryAfter: 1000 });
    };
    const sink = new FakeSink(conduct);
    const { source, running } = await start(sink);
    source.push('a', 'b', 'c', 'd', 'e', 'f');
    await settle();

    expect(source.settled).toEqual([]);
    expect(running.ledger.sinks['out']).toMatchObject({ stored: 3, inFlight: 3, storedBytes: 6 });
    await running.pass(1000);
    expect(running.ledger.sinks['out']).toMatchObject({ stored: 4, inFlight: 2 });
    await running.pass(1000);

    expect(sink.writes.slice(1)).toEqual([
      ['d', 'e', 'f'],
      ['e', 'f'],
    ]);
    expect(sink.stored).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(source.settled).toEqual([{ lines: ['a', 'b', 'c', 'd', 'e', 'f'], stored: true }]);
    expect(running.ledger.sinks['out']).toMatchObject({ stored: 6, storedBytes: 12, retries: 2 });
    running.expectBalance();
  });

  test('settles the batches of a group that are complete', async () => {
    const source = new FakeSource();
    const conducts: Conduct[] = [
      () => Promise.resolve(),
      () => {
        throw new RetryableError('full', { stored: 3 });
      },
      () => {},
    ];
    const sink = new FakeSink((lines, attempt) => conducts[attempt - 1]!(lines, attempt)).grouped();
    const running = await Running.start({
      sources: { in: source },
      pipelines: { main: { from: ['in'], to: ['out'] } },
      sinks: { out: sink },
    });
    source.push('first');
    source.push('a', 'b');
    source.push('c', 'd');
    source.push('e');
    await settle();

    expect(sink.writes[1]).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(source.settled.map(({ lines }) => lines)).toEqual([['first'], ['a', 'b']]);
    await running.pass(1000);
    expect(sink.writes[2]).toEqual(['d', 'e']);
    expect(sink.stored).toEqual(['first', 'a', 'b', 'c', 'd', 'e']);
    running.expectBalance();
  });

  test('and that says all of it is, is stored', async () => {
    const sink = new FakeSink(failing(1, () => new RetryableError('late', { stored: 2 })));
    const { source, running } = await start(sink);
    source.push('a', 'b');
    await settle();
    expect(source.settled).toEqual([{ lines: ['a', 'b'], stored: true }]);
    source.push('c');
    await running.pass(60_000);
    expect(sink.writes).toEqual([['a', 'b'], ['c']]);
    expect(sink.stored).toEqual(['a', 'b', 'c']);
    expect(running.ledger.sinks['out']).toMatchObject({ stored: 3, retries: 0 });
    running.expectBalance();
  });

  test.each([99, -1, 0.5, Number.NaN])(
    'and that says so of %d lines cannot upset the account',
    async (stored) => {
      const sink = new FakeSink();
      let attempts = 0;
      sink.write = () => {
        if (attempts++ === 0) throw new RetryableError('odd', { stored });
      };
      const { source, running } = await start(sink);
      source.push('a', 'b');
      await running.pass(1000);
      expect(running.ledger.sinks['out']).toMatchObject({ stored: 2, inFlight: 0 });
      running.expectBalance();
    },
  );
});

describe('with a limit on attempts', () => {
  test('lines are rejected when they are exhausted, and the next ones get attempts of their own', async () => {
    const sink = new FakeSink(failing(5, busy));
    const { source, running } = await start(sink, { initial: 10, max: 10, maxAttempts: 3 });
    source.push('a', 'b');
    source.push('c');
    for (let turn = 0; turn < 8; turn++) await running.pass(10);

    expect(sink.stored).toEqual(['c']);
    expect(running.ledger.sinks['out']).toMatchObject({
      stored: 1,
      retries: 4,
      rejected: { 'retries-exhausted': { lines: 2, intentional: false } },
    });
    expect(source.settled).toEqual([
      { lines: ['a', 'b'], stored: false },
      { lines: ['c'], stored: true },
    ]);
    expect(running.log.messages('error')).toEqual(['error: out: 2 lines rejected: busy']);
    running.expectBalance();
  });

  test('progress begins the count anew', async () => {
    const errors = [0, 0, 1, 0, 0];
    const sink = new FakeSink((_, attempt) => {
      if (attempt <= errors.length) throw new RetryableError('busy', { stored: errors[attempt - 1]! });
    });
    const { source, running } = await start(sink, { initial: 10, max: 10, maxAttempts: 4 });
    source.push('a', 'b');
    for (let turn = 0; turn < 8; turn++) await running.pass(10);
    expect(sink.stored).toEqual(['a', 'b']);
    expect(running.ledger.sinks['out']).toMatchObject({ rejected: {}, retries: 5 });
  });

  test('of one nothing is tried again', async () => {
    const sink = new FakeSink(failing(1, busy));
    const { source, running } = await start(sink, { maxAttempts: 1 });
    source.push('a');
    source.push('b');
    expect(sink.stored).toEqual(['b']);
    expect(running.ledger.sinks['out']).toMatchObject({
      retries: 0,
      rejected: { 'retries-exhausted': { lines: 1 } },
    });
  });
});
