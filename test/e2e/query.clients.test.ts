/** Clients of the query port that behave badly: collecting goes on, and so do the others. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { closed, connectTo, eventually, LogcasterProcess, readAll } from '../support/logcaster-process.ts';

const LINE = 'x'.repeat(9_999);
const LINES = 4000;

test('one that never reads its large answer, or leaves in the middle of it, disturbs nobody', async () => {
  const collector = await LogcasterProcess.start();
  await collector.send(`${LINE}\n`.repeat(LINES));
  await collector.stored(LINES);

  const lazy = await connectTo(collector.queryPort);
  lazy.end('QUERY keyword=\n');
  const hasty = await connectTo(collector.queryPort);
  hasty.end('QUERY keyword=\n');
  await once(hasty, 'data');
  hasty.destroy();

  await collector.sendLines(['meanwhile']);
  await collector.stored(LINES + 1);
  expect(await collector.ask('QUERY keyword=meanwhile')).toBe('FOUND: 1 matches\nmeanwhile\n');
  expect(await collector.ask('COUNT')).toBe(`COUNT: ${LINES + 1}\n`);
  // An answer is what was there when it was asked for.
  const answer = await readAll(lazy);
  expect(answer.length).toBe(`FOUND: ${LINES} matches\n`.length + LINES * (LINE.length + 1));
});

test('a crowd is served, or told that it is too many, and none is left hanging', async () => {
  const collector = await LogcasterProcess.start();
  await collector.sendLines(['here']);
  await collector.stored(1);
  const clients = await Promise.all(
    Array.from({ length: 300 }, async () => {
      const client = await connectTo(collector.queryPort);
      const gone = closed(client);
      let answer = '';
      client.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
      });
      client.on('end', () => client.end());
      client.write('QUERY keyword=here\n');
      await gone;
      return answer;
    }),
  );
  const known = new Set(['FOUND: 1 matches\nhere\n', 'ERROR: Too many clients\n', '']);
  expect(clients.filter((answer) => !known.has(answer))).toEqual([]);
  expect(clients.filter((answer) => answer.startsWith('FOUND')).length).toBeGreaterThanOrEqual(64);
  // And then there is room again.
  await eventually(async () => {
    expect(await collector.ask('QUERY keyword=here')).toBe('FOUND: 1 matches\nhere\n');
  });
});

test('what is no command is answered as such, whatever it is', async () => {
  const collector = await LogcasterProcess.start();
  expect(await collector.ask(`STATS${'x'.repeat(200_000)}`)).toMatch(/^ERROR: /);
  expect((await collector.askBytes(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 0xff]))).toString()).toBe(
    'ERROR: Unknown command\n',
  );
  expect(await collector.ask('COUNT')).toBe('COUNT: 0\n');
});
