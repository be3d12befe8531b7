import { describe, expect, test, vi } from 'vitest';
import type { Source } from '../../../src/core/component.ts';
import { generate } from '../../../src/sources/generate/generate.ts';
import { checkedOptions, checkOptions, exampleOptions } from '../../support/definitions.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { Collected, TestSourceContext } from '../../support/source-context.ts';

interface Setup {
  readonly clock: ManualClock;
  readonly context: TestSourceContext;
  readonly source: Source;
}

function setUp(options: unknown, credit?: number): Setup {
  const clock = new ManualClock();
  const context = new TestSourceContext(credit === undefined ? { clock } : { clock, credit });
  const source = generate.create(checkedOptions(generate, options) as never, context);
  if (!('batches$' in source)) throw new Error('it is a source in full form');
  return { clock, context, source };
}

describe('the rate', () => {
  test.each([0.5, 1, 10, 1000, 7777])('%d lines a second', (rate) => {
    const { clock, source } = setUp({ rate });
    const collected = new Collected(source, { keep: false });
    clock.advance(0);
    expect(collected.lines).toBe(1);
    clock.advance(20_000);
    // The last tick may be a little while ago.
    expect(collected.lines).toBeLessThanOrEqual(20 * rate + 1);
    expect(collected.lines).toBeGreaterThanOrEqual(19.9 * rate);
    void source.stop?.();
    expect(clock.timers).toBe(0);
  });

  test('a slow one sets few timers', () => {
    const { clock, source } = setUp({ rate: 0.01 });
    const after = vi.spyOn(clock, 'after');
    const collected = new Collected(source);
    clock.advance(1_000_000);
    expect(collected.lines).toBe(11);
    expect(after.mock.calls.length).toBeLessThan(30);
  });

  test('what a while without credit has missed is not made later, but for one second', async () => {
    const { clock, context, source } = setUp({ rate: 100 }, 50);
    const collected = new Collected(source, { settle: false });
    clock.advance(60_000);
    const before = collected.lines;
    expect(before).toBeLessThan(10);
    context.credit.onAvailable(() => {});
    while (collected.unsettled > 0) {
      collected.settle();
      await Promise.resolve();
      await Promise.resolve();
    }
    expect(collected.lines - before).toBeLessThanOrEqual(110);
  });
});

describe('0 is as fast as it goes', () => {
  test('as long as there is credit', async () => {
    const { clock, context, source } = setUp({ rate: 0 }, 300_000);
    const collected = new Collected(source, { settle: false });
    clock.advance(1000);
    const first = collected.lines;
    expect(first).toBeGreaterThan(1000);
    expect(context.credit.available).toBeLessThan(150_000);
    clock.advance(1000);
    expect(collected.lines).toBe(first);
    collected.settle();
    await Promise.resolve();
    clock.advance(0);
    expect(collected.lines).toBeGreaterThan(first);
  });

  test('but everybody else gets a turn, also if the sinks take everything at once', () => {
    const { clock, source } = setUp({ rate: 0 });
    const collected = new Collected(source, { keep: false });
    expect(collected.lines).toBe(0);
    clock.advance(0);
    expect(clock.timers).toBe(1);
    const lines = collected.lines;
    expect(lines).toBeGreaterThan(0);
    void source.stop?.();
    clock.advance(1000);
    expect(collected.lines).toBe(lines);
    expect(collected.completed).toBe(true);
  });
});

test('ends after so many lines, exactly', () => {
  for (const [rate, count] of [
    [0, 100_000],
    [1000, 2500],
    [2, 1],
  ]) {
    const { clock, context, source } = setUp({ rate, count, template: '{seq}' });
    const collected = new Collected(source);
    for (let ms = 0; ms < 5000 && !collected.completed; ms++) clock.advance(1);
    expect(collected.completed).toBe(true);
    expect(collected.lines).toBe(count);
    expect(collected.batches.at(-1)!.texts().at(-1)).toBe(String(count));
    expect(context.credit.taken).toBe(0);
    expect(clock.timers).toBe(0);
  }
});

test('the same seed gives the same lines, however the credit comes', async () => {
  const all = setUp({ rate: 0, count: 3000, template: '{seq} {message}', seed: 5 });
  const expected = new Collected(all.source);
  all.clock.advance(100);
  const { clock, source } = setUp({ rate: 0, count: 3000, template: '{seq} {message}', seed: 5 }, 1000);
  const collected = new Collected(source, { settle: false });
  clock.advance(1);
  while (!collected.completed) {
    collected.settle();
    await Promise.resolve();
    clock.advance(1);
  }
  expect(expected.lines).toBe(3000);
  expect(collected.texts()).toEqual(expected.texts());
});

describe('a stop', () => {
  test('before the start, twice, and while lines wait, leaves nothing behind', async () => {
    const early = setUp({});
    void early.source.stop?.();
    const collected = new Collected(early.source);
    expect(collected.completed).toBe(true);

    const { clock, context, source } = setUp({ rate: 0 }, 10);
    const waiting = new Collected(source, { settle: false });
    clock.advance(1);
    expect(waiting.unsettled).toBe(1);
    void source.stop?.();
    await source[Symbol.asyncDispose]?.();
    expect(waiting.completed).toBe(true);
    waiting.settle();
    await Promise.resolve();
    expect(context.admitted).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });
});

describe('says what is wrong', () => {
  test.each([
    [{ rate: -1 }, 'rate: '],
    [{ rate: '10' }, 'rate: '],
    [{ count: 0 }, 'count: '],
    [{ seed: 1.5 }, 'seed: '],
    [
      { template: '{nope}' },
      'template: "{nope}" has an unknown placeholder {nope}. There is {time}, {level}',
    ],
    [{ rates: 1 }, ': Unrecognized key: "rates"'],
  ])('%j', (options, problem) => {
    expect(checkOptions(generate, options).problems[0]?.startsWith(problem)).toBe(true);
  });
});

test.each(exampleOptions(generate))('its example %j runs', (options) => {
  const { clock, source } = setUp(options);
  const collected = new Collected(source, { keep: false });
  clock.advance(50);
  expect(collected.lines).toBeGreaterThan(0);
  void source.stop?.();
});
