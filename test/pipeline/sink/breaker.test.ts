/** The circuit breaker of a sink, with the clock of the test. */
import { describe, expect, test } from 'vitest';
import { RejectedError, RetryableError } from '../../../src/core/errors.ts';
import type { BreakerSettings, RetrySettings, WhenFull } from '../../../src/pipeline/topology.ts';
import { FakeSink, failing, hang, Manual, rejecting } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { Running } from '../../support/running.ts';
import { settle } from '../../support/turns.ts';

const busy = (): Error => new RetryableError('busy');
const BREAKER = { failures: 3, pause: 10_000, maxPause: 40_000 };
const RETRY = { initial: 10, max: 10 };

interface Settings {
  readonly breaker?: Partial<BreakerSettings> | undefined;
  readonly retry?: Partial<RetrySettings>;
  readonly whenFull?: WhenFull;
  readonly maxBytes?: number;
}

function specOf(
  source: FakeSource,
  sink: FakeSink,
  { retry = RETRY, whenFull = 'block', maxBytes = 1e6, ...others }: Settings,
) {
  const { breaker } = { breaker: BREAKER, ...others };
  return {
    sources: { in: { create: source.create, credit: 1e6 } },
    pipelines: { main: { from: ['in'], to: ['out'] } },
    sinks: { out: { sink, breaker, retry, queue: { maxBytes, whenFull } } },
  };
}

async function start(sink: FakeSink, settings: Settings = {}) {
  const source = new FakeSource();
  const running = await Running.start(specOf(source, sink, settings));
  const pass = async (ms: number, step = 10): Promise<void> => {
    for (let at = 0; at < ms; at += step) await running.pass(step);
  };
  return { source, running, pass, figures: () => running.ledger.sinks['out']! };
}

test('opens after so many failures in a row, tries one line, and closes when that is stored', async () => {
  const sink = new FakeSink(failing(3, busy)).grouped();
  const { source, running, pass, figures } = await start(sink);
  expect(figures()['breaker']).toMatchObject({ state: 'closed', opened: 0, failures: 0 });
  source.push('a', 'b');
  await pass(50);

  expect(sink.writes).toHaveLength(3);
  expect(figures()).toMatchObject({
    inFlight: 2,
    breaker: { state: 'open', opened: 1, failures: 3, since: expect.stringMatching(/^2026-01-01T00:00:00/) },
  });
  source.push('c');
  await pass(4000, 1000);
  expect(sink.writes).toHaveLength(3);
  await pass(6000, 1000);

  expect(sink.writes.slice(3)).toEqual([['a'], ['b'], ['c']]);
  expect(figures()).toMatchObject({
    stored: 3,
    inFlight: 0,
    breaker: { state: 'closed', opened: 1, failures: 0 },
  });
  expect(source.settled).toEqual([
    { lines: ['a', 'b'], stored: true },
    { lines: ['c'], stored: true },
  ]);
  expect(running.log.messages()).toEqual([
    'warn: out: cannot write, tries again: busy',
    expect.stringMatching(
      /^warn: out: the breaker is open, after 3 failures in a row: nothing is written for \d+ s: busy$/,
    ),
    'info: out: the breaker is half-open: one line is tried',
    expect.stringMatching(/^info: out: the breaker is closed, after \d+ s: writes again$/),
  ]);
  running.expectBalance();
});

test('stays open for twice as long each time that the probe fails, up to the longest', async () => {
  const attempts: number[] = [];
  const sink = new FakeSink(() => {
    attempts.push(running.clock.monotonic());
    throw busy();
  });
  const { source, running, pass } = await start(sink, { breaker: { ...BREAKER, failures: 1 } });
  source.push('a', 'b', 'c');
  await pass(200_000, 100);
  const pauses = attempts.slice(1, 6).map((at, index) => at - attempts[index]!);
  for (const [index, longest] of [10_000, 20_000, 40_000, 40_000, 40_000].entries()) {
    expect(pauses[index]).toBeGreaterThanOrEqual(longest / 2);
    expect(pauses[index]).toBeLessThanOrEqual(longest + 100);
  }
  expect(sink.writes.slice(1).every((lines) => lines.length === 1)).toBe(true);
  expect(running.ledger.sinks['out']).toMatchObject({ inFlight: 3, breaker: { opened: attempts.length } });
});

test('with a limit on attempts, lines are not used up while it is open', async () => {
  const sink = new FakeSink(() => {
    throw busy();
  });
  const { source, running, pass, figures } = await start(sink, { retry: { ...RETRY, maxAttempts: 2 } });
  for (let line = 0; line < 50; line++) source.push(`line ${line}`);
  await pass(60);
  // The first line has had its two attempts, the next one its first; then it opened.
  expect(figures()).toMatchObject({
    rejected: { 'retries-exhausted': { lines: 1 } },
    inFlight: 49,
    breaker: { state: 'open' },
  });
  await pass(60_000, 1000);
  sink.conduct = () => {};
  await pass(60_000, 1000);
  // Each probe was one attempt of one line.
  const { lines } = figures().rejected['retries-exhausted']!;
  expect(lines).toBeLessThanOrEqual(4);
  expect(sink.stored).toHaveLength(50 - lines);
  running.expectBalance();
});

test('a sink that throws what cannot pass loses the lines of its attempts, and no more', async () => {
  const sink = new FakeSink(failing(3, () => new TypeError('no such thing'))).grouped(1);
  const { source, running, pass, figures } = await start(sink);
  for (let line = 0; line < 50; line++) source.push(`line ${line}`);
  await pass(20_000, 1000);
  expect(figures()).toMatchObject({ rejected: { TypeError: { lines: 3 } }, stored: 47 });
  running.expectBalance();
});

test('a probe that is refused on purpose closes it, and the rest is written', async () => {
  const sink = new FakeSink((lines, attempt) => {
    if (attempt <= 3) throw busy();
    if (attempt === 4) throw new RejectedError('unwanted');
    return rejecting((line) => (line === 'c' ? 'third' : undefined))(lines, attempt);
  });
  const { source, running, pass, figures } = await start(sink);
  source.push('a', 'b', 'c');
  await pass(20_000, 1000);
  expect(sink.writes.slice(3)).toEqual([['a'], ['b', 'c']]);
  expect(figures()).toMatchObject({
    stored: 1,
    rejected: { unwanted: { lines: 1 }, third: { lines: 1 } },
    breaker: { state: 'closed' },
  });
  expect(source.settled).toEqual([{ lines: ['a', 'b', 'c'], stored: false }]);
  running.expectBalance();
});

test('progress and refusals are no failures in a row', async () => {
  const sink = new FakeSink((_, attempt) => {
    if (attempt % 3 === 0) throw new RejectedError('unwanted');
    throw busy();
  });
  const { source, pass, figures } = await start(sink);
  for (let line = 0; line < 10; line++) source.push(`line ${line}`);
  await pass(2000);
  expect(figures()).toMatchObject({ rejected: { unwanted: { lines: 10 } }, breaker: { opened: 0 } });
});

describe('while it is open', () => {
  test.each([
    ['dropNewest', ['line 0', 'line 1', 'line 2', 'line 3', 'line 4']],
    ['dropOldest', ['line 0', 'line 16', 'line 17', 'line 18', 'line 19']],
  ] as const)('%s keeps what its name says, and counts the others', async (whenFull, kept) => {
    const sink = new FakeSink(failing(1, busy));
    const { source, running, pass, figures } = await start(sink, {
      breaker: { ...BREAKER, failures: 1 },
      whenFull,
      maxBytes: 4 * 8,
    });
    for (let line = 0; line < 20; line++) source.push(`line ${line}`.padEnd(7));
    expect(figures()).toMatchObject({
      inFlight: 5,
      dropped: { [whenFull]: { lines: 15, intentional: true } },
    });
    await pass(10_000, 1000);
    expect(sink.stored.map((line) => line.trim())).toEqual(kept);
    running.expectBalance();
  });

  test('after plain errors nothing slips past a full queue either', async () => {
    const sink = new FakeSink(failing(1, () => new TypeError('no such thing')));
    const { source, running, figures } = await start(sink, {
      breaker: { ...BREAKER, failures: 1 },
      whenFull: 'dropNewest',
      maxBytes: 10,
    });
    source.push('a');
    source.push('b'.repeat(50));
    source.push('c');
    expect(figures()).toMatchObject({ dropped: { dropNewest: { lines: 1 } }, inFlight: 1 });
    running.expectBalance();
  });

  test('block makes the sources wait, and loses nothing', async () => {
    const sink = new FakeSink(failing(1, busy));
    const { source, running, pass } = await start(sink, {
      breaker: { ...BREAKER, failures: 1 },
      maxBytes: 4 * 8,
    });
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    for (const line of lines) source.push(line);
    expect(source.waiting).toBeGreaterThan(0);
    await pass(12_000, 1000);
    expect(sink.stored).toEqual(lines);
    running.expectBalance();
  });

  test('a stop makes one more attempt at once', async () => {
    const sink = new FakeSink(failing(1, busy));
    const { source, running } = await start(sink, {
      breaker: { failures: 1, pause: 3_600_000, maxPause: 3_600_000 },
    });
    source.push('a', 'b');
    await settle();
    expect(await running.stop(1000)).toBe(0);
    expect(sink.stored).toEqual(['a', 'b']);
  });

  test('a reload that takes it away ends the pause', async () => {
    const sink = new FakeSink(failing(1, busy));
    const settings = { breaker: { failures: 1, pause: 3_600_000, maxPause: 3_600_000 } };
    const { source, running } = await start(sink, settings);
    source.push('a', 'b');
    const spec = specOf(source, sink, settings);
    await running.change({ ...spec, sinks: { out: { ...spec.sinks.out, breaker: undefined } } });
    expect(sink.stored).toEqual(['a', 'b']);
    running.expectBalance();
  });
});

describe('a write that hangs', () => {
  const retry = { ...RETRY, writeTimeout: 5000 };

  test('is shown, and named once', async () => {
    const sink = new FakeSink(hang);
    const { source, running, pass, figures } = await start(sink, { retry, breaker: undefined });
    source.push('a', 'b');
    await pass(3000, 1000);
    expect(figures()['writingFor']).toBe(3000);
    await pass(60_000, 1000);
    expect(figures()).toMatchObject({ writingFor: 63_000, hung: 1, inFlight: 2 });
    expect(sink.writes).toHaveLength(1);
    expect(running.log.messages()).toEqual([
      'warn: out: hangs: a write of 2 lines has not ended after 5s; until it ends nothing else is written',
    ]);
  });

  test('opens the breaker, and closes it when it ends well after all', async () => {
    const manual = new Manual();
    const sink = new FakeSink(manual.conduct);
    const { source, running, pass, figures } = await start(sink, { retry });
    source.push('a');
    source.push('b');
    await pass(6000, 1000);
    expect(figures()['breaker']).toMatchObject({ state: 'open', opened: 1 });
    manual.finish();
    await settle();
    expect(figures()['breaker']).toMatchObject({ state: 'closed', opened: 1 });
    expect(running.log.messages()).toContain('info: out: the write that hung has ended, after 6 s');
    manual.finish();
    await settle();
    expect(sink.stored).toEqual(['a', 'b']);
    expect(sink.parallel).toBe(1);
    running.expectBalance();
  });

  test('is told to end, and what it throws then is tried again', async () => {
    const signals: AbortSignal[] = [];
    const sink = new FakeSink();
    let attempts = 0;
    sink.write = (batch, context) => {
      const { signal } = context!;
      signals.push(signal);
      if (++attempts > 1) {
        sink.stored.push(...batch.texts());
        return undefined;
      }
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () =>
          reject(new DOMException('The operation was aborted', 'AbortError')),
        ),
      );
    };
    const { source, running, pass } = await start(sink, { retry, breaker: undefined });
    source.push('a');
    await pass(7000, 1000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect((signals[0]!.reason as Error).message).toBe('the write has taken longer than 5s');
    expect(sink.stored).toEqual(['a']);
    expect(running.ledger.sinks['out']).toMatchObject({ stored: 1, retries: 1, rejected: {} });
    running.expectBalance();
  });

  test('and fails when it is told to end is one failure', async () => {
    const sink = new FakeSink();
    sink.write = (_, context) =>
      new Promise((_resolve, reject) =>
        context!.signal.addEventListener('abort', () => reject(context!.signal.reason as Error)),
      );
    const { source, running, pass, figures } = await start(sink, { retry });
    source.push('a');
    await pass(6000, 1000);
    expect(figures()).toMatchObject({
      hung: 1,
      retries: 1,
      breaker: { state: 'open', opened: 1, failures: 1 },
    });
    expect(running.log.messages()).toEqual([
      'warn: out: hangs: a write of 1 line has not ended after 5s; until it ends nothing else is written',
      'info: out: the write that hung has ended, after 5 s',
      expect.stringMatching(
        /^warn: out: the breaker is open, after a failure: nothing is written for \d+ s: the write has taken longer than 5s$/,
      ),
    ]);
    running.expectBalance({ taken: source.context.credit.taken });
  });

  test('is told so when its lines are given up', async () => {
    let signal: AbortSignal | undefined;
    const sink = new FakeSink();
    sink.write = (_, context) => {
      ({ signal } = context!);
      return hang();
    };
    const { source, running } = await start(sink);
    source.push('a');
    expect(await running.stop(500)).toBe(1);
    expect(signal?.aborted).toBe(true);
  });
});
