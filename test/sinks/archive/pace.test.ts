import { expect, test } from 'vitest';
import { Pace } from '../../../src/sinks/archive/pace.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { settle } from '../../support/turns.ts';

const SETTINGS = { interval: 1000, enough: 1000 };

class PaceRig {
  readonly clock = new ManualClock();
  readonly pace = new Pace(SETTINGS, this.clock);
  waiting = false;

  /** A group comes; answers how long it waits, in ms. Its write takes no time. */
  async group(bytes: number): Promise<number> {
    const begin = this.clock.monotonic();
    this.begin(bytes);
    await settle();
    while (this.waiting) {
      this.clock.advance(1);
      await settle();
    }
    return this.clock.monotonic() - begin;
  }

  begin(bytes: number): void {
    this.waiting = true;
    void this.#write(bytes);
  }

  async #write(bytes: number): Promise<void> {
    await this.pace.wait(bytes);
    this.waiting = false;
    this.pace.wrote(false);
  }
}

test('the first group, and one after a long pause, are written at once', async () => {
  const rig = new PaceRig();
  expect(await rig.group(1)).toBe(0);
  rig.clock.advance(1000);
  expect(await rig.group(1)).toBe(0);
});

test('a trickle is written about once an interval; what gathered meanwhile follows at once', async () => {
  const rig = new PaceRig();
  await rig.group(1);
  rig.clock.advance(100);
  expect(await rig.group(1)).toBe(900);
  expect(await rig.group(9)).toBe(0);
  rig.clock.advance(100);
  expect(await rig.group(1)).toBe(900);
});

test('a group that is large enough never waits', async () => {
  const rig = new PaceRig();
  await rig.group(1);
  expect(await rig.group(1000)).toBe(0);
  expect(await rig.group(5000)).toBe(0);
});

test('lines that come fast wait only until there is enough of them', async () => {
  const rig = new PaceRig();
  await rig.group(1000);
  rig.clock.advance(10);
  // 100 bytes in 10 ms: 900 more take 90 ms.
  expect(await rig.group(100)).toBe(90);
});

test('a source that sends nothing while it waits for its credit is not held up for longer and longer', async () => {
  const rig = new PaceRig();
  await rig.group(100);
  const waits: number[] = [];
  for (let round = 0; round < 20; round++) {
    // Each time, all the credit there is comes within 1 ms of the last write.
    rig.clock.advance(1);
    waits.push(await rig.group(100));
  }
  expect(Math.max(...waits)).toBeLessThanOrEqual(10);
});

test('a write that failed is tried again at once', async () => {
  const rig = new PaceRig();
  await rig.group(1);
  rig.pace.wrote(true);
  expect(await rig.group(1)).toBe(0);
});

test('a wait can be ended, and waits can end for good', async () => {
  const rig = new PaceRig();
  await rig.group(1);
  rig.clock.advance(10);
  rig.begin(1);
  await settle();
  expect([rig.waiting, rig.clock.timers]).toEqual([true, 1]);
  rig.pace.hurry();
  await settle();
  expect([rig.waiting, rig.clock.timers]).toEqual([false, 0]);
  await rig.group(1);
  rig.clock.advance(10);
  rig.begin(1);
  await settle();
  expect(rig.waiting).toBe(true);
  rig.pace.end();
  await settle();
  expect(rig.waiting).toBe(false);
  rig.clock.advance(10);
  expect(await rig.group(1)).toBe(0);
});
