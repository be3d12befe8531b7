import { expect, test } from 'vitest';
import { Batch } from '../../src/core/batch.ts';
import type { Sink } from '../../src/core/component.ts';
import { blackhole } from '../../src/sinks/blackhole.ts';
import { SOME_ORIGIN } from '../support/arbitrary-batches.ts';
import { checkedOptions, checkOptions, componentContext, exampleOptions } from '../support/definitions.ts';
import { ManualClock } from '../support/manual-clock.ts';

function make(options: unknown, clock = new ManualClock()): Sink {
  return blackhole.create(checkedOptions(blackhole, options) as { delay: number }, {
    ...componentContext,
    clock,
  });
}

const batch = Batch.fromTexts(['one', 'two'], SOME_ORIGIN);

test('counts lines and bytes', () => {
  const sink = make({});
  expect(sink.inspect?.()).toEqual({ lines: 0, bytes: 0 });
  expect(sink.write(batch)).toBeUndefined();
  expect(sink.write(batch)).toBeUndefined();
  expect(sink.inspect?.()).toEqual({ lines: 4, bytes: 16 });
});

test('takes its time', async () => {
  const clock = new ManualClock();
  const sink = make({ delay: '100ms' }, clock);
  const writing = sink.write(batch) as Promise<void>;
  clock.advance(99);
  await Promise.resolve();
  expect(sink.inspect?.()).toEqual({ lines: 0, bytes: 0 });
  clock.advance(1);
  await writing;
  expect(sink.inspect?.()).toEqual({ lines: 2, bytes: 8 });
});

test('lets nobody wait after it was disposed', async () => {
  const clock = new ManualClock();
  const sink = make({ delay: '1h' }, clock);
  const writing = sink.write(batch);
  await sink[Symbol.asyncDispose]?.();
  await sink[Symbol.asyncDispose]?.();
  await writing;
  expect(clock.timers).toBe(0);
});

test('refuses what it does not know', () => {
  expect(checkOptions(blackhole, { dealy: '1s' }).problems).toEqual([': Unrecognized key: "dealy"']);
  expect(checkOptions(blackhole, { delay: 'soon' }).problems[0]).toMatch(/^delay: "soon" is not a duration/);
});

test.each(exampleOptions(blackhole))('its example %j runs', async (options) => {
  const clock = new ManualClock();
  const sink = make(options, clock);
  const writing = sink.write(batch);
  clock.advance(100);
  await writing;
  expect(sink.inspect?.()).toMatchObject({ lines: 2 });
});
