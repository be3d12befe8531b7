/** Many clients at once: all of them are served, and `Clients` is right at all times. */
import { expect, test } from 'vitest';
import { connectTo, eventually, LogcasterProcess } from '../support/logcaster-process.ts';

test('ten clients are served at once, and counted, and counted off', async () => {
  const collector = await LogcasterProcess.start();
  const clients = await Promise.all(Array.from({ length: 10 }, () => collector.connect()));

  // None waits for another one to leave.
  for (const [index, client] of clients.entries()) client.write(`client ${index} says hello\n`);
  await collector.stored(10);
  expect(await collector.stats()).toEqual({ total: 10, dropped: 0, current: 10, clients: 10 });
  expect(await collector.ask('QUERY keyword=client 7 ')).toBe('FOUND: 1 matches\nclient 7 says hello\n');

  for (const client of clients.slice(0, 4)) client.end();
  await eventually(async () => expect((await collector.stats()).clients).toBe(6));
  // One that comes back is a client again, whatever was counted before.
  await collector.connect();
  await eventually(async () => expect((await collector.stats()).clients).toBe(7));
  for (const client of clients.slice(4)) client.destroy();
  await eventually(async () => expect((await collector.stats()).clients).toBe(1));
});

test('a line is searchable as soon as it is there, while its client stays', async () => {
  const collector = await LogcasterProcess.start();
  const client = await collector.connect();
  client.write('first\nsecond');
  await collector.stored(1);
  expect(await collector.ask('QUERY keyword=')).toBe('FOUND: 1 matches\nfirst\n');
  client.write(' half\n');
  await collector.stored(2);
  expect(await collector.ask('QUERY keyword=second')).toBe('FOUND: 1 matches\nsecond half\n');
});

test('clients of the query port that say nothing hold up nobody', async () => {
  const collector = await LogcasterProcess.start();
  for (let count = 0; count < 5; count++) await connectTo(collector.queryPort);
  await collector.sendLines(['still here']);
  await collector.stored(1);
  expect(await collector.ask('QUERY keyword=still')).toBe('FOUND: 1 matches\nstill here\n');
});
