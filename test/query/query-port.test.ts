import { Buffer } from 'node:buffer';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Ledger } from '../../src/core/ledger.ts';
import type { QueryPortOptions } from '../../src/query/query-options.ts';
import { QueryPort } from '../../src/query/query-port.ts';
import { ask, FakeRing, FakeTarget, open, readAll, testOptions } from './fake-target.ts';

const ports: QueryPort[] = [];

afterEach(async () => {
  await Promise.all(ports.splice(0).map((port) => port.stop()));
});

async function startPort(target: FakeTarget = new FakeTarget(), options: Partial<QueryPortOptions> = {}) {
  const port = new QueryPort(testOptions(options), target);
  ports.push(port);
  await port.start();
  return port;
}

test('the commands of the original, byte for byte', async () => {
  const port = await startPort(new FakeTarget(new FakeRing(['first error', 'second', 'third error'])));
  expect(String(await ask(port, 'STATS\n'))).toBe('STATS: Total=12, Dropped=3, Current=9, Clients=2\n');
  expect(String(await ask(port, 'COUNT\n'))).toBe('COUNT: 9\n');
  expect(String(await ask(port, 'QUERY keyword=error\n'))).toBe(
    'FOUND: 2 matches\nfirst error\nthird error\n',
  );
  expect(String(await ask(port, 'QUERY keyword=Error\n'))).toBe('FOUND: 0 matches\n');
  expect(String(await ask(port, 'NONSENSE\n'))).toBe('ERROR: Unknown command\n');
});

test('HELP and LEDGER', async () => {
  const ledger = new Ledger();
  ledger.source('tcp').received = 5;
  ledger.source('tcp').emitted = 5;
  ledger.sink('ring').inspect = () => ({ name: 'a\nb' });
  const target = new FakeTarget();
  target.statement = () => ledger.toJSON();
  const port = await startPort(target);
  expect(String(await ask(port, 'HELP\n'))).toMatch(
    /^STATS: .*\nCOUNT: .*\nQUERY keyword=<text>: .*\nSEARCH .*\nTAIL .*\nCOUNT .*\nTOP .*\nLEDGER: .*\nHELP: .*\n$/,
  );
  const answer = String(await ask(port, 'LEDGER\n'));
  expect(answer).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(answer)).toEqual(JSON.parse(JSON.stringify(ledger)));
});

test('a half-close ends the command', async () => {
  const port = await startPort(new FakeTarget(new FakeRing(['a b'])));
  expect(String(await ask(port, 'STATS\n', { halfClose: true }))).toMatch(/^STATS: /);
  expect(String(await ask(port, 'COUNT', { halfClose: true }))).toBe('COUNT: 9\n');
  expect(String(await ask(port, 'QUERY keyword=a b', { halfClose: true }))).toBe('FOUND: 1 matches\na b\n');
  expect(String(await ask(port, '', { halfClose: true }))).toBe('ERROR: Unknown command\n');
});

test('a carriage return before the line feed belongs to the line end', async () => {
  const port = await startPort(new FakeTarget(new FakeRing(['a', 'a\rb'])));
  expect(String(await ask(port, 'COUNT\r\n'))).toBe('COUNT: 9\n');
  expect(String(await ask(port, 'QUERY keyword=a\r\n'))).toBe('FOUND: 2 matches\na\na\rb\n');
  expect(String(await ask(port, 'QUERY keyword=\r\r\n'))).toBe('FOUND: 1 matches\na\rb\n');
});

test('a keyword is everything up to the line end; an empty one matches every line', async () => {
  const port = await startPort(new FakeTarget(new FakeRing([' = ', '', 'keyword= x '])));
  expect(String(await ask(port, 'QUERY keyword= = \n'))).toBe('FOUND: 1 matches\n = \n');
  expect(String(await ask(port, 'QUERY keyword=keyword= x \n'))).toBe('FOUND: 1 matches\nkeyword= x \n');
  expect(String(await ask(port, 'QUERY keyword=\n'))).toBe('FOUND: 3 matches\n = \n\nkeyword= x \n');
});

test('keywords and lines are bytes: NUL, Latin-1, and lines of any length', async () => {
  const lines = [
    Buffer.from([0x63, 0x61, 0x66, 0xe9, 0, 0x21]),
    Buffer.from('café'),
    Buffer.concat([Buffer.alloc(5000, 'x'), Buffer.from([0xe9, 0]), Buffer.alloc(200_000, 'y')]),
  ];
  const port = await startPort(new FakeTarget(new FakeRing(lines)));
  const query = Buffer.concat([Buffer.from('QUERY keyword='), Buffer.from([0xe9, 0]), Buffer.from('\n')]);
  const expected = Buffer.concat([
    Buffer.from('FOUND: 2 matches\n'),
    lines[0]!,
    Buffer.from('\n'),
    lines[2]!,
    Buffer.from('\n'),
  ]);
  expect((await ask(port, query)).equals(expected)).toBe(true);
  expect(await ask(port, 'QUERY keyword=é\n')).toEqual(Buffer.from('FOUND: 1 matches\ncafé\n'));
});

test('a command that comes in many packets is one command', async () => {
  const port = await startPort(new FakeTarget(new FakeRing(['größer', 'kleiner'])));
  const socket = await open(port);
  socket.setNoDelay(true);
  const answer = readAll(socket);
  for (const byte of Buffer.from('QUERY keyword=größ\n')) {
    await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(String(await answer)).toBe('FOUND: 1 matches\ngrößer\n');
});

test('one command a connection: what follows is not answered', async () => {
  const port = await startPort();
  expect(String(await ask(port, 'COUNT\nSTATS\nCOUNT\n'))).toBe('COUNT: 9\n');
});

test.each([
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ['a TLS hello', Buffer.from('16030100c8010000c40303aa0a5b', 'hex')],
  ['an empty line', Buffer.from('\n')],
  ['bytes of all kinds', Buffer.from(Array.from({ length: 256 }, (_, index) => 255 - index))],
])('%s is an unknown command', async (_, bytes) => {
  const port = await startPort();
  expect(String(await ask(port, bytes))).toBe('ERROR: Unknown command\n');
});

test('a command of the greatest length is answered, a longer one refused', async () => {
  const port = await startPort(new FakeTarget(new FakeRing(['x'.repeat(200)])), { maxCommandBytes: 100 });
  const longest = `QUERY keyword=${'x'.repeat(86)}`;
  expect(String(await ask(port, `${longest}\n`))).toMatch(/^FOUND: 1 matches\n/);
  expect(String(await ask(port, `${longest}x\n`))).toBe('ERROR: Command too long\n');
  expect(port.inspect()).toMatchObject({ tooLong: 1, tooLarge: 0 });
});

test('a search that finds more than may be in memory fails, and is counted', async () => {
  const ring = new FakeRing(['x'.repeat(2000), 'y']);
  const port = await startPort(new FakeTarget(ring), { maxAnswerBytes: 1024 });
  expect(String(await ask(port, 'QUERY keyword=x\n'))).toMatch(/^ERROR: /);
  expect(String(await ask(port, 'QUERY keyword=y\n'))).toBe('FOUND: 1 matches\ny\n');
  expect(port.inspect()).toMatchObject({ tooLong: 0, tooLarge: 1 });
});

test('a port that is taken is said', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const { port } = other.address() as { port: number };
  await expect(startPort(new FakeTarget(), { port })).rejects.toMatchObject({
    code: 'LC_LISTEN_FAILED',
    message: `cannot listen on 127.0.0.1:${port} for queries: address already in use (EADDRINUSE)`,
    cause: { code: 'EADDRINUSE' },
  });
  await new Promise((resolve) => other.close(resolve));
});

test('it says where it listens', async () => {
  const port = new QueryPort(testOptions(), new FakeTarget());
  expect(port.address()).toBeUndefined();
  await port.start();
  expect(port.address()).toMatch(/^127\.0\.0\.1:\d+$/);
  await port.stop();
  expect(port.address()).toBeUndefined();
});

test('it tells its figures', async () => {
  const port = await startPort();
  await ask(port, 'COUNT\n');
  expect(port.inspect()).toMatchObject({
    answered: 1,
    refused: 0,
    timedOut: 0,
    left: 0,
    answerBytes: 0,
    waitingSearches: 0,
  });
});
