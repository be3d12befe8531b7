/** Queries while lines come and files rotate: each line once, in order. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linesIn } from '../support/log-files.ts';
import { LogcasterProcess } from '../support/logcaster-process.ts';

test('an answer has each line once, in order, however many files there are by then', async () => {
  const collector = await LogcasterProcess.start(['-P', '-s', '10KiB', '--ring-lines', '100000']);
  const client = await collector.connect();
  const lines: string[] = [];
  const answers: string[] = [];
  for (let round = 0; round < 30; round++) {
    const more = Array.from({ length: 500 }, (_, index) => `line ${round * 500 + index} ${'.'.repeat(40)}`);
    lines.push(...more);
    client.write(`${more.join('\n')}\n`);
    answers.push(await collector.ask('QUERY keyword=line '));
  }
  client.end();
  await collector.stored(lines.length, 'ring');
  await collector.stored(lines.length, 'files');
  answers.push(await collector.ask('QUERY keyword=line '));

  const rotations = Number((await collector.ledger()).sinks['files']!['rotations']);
  expect(rotations).toBeGreaterThan(30);
  let found = 0;
  for (const answer of answers) {
    const [head, ...rest] = answer.split('\n').slice(0, -1);
    expect(head).toBe(`FOUND: ${rest.length} matches`);
    expect(rest.length).toBeGreaterThanOrEqual(found);
    found = rest.length;
    expect(rest).toEqual(lines.slice(0, found));
  }
  expect(found).toBe(lines.length);
  expect(linesIn(join(collector.cwd, 'logs'))).toEqual(lines);
});
