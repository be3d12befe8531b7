import { expect, test } from 'vitest';
import { Credit } from '../../src/core/credit.ts';
import { settle } from '../support/turns.ts';

test('what is taken is missing until it is given back', () => {
  const credit = new Credit(100);
  expect(credit.tryTake(60)).toBe(true);
  expect(credit.tryTake(41)).toBe(false);
  expect([credit.available, credit.taken]).toEqual([40, 60]);
  credit.give(60);
  expect([credit.available, credit.taken]).toEqual([100, 0]);
});

test('what is larger than the limit takes all of it, and waits until it is alone', () => {
  const credit = new Credit(100);
  expect(credit.tryTake(1)).toBe(true);
  expect(credit.tryTake(1000)).toBe(false);
  credit.give(1);
  expect(credit.tryTake(1000)).toBe(true);
  expect(credit.available).toBe(0);
  credit.give(1000);
  expect(credit.available).toBe(100);
});

test('nobody gets anything while a gate is closed', () => {
  const credit = new Credit(100);
  credit.close();
  credit.close();
  credit.open();
  expect([credit.closed, credit.tryTake(1)]).toEqual([true, false]);
  credit.open();
  expect([credit.closed, credit.tryTake(1)]).toEqual([false, true]);
});

test('its faults are said', () => {
  const credit = new Credit(100);
  expect(() => credit.give(1)).toThrow('more credit was given back than was taken');
  expect(() => credit.open()).toThrow('a gate was opened that was not closed');
  for (const limit of [0, -1, Number.NaN]) expect(() => new Credit(limit)).toThrow(RangeError);
});

test('listeners are told of credit, soon but never at once', async () => {
  const credit = new Credit(100);
  let told = 0;
  credit.onAvailable(() => told++);
  credit.tryTake(100);
  credit.give(10);
  credit.give(10);
  expect(told).toBe(0);
  await settle();
  expect(told).toBe(1);
});

test('listeners are told when the last gate opens, and not before', async () => {
  const credit = new Credit(100);
  let told = 0;
  credit.onAvailable(() => told++);
  credit.tryTake(50);
  credit.close();
  credit.close();
  credit.open();
  credit.give(10);
  await settle();
  expect(told).toBe(0);
  credit.open();
  await settle();
  expect(told).toBe(1);
});

test('a listener that has gone is not told, even if it went just now', async () => {
  const credit = new Credit(100);
  const told: string[] = [];
  credit.onAvailable(() => {
    told.push('first');
    stopSecond();
  });
  const stopSecond = credit.onAvailable(() => told.push('second'));
  credit.tryTake(100);
  credit.give(100);
  await settle();
  expect(told).toEqual(['first']);
});

test('listeners are told as long as there is credit', async () => {
  const credit = new Credit(100);
  const told: string[] = [];
  for (const name of ['first', 'second']) {
    credit.onAvailable(() => {
      told.push(name);
      credit.tryTake(100);
    });
  }
  credit.tryTake(100);
  credit.give(100);
  await settle();
  expect(told).toEqual(['first']);
});

test('a listener that takes itself off and on again is told once', async () => {
  const credit = new Credit(100);
  let told = 0;
  const listen = (): void => {
    const stop = credit.onAvailable(() => {
      told++;
      stop();
      listen();
    });
  };
  listen();
  credit.tryTake(100);
  credit.give(1);
  await settle();
  expect(told).toBe(1);
});

test('a listener that throws keeps the others from nothing', async () => {
  const errors: unknown[] = [];
  const credit = new Credit(100, (error) => errors.push(error));
  let told = 0;
  credit.onAvailable(() => {
    throw new Error('broken');
  });
  credit.onAvailable(() => told++);
  credit.tryTake(1);
  credit.give(1);
  await settle();
  expect(told).toBe(1);
  expect(errors).toEqual([new Error('broken')]);
});
