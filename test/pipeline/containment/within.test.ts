import { expect, test } from 'vitest';
import { attempt, within } from '../../../src/pipeline/containment/within.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { settle } from '../../support/turns.ts';

test('work that ends in time has ended in time, well or badly', async () => {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  expect(await within(clock, 100, Promise.resolve(1), onError)).toBe(true);
  expect(await within(clock, 100, Promise.reject(new Error('no')), onError)).toBe(true);
  expect(errors).toEqual([new Error('no')]);
  expect(clock.timers).toBe(0);
});

test('work that does not end is not waited for, and may fail later', async () => {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const work = Promise.withResolvers<void>();
  const waiting = within(clock, 100, work.promise, (error) => errors.push(error));
  clock.advance(100);
  expect(await waiting).toBe(false);
  work.reject(new Error('late'));
  await settle();
  expect(errors).toEqual([new Error('late')]);
});

test('no time at all is enough for work that is done', async () => {
  const clock = new ManualClock();
  expect(await within(clock, -5, Promise.resolve(), () => {})).toBe(true);
});

test('work that throws at once is work that fails', async () => {
  await expect(
    attempt(() => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  await expect(attempt(() => 1)).resolves.toBeUndefined();
});
