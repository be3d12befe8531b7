import { expect, test } from 'vitest';
import { Pace, paceOf } from '../../src/core/pace.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** An event loop of which each turn takes as long as is said, beside the slices. */
function makeLoop(othersPerTurn: number) {
  let now = 0;
  const callbacks: (() => void)[] = [];
  const pace = new Pace({ monotonic: () => now }, (callback) => void callbacks.push(callback));
  const turns = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn++) {
      now += othersPerTurn;
      for (const callback of callbacks.splice(0)) callback();
      // What a slice does is done in its promises.
      for (let tick = 0; tick < 5; tick++) await Promise.resolve();
    }
  };
  const work = async (log: string[], name: string, slices: number): Promise<void> => {
    for (let slice = 0; slice < slices; slice++) {
      await pace.turn();
      log.push(name);
      now += 1;
    }
    await pace.turn();
  };
  return { pace, turns, work };
}

test('where nobody waits there is a slice a turn', async () => {
  const { turns, work } = makeLoop(0.01);
  const log: string[] = [];
  void work(log, 'a', 100);
  await turns(50);
  expect(log).toHaveLength(50);
});

test('others have as long as the slice before, before the next one', async () => {
  const { turns, work } = makeLoop(0.1);
  const log: string[] = [];
  void work(log, 'a', 100);
  await turns(101);
  // A slice of 1 ms, ten turns of 0.1 ms.
  expect(log.length).toBeGreaterThanOrEqual(9);
  expect(log.length).toBeLessThanOrEqual(11);
});

test('turns that take long hold up nothing longer than a turn', async () => {
  const { turns, work } = makeLoop(20);
  const log: string[] = [];
  void work(log, 'a', 100);
  await turns(20);
  expect(log).toHaveLength(20);
});

test('many searches take turns, and together have no more than one', async () => {
  const { turns, work } = makeLoop(0.1);
  const log: string[] = [];
  for (const name of ['a', 'b', 'c']) void work(log, name, 100);
  await turns(101);
  expect(log.length).toBeLessThanOrEqual(11);
  expect(log.slice(0, 6)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
});

test('who does not come back for long does not hold up the others', async () => {
  const { pace, turns, work } = makeLoop(0.01);
  void pace.turn();
  await turns(1);
  const log: string[] = [];
  void work(log, 'a', 3);
  await turns(5);
  expect(log).toHaveLength(3);
});

test('all work of a clock shares a pace', () => {
  const clock = new ManualClock();
  expect(paceOf(clock)).toBe(paceOf(clock));
  expect(paceOf(new ManualClock())).not.toBe(paceOf(clock));
});
