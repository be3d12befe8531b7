/** The buffer: 10,000 lines, the oldest make room, and it is counted. */
import { expect, test } from 'vitest';
import { LogcasterProcess } from '../support/logcaster-process.ts';

test('the newest 10,000 lines stay, and what was overwritten is counted', async () => {
  const collector = await LogcasterProcess.start();
  const lines = Array.from({ length: 12_500 }, (_, index) => `line ${index}.`);
  await collector.sendLines(lines.slice(0, 10_000));
  await collector.stored(10_000);
  expect(await collector.ask('STATS')).toBe('STATS: Total=10000, Dropped=0, Current=10000, Clients=0\n');

  await collector.sendLines(lines.slice(10_000));
  await collector.stored(12_500);
  expect(await collector.ask('STATS')).toBe('STATS: Total=12500, Dropped=2500, Current=10000, Clients=0\n');
  expect(await collector.ask('COUNT')).toBe('COUNT: 10000\n');
  // All of them, oldest first.
  const all = await collector.ask('QUERY keyword=');
  expect(all).toBe(`FOUND: 10000 matches\n${lines.slice(2500).join('\n')}\n`);
  expect(await collector.ask('QUERY keyword=line 2499.')).toBe('FOUND: 0 matches\n');
  expect(await collector.ask('QUERY keyword=line 2500.')).toBe('FOUND: 1 matches\nline 2500.\n');
});

test('--ring-lines and --ring-bytes set its limits', async () => {
  const few = await LogcasterProcess.start(['--ring-lines', '3']);
  await few.sendLines(['one', 'two', 'three', 'four', 'five']);
  await few.stored(5);
  expect(await few.ask('QUERY keyword=')).toBe('FOUND: 3 matches\nthree\nfour\nfive\n');
  expect(await few.ask('STATS')).toBe('STATS: Total=5, Dropped=2, Current=3, Clients=0\n');

  // Each takes 10 bytes with its line feed.
  const small = await LogcasterProcess.start(['--ring-bytes', '35']);
  await small.sendLines(['aaaaaaaa1', 'aaaaaaaa2', 'aaaaaaaa3', 'aaaaaaaa4']);
  await small.stored(4);
  expect(await small.ask('QUERY keyword=')).toBe('FOUND: 3 matches\naaaaaaaa2\naaaaaaaa3\naaaaaaaa4\n');
});
