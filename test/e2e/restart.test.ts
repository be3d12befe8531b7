/** A start finds what an earlier one has left: the newest lines are searchable again, and a torn line is set apart. */
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linesIn } from '../support/log-files.ts';
import { LogcasterProcess } from '../support/logcaster-process.ts';

test('with -P the newest lines are back, and do not count as received', async () => {
  const lines = Array.from({ length: 12_000 }, (_, index) => `line ${index}.`);
  const first = await LogcasterProcess.start(['-P', '-s', '40KiB']);
  const { cwd } = first;
  await first.sendLines(lines);
  await first.stored(12_000, 'files');
  await first.stop();

  const second = await LogcasterProcess.start(['-P', '-s', '40KiB'], { cwd });
  expect((await second.entry('took up')).msg).toBe('ring: took up 10,000 lines from before this start');
  expect(await second.stats()).toEqual({ total: 0, dropped: 0, current: 10_000, clients: 0 });
  expect(await second.ask('QUERY keyword=')).toBe(`FOUND: 10000 matches\n${lines.slice(2000).join('\n')}\n`);
  await second.sendLines(['new']);
  await second.stored(1, 'files');
  expect(await second.stats()).toEqual({ total: 1, dropped: 1, current: 10_000, clients: 0 });

  // However it ends.
  await second.kill();
  const third = await LogcasterProcess.start(['-P'], { cwd });
  expect(await third.stats()).toMatchObject({ total: 0, current: 10_000 });
  expect(await third.ask('QUERY keyword=new')).toBe('FOUND: 1 matches\nnew\n');
  expect(linesIn(join(cwd, 'logs'))).toEqual([...lines, 'new']);
});

test('a torn line is kept apart, counted and said, and not glued to the next one', async () => {
  const first = await LogcasterProcess.start(['-P']);
  const { cwd } = first;
  const logs = join(cwd, 'logs');
  await first.sendLines(['whole']);
  await first.stored(1, 'files');
  await first.kill();
  appendFileSync(join(logs, 'current.log'), 'torn in the midd');

  const second = await LogcasterProcess.start(['-P'], { cwd });
  await second.sendLines(['next']);
  await second.stored(1, 'files');
  expect(linesIn(logs)).toEqual(['whole', 'next']);
  const parts = readdirSync(logs).filter((name) => name.startsWith('torn-'));
  expect(parts.map((name) => readFileSync(join(logs, name), 'utf8'))).toEqual(['torn in the midd']);
  expect((await second.ledger()).sinks['files']!['torn']).toEqual({ tails: 1, bytes: 16 });
  expect(await second.entry(parts[0]!)).toMatchObject({ level: 'warn' });
  expect(await second.ask('QUERY keyword=')).toBe('FOUND: 2 matches\nwhole\nnext\n');
});
