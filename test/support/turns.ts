/** Waiting, for tests in which nothing happens but what they make happen. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ManualClock } from './manual-clock.ts';

/** Lets promises and microtasks that can go on do so. */
export async function settle(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await nextTurn();
}

/** Lets time pass, in steps of `step` ms, until `work` has ended; answers what it answers. */
export async function passUntil<T>(clock: ManualClock, work: Promise<T>, step = 100): Promise<T> {
  let hasEnded = false;
  const ended = work.finally(() => {
    hasEnded = true;
  });
  ended.catch(() => {});
  for (let turn = 0; turn < 10_000; turn++) {
    await settle(1);
    if (hasEnded) return await ended;
    clock.advance(step);
  }
  throw new Error('it does not end, however much time passes');
}
