/** What a sink rejects goes to the sink for dead letters, and the ledger knows. */
import { describe, expect, test } from 'vitest';
import { type Batch, joinLines, toFields } from '../../../src/core/batch.ts';
import { RejectedError, RetryableError } from '../../../src/core/errors.ts';
import { type Conduct, FakeSink, hang, Manual, rejecting } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { Running } from '../../support/running.ts';
import type { SinkSpec, TopologySpec } from '../../support/topology.ts';
import { settle } from '../../support/turns.ts';

const unwanted: Conduct = () => {
  throw new RejectedError('unwanted', 'nobody wants it');
};

/** A source into `out`, beside `good`; the dead letters of `out` go to `dead`. */
function specOf(
  source: FakeSource,
  out: Partial<SinkSpec> & Pick<SinkSpec, 'sink'>,
  dead: SinkSpec,
  more = {},
) {
  return {
    sources: { in: { create: source.create, credit: 20_000 } },
    pipelines: { main: { from: ['in'], to: ['out', 'good'] } },
    sinks: { out: { deadLetter: 'dead', ...out }, good: new FakeSink(), dead, ...more },
  } satisfies TopologySpec;
}

async function start(
  out: FakeSink,
  dead: FakeSink,
  more: { out?: Partial<SinkSpec>; dead?: Partial<SinkSpec> } = {},
) {
  const source = new FakeSource();
  const spec = specOf(source, { sink: out, ...more.out }, { sink: dead, ...more.dead });
  const running = await Running.start(spec);
  return { source, running, spec, sinks: () => running.ledger.sinks };
}

const letters = (sink: FakeSink): Record<string, unknown>[] =>
  sink.stored.map((line) => JSON.parse(line) as Record<string, unknown>);

test('as a line of JSON with reason and origin', async () => {
  const dead = new FakeSink();
  const { source, running, sinks } = await start(new FakeSink(unwanted), dead);
  source.push('a', 'b');
  expect(letters(dead)).toEqual(
    ['a', 'b'].map((line) => ({
      sink: 'out',
      reason: 'unwanted',
      error: 'nobody wants it',
      source: 'in',
      receivedAt: '2026-01-01T00:00:00.000Z',
      line,
    })),
  );
  expect(sinks()['out']).toMatchObject({
    offered: 2,
    stored: 0,
    rejected: { unwanted: { lines: 2, intentional: false } },
    deadLetters: 2,
    unaccounted: 0,
  });
  expect(sinks()['dead']).toMatchObject({ offered: 2, stored: 2, unaccounted: 0 });
  // They are taken care of: to send them again would not help.
  await settle();
  expect(source.settled).toEqual([{ lines: ['a', 'b'], stored: true }]);
  running.expectBalance();
});

test.each<readonly [string, Conduct, string, string | undefined]>([
  [
    'a plain error',
    () => {
      throw new TypeError('boom');
    },
    'TypeError',
    'boom',
  ],
  ['a rejected promise', () => Promise.reject(new RejectedError('http-400')), 'http-400', 'http-400'],
  [
    'attempts that are used up',
    () => {
      throw new RetryableError('busy');
    },
    'retries-exhausted',
    'busy',
  ],
  ['a line in the answer', rejecting(() => 'too-long'), 'too-long', undefined],
])('of %s', async (_, conduct, reason, error) => {
  const dead = new FakeSink();
  const { source, running } = await start(new FakeSink(conduct), dead, {
    out: { retry: { initial: 1, max: 1, maxAttempts: 2 } },
  });
  source.push('a');
  await running.pass(100);
  expect(letters(dead)).toEqual([
    expect.objectContaining({ reason, line: 'a', ...(error !== undefined && { error }) }),
  ]);
  expect('error' in letters(dead)[0]!).toBe(error !== undefined);
  running.expectBalance();
});

test('only the lines that were rejected, in order, each with its own reason', async () => {
  const dead = new FakeSink();
  const out = new FakeSink(
    rejecting((line) => (line.endsWith('3') ? 'three' : line.endsWith('7') ? 'seven' : undefined)),
  ).grouped();
  const { source, running, sinks } = await start(out, dead);
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  source.push(...lines.slice(0, 12));
  source.push(...lines.slice(12));
  await settle();
  expect(out.stored).toEqual(lines.filter((line) => !/[37]$/.test(line)));
  expect(letters(dead).map(({ line, reason }) => [line, reason].join(' '))).toEqual([
    'line 3 three',
    'line 7 seven',
    'line 13 three',
    'line 17 seven',
  ]);
  expect(sinks()['out']).toMatchObject({ stored: 16, deadLetters: 4 });
  expect(source.settled.every(({ stored }) => stored)).toBe(true);
  running.expectBalance();
});

test('with every byte, and with fields', async () => {
  const batches: Batch[] = [];
  const dead = new FakeSink();
  dead.write = (batch) => void batches.push(batch);
  const { source } = await start(new FakeSink(unwanted), dead);
  const bytes = Buffer.from([0xff, 0x00, 0x0d, 0x41]);
  const lines = joinLines([bytes, 'two\nlines', '\u{feff}"\\\u2028']);
  const fields = [toFields([['level', 'warn']]), undefined, toFields([['__proto__', 1]])];
  source.emit(source.context.admit(lines, { peer: '127.0.0.1:5', fields })!);
  const [batch] = batches;
  const found = batch!.texts().map((text) => JSON.parse(text) as Record<string, unknown>);
  expect(found.map(({ line, lineBase64 }) => line ?? lineBase64)).toEqual([
    bytes.toString('base64'),
    'two\nlines',
    '\u{feff}"\\\u2028',
  ]);
  expect(found.map(({ peer }) => peer)).toEqual(Array(3).fill('127.0.0.1:5'));
  expect(found[0]!['fields']).toEqual({ level: 'warn' });
  expect(found[1]).not.toHaveProperty('fields');
  expect(batch!.fields?.map((each) => each?.['reason'])).toEqual(Array(3).fill('unwanted'));
  expect(batch!.origin).toEqual({ source: 'in', peer: '127.0.0.1:5' });
});

describe('a sink for dead letters', () => {
  test('whose own rejections go nowhere counts them', async () => {
    const { source, running, sinks } = await start(new FakeSink(unwanted), new FakeSink(unwanted));
    source.push('a');
    await settle();
    expect(sinks()['dead']).toMatchObject({
      offered: 1,
      rejected: { unwanted: { lines: 1 } },
      deadLetters: 0,
    });
    expect(source.settled).toEqual([{ lines: ['a'], stored: false }]);
    running.expectBalance();
  });

  test('may have one of its own', async () => {
    const last = new FakeSink();
    const source = new FakeSource();
    const running = await Running.start(
      specOf(
        source,
        { sink: new FakeSink(unwanted) },
        { sink: new FakeSink(unwanted), deadLetter: 'last' },
        { last },
      ),
    );
    source.push('a');
    const [letter] = letters(last);
    expect(letter).toMatchObject({ sink: 'dead', reason: 'unwanted' });
    expect(JSON.parse(letter!['line'] as string)).toMatchObject({ sink: 'out', line: 'a' });
    running.expectBalance();
  });

  test.each(['dropNewest', 'dropOldest'] as const)(
    'that hangs and has the policy %s holds up nobody',
    async (whenFull) => {
      const { source, running, sinks } = await start(new FakeSink(unwanted), new FakeSink(hang), {
        dead: { queue: { maxBytes: 500, whenFull } },
      });
      for (let line = 0; line < 200; line++) source.push(`line ${line}`);
      expect(source.waiting).toBe(0);
      expect(sinks()['good']).toMatchObject({ stored: 200 });
      expect(sinks()['out']).toMatchObject({ rejected: { unwanted: { lines: 200 } }, deadLetters: 200 });
      const { inFlight, dropped } = sinks()['dead']!;
      expect(dropped[whenFull]).toEqual({ lines: 200 - inFlight, intentional: true });
      running.expectBalance();
    },
  );

  test('that blocks and is full holds up the sink that rejects, and loses nothing', async () => {
    const manual = new Manual();
    const dead = new FakeSink(manual.conduct);
    const out = new FakeSink(unwanted);
    const { source, running, sinks } = await start(out, dead, {
      dead: { queue: { maxBytes: 500, whenFull: 'block' } },
    });
    for (let line = 0; line < 200; line++) source.push(`line ${line}`);
    expect(sinks()['dead']!.inFlight).toBeLessThan(8);
    expect(out.writes.length).toBeLessThan(8);
    expect(source.waiting).toBeGreaterThan(0);
    dead.conduct = () => {};
    manual.finish();
    await settle(50);
    expect(letters(dead).map(({ line }) => line)).toEqual(
      Array.from({ length: 200 }, (_, line) => `line ${line}`),
    );
    expect(source.settled).toHaveLength(200);
    running.expectBalance();
  });

  test('that blocks bounds what waits also where the sink that rejects drops', async () => {
    const { source, running, sinks } = await start(new FakeSink(unwanted), new FakeSink(hang), {
      out: { queue: { maxBytes: 100, whenFull: 'dropNewest' } },
      dead: { queue: { maxBytes: 500, whenFull: 'block' } },
    });
    for (let line = 0; line < 200; line++) source.push(`line ${line}`);
    expect(source.waiting).toBe(0);
    expect(sinks()['dead']!.inFlight).toBeLessThan(8);
    expect(sinks()['out']!.dropped['dropNewest']!.lines).toBeGreaterThan(150);
    running.expectBalance();
  });
});

test('many at once are made in turns', async () => {
  const dead = new FakeSink();
  const { source, running, sinks } = await start(new FakeSink(unwanted), dead);
  const lines = Array.from({ length: 2500 }, (_, line) => String(line));
  source.push(...lines.slice(0, 1500));
  expect(dead.stored).toHaveLength(1000);
  expect(sinks()['out']).toMatchObject({ rejected: { unwanted: { lines: 1500 } }, deadLetters: 1000 });
  expect(running.runtime.ledger.unaccounted).toBe(0);
  source.push(...lines.slice(1500));
  await running.pass(0);
  await running.pass(0);
  expect(letters(dead).map(({ line }) => line)).toEqual(lines);
  await settle();
  expect(source.settled).toHaveLength(2);
  running.expectBalance();
});

describe('a stop', () => {
  test('ends the sink for dead letters behind the one that feeds it', async () => {
    const manual = new Manual();
    const out = new FakeSink(manual.conduct);
    const dead = new FakeSink();
    const { source, running, sinks } = await start(out, dead);
    source.push('a');
    const stopping = running.runtime.stop(10_000);
    await settle();
    expect(dead.events).not.toContain('flush');
    manual.fail(new RejectedError('late'));
    expect(await stopping).toBe(0);
    expect(letters(dead)).toMatchObject([{ reason: 'late', line: 'a' }]);
    expect(dead.events.at(-1)).toBe('dispose');
    expect(sinks()['dead']).toMatchObject({ stored: 1 });
    running.expectBalance();
  });

  test('leaves the sink for dead letters time to store the last ones', async () => {
    const dead = new FakeSink(() => new Promise((resolve) => void running.clock.after(50, resolve)));
    const out = new FakeSink(
      (_, attempt) =>
        new Promise(
          (_resolve, reject) =>
            void running.clock.after(attempt * 850, () => reject(new RejectedError('late'))),
        ),
    );
    const { source, running, sinks } = await start(out, dead);
    source.push('a');
    source.push('b');
    expect(await running.stop(1000)).toBe(1);
    expect(letters(dead)).toMatchObject([{ line: 'a' }]);
    expect(sinks()['out']).toMatchObject({ dropped: { deadline: { lines: 1 } }, deadLetters: 1 });
    running.expectBalance();
  });

  test('counts and names the letters for which there was no time', async () => {
    const { source, running, sinks } = await start(new FakeSink(unwanted), new FakeSink(hang), {
      dead: { queue: { maxBytes: 1, whenFull: 'block' } },
    });
    source.push('first');
    source.push(...Array.from({ length: 1500 }, (_, line) => String(line)));
    await running.stop(500);
    expect(sinks()['out']).toMatchObject({ rejected: { unwanted: { lines: 1501 } }, deadLetters: 1001 });
    expect(sinks()['dead']).toMatchObject({ dropped: { deadline: { lines: 1001 } } });
    expect(running.log.messages()).toContain(
      'error: out: 500 rejected lines were not handed on as dead letters',
    );
    running.expectBalance();
  });
});

describe('a reload', () => {
  test('that exchanges the sink for dead letters loses none of them', async () => {
    const manual = new Manual();
    const out = new FakeSink(manual.conduct);
    const slow = new Manual();
    const before = new FakeSink(slow.conduct);
    const after = new FakeSink();
    const source = new FakeSource();
    const spec = specOf(source, { sink: out }, { sink: before, key: 'before', claims: ['x'] });
    const running = await Running.start(spec);
    source.push('a');
    source.push('b');
    manual.fail(new RejectedError('first'));
    await settle();
    const changing = running.change({
      ...spec,
      sinks: { ...spec.sinks, dead: { sink: after, key: 'after', claims: ['x'] } },
    });
    await settle(1);
    manual.fail(new RejectedError('second'));
    await settle(1);
    running.expectBalance({ taken: source.context.credit.taken });
    slow.finish();
    await changing;
    expect(letters(before)).toMatchObject([{ line: 'a' }]);
    expect(letters(after)).toMatchObject([{ line: 'b' }]);
    await settle();
    expect(source.settled).toHaveLength(2);
    running.expectBalance();
  });

  test('that exchanges it lets the sink that rejects wait, and goes on', async () => {
    const slow = new Manual();
    const before = new FakeSink(slow.conduct);
    const after = new FakeSink();
    const out = new FakeSink();
    const source = new FakeSource();
    const spec = specOf(source, { sink: out }, { sink: before, key: 'before', claims: ['x'] });
    const running = await Running.start(spec);
    out.conduct = unwanted;
    source.push('a');
    const changing = running.change({
      ...spec,
      sinks: { ...spec.sinks, dead: { sink: after, key: 'after', claims: ['x'] } },
    });
    await settle();
    for (const line of ['b', 'c', 'd']) source.push(line);
    await settle();
    expect(out.writes).toEqual([['a']]);
    slow.finish();
    await changing;
    expect(letters(after).map(({ line }) => line)).toEqual(['b', 'c', 'd']);
    await settle();
    running.expectBalance();
  });

  test('that takes away both sinks drains them in order', async () => {
    const manual = new Manual();
    const dead = new FakeSink();
    const { source, running, spec } = await start(new FakeSink(manual.conduct), dead);
    source.push('a');
    const changing = running.change({
      ...spec,
      pipelines: { main: { from: ['in'], to: ['good'] } },
      sinks: { good: spec.sinks.good },
    });
    await settle();
    manual.fail(new RejectedError('late'));
    await changing;
    expect(letters(dead)).toMatchObject([{ line: 'a' }]);
    running.expectBalance();
  });

  test('may give a running sink another one, or none', async () => {
    const out = new FakeSink(unwanted);
    const dead = new FakeSink();
    const other = new FakeSink();
    const { source, running, spec, sinks } = await start(out, dead);
    source.push('a');
    await running.change({
      ...spec,
      sinks: { ...spec.sinks, out: { sink: out, deadLetter: 'other' }, other },
    });
    source.push('b');
    await running.change({ ...spec, sinks: { ...spec.sinks, out: { sink: out, deadLetter: undefined } } });
    source.push('c');
    expect([letters(dead), letters(other)].map((all) => all.map(({ line }) => line))).toEqual([['a'], ['b']]);
    expect(sinks()['out']).toMatchObject({ rejected: { unwanted: { lines: 3 } }, deadLetters: 2 });
    running.expectBalance();
  });
});

test('a topology in which dead letters go nowhere, or in a circle, is refused', async () => {
  const source = new FakeSource();
  const sink = new FakeSink();
  const pipelines = { main: { from: ['in'], to: ['a'] } };
  const sources = { in: source };
  await expect(
    Running.start({ sources, pipelines, sinks: { a: { sink, deadLetter: 'b' } } }),
  ).rejects.toThrow('the dead letters of a go to b, which there is not');
  await expect(
    Running.start({
      sources,
      pipelines,
      sinks: { a: { sink, deadLetter: 'b' }, b: { sink, deadLetter: 'a' } },
    }),
  ).rejects.toThrow('the dead letters of a come back to it');
});
