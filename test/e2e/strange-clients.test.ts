/** Who speaks something else on the port for log lines: what they send is stored as sent, line by line, and harms nobody. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import { randomFrom } from '../soak/random.ts';
import { closed, eventually, LogcasterProcess } from '../support/logcaster-process.ts';

/** What they sent, in lines as they have to be stored. */
function linesOf(bytes: Buffer): string {
  const text = bytes.toString('latin1').replaceAll('\r\n', '\n');
  return text.endsWith('\n') ? text : `${text}\n`;
}

function randomBytes(count: number): Buffer {
  const random = randomFrom(42);
  return Buffer.from(Array.from({ length: count }, () => Math.floor(random() * 256)));
}

const request = 'GET / HTTP/1.1\r\nHost: localhost:9999\r\nAccept: */*\r\n\r\n';

test.each([
  ['HTTP', Buffer.from(request)],
  ['random bytes', randomBytes(100_000)],
  ['nothing but NUL', Buffer.alloc(100_000)],
  ['nothing but carriage returns', Buffer.alloc(100_000, '\r')],
])('%s: what came is stored, and a fresh line goes through', async (_, bytes) => {
  const collector = await LogcasterProcess.start(['-P']);
  await collector.send(bytes);
  await collector.sendLines(['fresh']);
  const expected = `${linesOf(bytes)}fresh\n`;
  await collector.stored(expected.split('\n').length - 1, 'files');
  expect(await collector.stop()).toMatchObject({ code: 0 });
  const file = readFileSync(join(collector.cwd, 'logs/current.log'), 'latin1');
  // At the very end of a stream a carriage return ends no line.
  expect(file).toBe(expected);
  expect(collector.finalLedger.unaccounted).toBe(0);
});

test('a TLS hello: there is no answer, and a fresh line goes through', async () => {
  const collector = await LogcasterProcess.start(['-P']);
  const client = connectTls({ port: collector.port, host: '127.0.0.1', rejectUnauthorized: false });
  client.on('error', () => {});
  await eventually(() => expect(client.bytesWritten).toBe(0));
  await eventually(async () => expect((await collector.stats()).clients).toBe(1));
  client.destroy();
  await closed(client);
  await collector.sendLines(['fresh']);
  await eventually(() =>
    expect(collector.ask('QUERY keyword=fresh')).resolves.toBe('FOUND: 1 matches\nfresh\n'),
  );
  expect(await collector.stop()).toMatchObject({ code: 0 });
  expect(collector.finalLedger.unaccounted).toBe(0);
});

test('a million empty lines are a million lines', async () => {
  const collector = await LogcasterProcess.start(['-P']);
  await collector.send(Buffer.alloc(1_000_000, '\n'));
  await collector.stored(1_000_000, 'files');
  expect((await collector.stats()).total).toBe(1_000_000);
  expect(await collector.stop()).toMatchObject({ code: 0 });
  expect(readFileSync(join(collector.cwd, 'logs/current.log')).equals(Buffer.alloc(1_000_000, '\n'))).toBe(
    true,
  );
});
