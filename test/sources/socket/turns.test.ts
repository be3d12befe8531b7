import { expect, test } from 'vitest';
import { Turns } from '../../../src/sources/socket/turns.ts';
import { ManualClock } from '../../support/manual-clock.ts';

test('those who wait are served in their order, until one cannot be', () => {
  const served: string[] = [];
  let left = 2;
  const turns = new Turns<string>(new ManualClock(), (name) => {
    if (left === 0) return 'stop';
    left--;
    served.push(name);
    return 'done';
  });
  for (const name of ['a', 'b', 'c', 'a', 'd']) turns.wait(name);
  expect(turns.size).toBe(4);
  turns.run();
  expect(served).toEqual(['a', 'b']);
  expect([turns.has('a'), turns.has('c')]).toEqual([false, true]);
  turns.wait('a');
  left = 10;
  turns.run();
  expect(served).toEqual(['a', 'b', 'c', 'd', 'a']);
  expect(turns.size).toBe(0);
});

test('serving that gives credit back does not serve anybody twice or out of order', () => {
  const served: string[] = [];
  const turns: Turns<string> = new Turns(new ManualClock(), (name) => {
    served.push(name);
    turns.run();
    return 'done';
  });
  for (const name of ['a', 'b', 'c']) turns.wait(name);
  turns.run();
  expect(served).toEqual(['a', 'b', 'c']);
});

test('one that fails to be served ends the round, not the next one', () => {
  let broken = true;
  const turns = new Turns<string>(new ManualClock(), () => {
    if (broken) throw new Error('broken');
    return 'done';
  });
  turns.wait('a');
  expect(() => turns.run()).toThrow('broken');
  broken = false;
  turns.run();
  expect(turns.size).toBe(0);
});

test('the time in which somebody waits adds up', () => {
  const clock = new ManualClock();
  const turns = new Turns<string>(clock, () => 'done');
  clock.advance(5);
  turns.wait('a');
  clock.advance(10);
  turns.wait('b');
  expect(turns.elapsed).toBe(10);
  turns.run();
  clock.advance(100);
  expect(turns.elapsed).toBe(10);
  turns.wait('a');
  clock.advance(7);
  expect(turns.clear()).toEqual(['a']);
  clock.advance(100);
  expect(turns.elapsed).toBe(17);
});

test('one that passes is asked again in the next round; one that goes behind, after all others', () => {
  const served: string[] = [];
  const later = new Set(['b']);
  const turns = new Turns<string>(new ManualClock(), (name) => {
    served.push(name);
    if (name === 'a' && served.length < 5) return 'passed';
    return later.delete(name) ? 'behind' : 'done';
  });
  for (const name of ['a', 'b', 'c']) turns.wait(name);
  turns.run();
  expect(served).toEqual(['a', 'b', 'c', 'b']);
  turns.run();
  expect(served).toEqual(['a', 'b', 'c', 'b', 'a']);
  expect(turns.size).toBe(0);
});
