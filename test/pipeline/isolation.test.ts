/** One slow or broken sink is that sink's problem: beside each kind of it stands a good one. */
import { describe, expect, test } from 'vitest';
import { RejectedError } from '../../src/core/errors.ts';
import type { WhenFull } from '../../src/pipeline/topology.ts';
import { type Conduct, FakeSink, hang, Manual } from '../support/fake-sink.ts';
import { FakeSource } from '../support/fake-source.ts';
import { Running } from '../support/running.ts';
import { settle } from '../support/turns.ts';

const LINES = Array.from({ length: 200 }, (_, index) => `line ${index}`);

/** A source into a good sink and a bad one with a small queue. */
async function start(bad: FakeSink, whenFull: WhenFull) {
  const source = new FakeSource();
  const good = new FakeSink();
  const running = await Running.start({
    sources: { in: { create: source.create, credit: 20_000 } },
    pipelines: { main: { from: ['in'], to: ['bad', 'good'] } },
    sinks: { good, bad: { sink: bad, queue: { maxBytes: 100, whenFull }, retry: { initial: 10, max: 10 } } },
  });
  return { source, good, running };
}

const conducts: Record<string, () => Conduct> = {
  'that hangs': () => hang,
  'that fails for now': () => () => {
    throw Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
  },
  'that rejects promises for now': () => () =>
    Promise.reject(Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' })),
  'that is slow': () => new Manual().conduct,
};

describe.each(['dropNewest', 'dropOldest'] as const)('beside a sink with the policy %s', (whenFull) => {
  test.each(Object.entries(conducts))('%s the good one gets every line at once', async (_, conduct) => {
    const bad = new FakeSink(conduct());
    const { source, good, running } = await start(bad, whenFull);
    for (const line of LINES) source.push(line);

    expect(good.stored).toEqual(LINES);
    expect(source.waiting).toBe(0);
    const { offered, inFlight, dropped } = running.ledger.sinks['bad']!;
    expect(offered).toBe(LINES.length);
    expect(dropped[whenFull]).toEqual({ lines: LINES.length - inFlight, intentional: true });
    running.expectBalance();
  });
});

describe('beside a sink that blocks', () => {
  test.each(Object.entries(conducts))(
    '%s both stop at its queue, and nothing is lost',
    async (_, conduct) => {
      const bad = new FakeSink(conduct());
      const { source, good, running } = await start(bad, 'block');
      for (const line of LINES) source.push(line);

      expect(good.stored.length).toBeLessThan(30);
      expect(source.waiting).toBe(LINES.length - good.stored.length);
      expect(running.ledger.sinks['bad']).toMatchObject({
        offered: good.stored.length,
        dropped: {},
        stored: 0,
      });
      running.expectBalance({ taken: source.context.credit.taken });
      expect(source.context.credit.closed).toBe(true);
    },
  );

  test('that recovers, both get all lines in order', async () => {
    const bad = new FakeSink(conducts['that rejects promises for now']!());
    const { source, good, running } = await start(bad, 'block');
    for (const line of LINES) source.push(line);
    await running.pass(1000);
    bad.conduct = () => {};
    await running.pass(1000);

    expect(bad.stored).toEqual(LINES);
    expect(good.stored).toEqual(LINES);
    expect(running.ledger.sinks['bad']).toMatchObject({ stored: 200, rejected: {}, dropped: {} });
    running.expectBalance();
  });
});

describe('a sink that refuses everything', () => {
  const refusals: [string, Conduct, string][] = [
    [
      'throws',
      () => {
        throw new TypeError('no such thing');
      },
      'TypeError',
    ],
    ['rejects a promise', () => Promise.reject(new RejectedError('unwanted')), 'unwanted'],
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- Plugins do.
    ['rejects with no error', () => Promise.reject(null), 'error'],
    [
      'throws a system error',
      () => {
        throw Object.assign(new Error('x'), { code: 'EACCES' });
      },
      'EACCES',
    ],
  ];
  test.each(refusals)(
    'and %s loses its own lines, counted by reason, and holds up nobody',
    async (_, conduct, reason) => {
      const bad = new FakeSink(conduct);
      const { source, good, running } = await start(bad, 'block');
      for (const line of LINES) source.push(line);
      await settle(10);

      expect(good.stored).toEqual(LINES);
      expect(running.ledger.sinks['bad']).toMatchObject({
        offered: 200,
        stored: 0,
        rejected: { [reason]: { lines: 200, intentional: false } },
      });
      expect(running.ledger.sinks['good']).toMatchObject({ stored: 200, rejected: {} });
      expect(source.settled.every(({ stored }) => !stored)).toBe(true);
      running.expectBalance();
    },
  );
});

test('a sink that answers something odd is not believed, and harms nobody', async () => {
  const odd: unknown[] = [{ rejected: [undefined] }, { rejected: [{ index: 99, reason: 'x' }] }, 7, null, {}];
  const bad = new FakeSink();
  bad.write = () => odd.shift() as undefined;
  const { source, good, running } = await start(bad, 'block');
  for (const line of ['a', 'b', 'c', 'd', 'e']) source.push(line);
  await settle();

  expect(good.stored).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(running.ledger.sinks['bad']).toMatchObject({ stored: 4, rejected: { TypeError: { lines: 1 } } });
  running.expectBalance();
});

test('what is no promise but can be awaited is awaited', async () => {
  const bad = new FakeSink();
  const resolvers: (() => void)[] = [];
  // oxlint-disable-next-line unicorn/no-thenable
  const thenable = { then: (resolve: () => void) => void resolvers.push(resolve) };
  bad.write = () => thenable as unknown as Promise<undefined>;
  const { source, running } = await start(bad, 'block');
  source.push('a');
  await settle();
  expect(running.ledger.sinks['bad']).toMatchObject({ stored: 0, inFlight: 1 });
  resolvers[0]!();
  await settle();
  expect(running.ledger.sinks['bad']).toMatchObject({ stored: 1, inFlight: 0 });
});

test('a sink that fails to tell its figures does not keep the ledger from being read', async () => {
  const bad = new FakeSink();
  bad.inspect = () => {
    throw new Error('not now');
  };
  const { source, running } = await start(bad, 'block');
  source.push('a');
  await settle();
  expect(running.ledger.sinks['bad']).toMatchObject({ stored: 1, inspectFailed: 'not now', unaccounted: 0 });
  running.expectBalance();
});
