import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { settle } from '../support/turns.ts';

test('the machine has a wall clock and one that only goes forward', () => {
  const wall = Date.now();
  expect(Math.abs(systemClock.now() - wall)).toBeLessThan(10_000);
  const first = systemClock.monotonic();
  expect(systemClock.monotonic()).toBeGreaterThanOrEqual(first);
});

test('after fires once, every fires again, and both can be cancelled', async () => {
  const fired: string[] = [];
  await new Promise<void>((resolve) => {
    systemClock.after(1, () => fired.push('cancelled')).cancel();
    const timer = systemClock.every(1, () => {
      fired.push('every');
      if (fired.length < 4) return;
      timer.cancel();
      resolve();
    });
    systemClock.after(0, () => fired.push('after'));
  });
  expect(fired.filter((what) => what === 'after')).toEqual(['after']);
  expect(fired.filter((what) => what === 'every').length).toBeGreaterThan(1);
  expect(fired).not.toContain('cancelled');
});

test('a delay that is longer than the timers know is not taken for none', async () => {
  let fired = 0;
  const timers = [
    systemClock.after(2 ** 31, () => fired++),
    systemClock.after(Number.POSITIVE_INFINITY, () => fired++),
    systemClock.every(2 ** 31, () => fired++),
  ];
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (const timer of timers) timer.cancel();
  expect(fired).toBe(0);
});

test('a timer keeps the process alive only if it is told to', () => {
  const clock = JSON.stringify(fileURLToPath(new URL('../../src/core/clock.ts', import.meta.url)));
  const script = `
    const { sleep, systemClock } = await import(${clock});
    systemClock.after(600_000, () => {});
    systemClock.every(600_000, () => {});
    void sleep(systemClock, 600_000);
    systemClock.after(50, () => console.log('lived'), { keepAlive: true });
  `;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 25_000,
  });
  expect([status, stdout]).toEqual([0, 'lived\n']);
});

test('sleep ends when its time is over', async () => {
  const clock = new ManualClock();
  let awake = false;
  const sleeping = sleep(clock, 100).finally(() => {
    awake = true;
  });
  clock.advance(99);
  await settle();
  expect(awake).toBe(false);
  clock.advance(1);
  await settle();
  expect(awake).toBe(true);
  await sleeping;
});

test('sleep ends early when it is told to, and leaves no timer', async () => {
  const clock = new ManualClock();
  const waking = new AbortController();
  const sleeping = sleep(clock, 100, waking.signal);
  waking.abort();
  await sleeping;
  await sleep(clock, 100, waking.signal);
  expect(clock.timers).toBe(0);
});
