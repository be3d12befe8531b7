/** A process that is halted for a while (SIGSTOP) and goes on: nothing is lost. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linesIn } from '../support/log-files.ts';
import { eventually, LogcasterProcess } from '../support/logcaster-process.ts';

test('lines that come while it is halted are taken in when it goes on', async () => {
  const collector = await LogcasterProcess.start(['-P']);
  const client = await collector.connect();
  client.write('before\n');
  await collector.stored(1, 'files');

  collector.signal('SIGSTOP');
  const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
  await new Promise((resolve) => client.write(`${lines.join('\n')}\n`, resolve));
  // The kernel accepts for it.
  const another = await collector.connect();
  another.end('another one\n');
  collector.signal('SIGCONT');

  await collector.stored(1002, 'files');
  expect(linesIn(join(collector.cwd, 'logs')).filter((line) => line !== 'another one')).toEqual([
    'before',
    ...lines,
  ]);
  await eventually(async () => expect((await collector.stats()).clients).toBe(1));
  expect(await collector.stop()).toMatchObject({ code: 0 });
});
