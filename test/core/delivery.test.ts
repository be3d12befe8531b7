import { expect, test } from 'vitest';
import { Delivery } from '../../src/core/delivery.ts';

function recorded(): { readonly delivery: Delivery; readonly told: boolean[] } {
  const told: boolean[] = [];
  return { delivery: new Delivery((stored) => told.push(stored)), told };
}

test('the last keeper settles it, once', () => {
  const { delivery, told } = recorded();
  delivery.retain();
  delivery.retain(2);
  for (let keepers = 3; keepers > 0; keepers--) delivery.release();
  expect([told, delivery.settled]).toEqual([[], false]);
  delivery.release();
  expect([told, delivery.settled]).toEqual([[true], true]);
});

test('one keeper that lost lines is enough to say so', () => {
  const { delivery, told } = recorded();
  delivery.retain(2);
  delivery.release();
  delivery.release(false);
  delivery.release(true);
  expect(told).toEqual([false]);
});

test('what is settled can be neither retained nor released', () => {
  const { delivery, told } = recorded();
  delivery.release();
  expect(() => delivery.retain()).toThrow('retained after it was settled');
  expect(() => delivery.release()).toThrow('released more often than it was retained');
  expect(told).toEqual([true]);
});

test('one delivery stands for several', () => {
  const parts = [recorded(), recorded()];
  const all = Delivery.all(parts.map(({ delivery }) => delivery));
  all.retain();
  all.release(false);
  expect(parts.map(({ told }) => told)).toEqual([[], []]);
  all.release();
  expect(parts.map(({ told }) => told)).toEqual([[false], [false]]);
});

test('one delivery for one is that one; one for none can be settled', () => {
  const { delivery } = recorded();
  expect(Delivery.all([delivery])).toBe(delivery);
  const none = Delivery.all([]);
  none.release();
  expect(none.settled).toBe(true);
});

test('one of several that is broken does not keep the others', () => {
  const [broken, sound] = [recorded(), recorded()];
  const all = Delivery.all([broken.delivery, sound.delivery]);
  broken.delivery.release();
  expect(() => all.release()).toThrow('released more often');
  expect(sound.told).toEqual([true]);
});

test('the ignored delivery minds nothing', () => {
  Delivery.ignored.release();
  Delivery.ignored.release(false);
  Delivery.ignored.retain(3);
  expect(Delivery.ignored.settled).toBe(false);
});
