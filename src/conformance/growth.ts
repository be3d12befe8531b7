/**
 * Finds what grows with what a component has seen: a map by peer, by key, by field, that nothing is ever taken out of.
 *
 * The memory of this process is looked at after a garbage collection, round by round. In each round everything is new: lines,
 * peers, keys and values. What is bounded grows at first and then no more, so a component passes as soon as two rounds in
 * a row add next to nothing; what is not bounded grows in every round. One round proves nothing, since the process has a life of its own:
 * code is compiled, test runners take notes.
 */
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sleep, systemClock } from '../core/clock.ts';

/** Rounds that do not count: what is made once is made in them. */
const WARM_UP = 2;

/** Who still grows in the last of them has no bound, or one far too high for the test: its options can say so. */
const MOST_ROUNDS = 14;

/** Less than this a round, in bytes, is the process itself. Five hundred entries of a map of senders take 170,000. */
const NOISE = 100_000;

/** How often memory is looked at in a round, as long as it becomes less: a busy machine closes late. */
const MOST_LOOKS = 10;

/** How many quiet rounds in a row are enough. */
const ENOUGH = 2;

/**
 * Feeds round after round, and checks that what is kept stops growing.
 *
 * @param feed - Gives the component one round of what it has never seen, and waits until it is through.
 */
export async function staysBounded(feed: (round: number) => Promise<void>): Promise<void> {
  const growth: number[] = [];
  let quiet = 0;
  let before = 0;
  for (let round = 0; round < MOST_ROUNDS && quiet < ENOUGH; round++) {
    await feed(round);
    const now = await memoryInUse();
    if (round >= WARM_UP) {
      growth.push(now - before);
      quiet = now - before < NOISE ? quiet + 1 : 0;
    }
    before = now;
  }
  if (quiet >= ENOUGH) return;
  const rounds = growth.map((bytes) => Math.round(bytes / 1000)).join(', ');
  assert.fail(`it keeps more and more: so many kB in each round of new lines, peers and fields: ${rounds}`);
}

/** Bytes that are in use in this process, buffers among them, when all garbage is gone: when looking again finds no less. */
async function memoryInUse(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < MOST_LOOKS; look++) {
    collectGarbage();
    // What is closed goes in the turns of the loop that follow.
    await sleep(systemClock, 5, undefined, { keepAlive: true });
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    const before = least;
    least = Math.min(least, heapUsed + external);
    if (before - least < NOISE / 10) break;
  }
  return least;
}

let collectGarbage = (): void => {
  setFlagsFromString('--expose-gc');
  collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
};
