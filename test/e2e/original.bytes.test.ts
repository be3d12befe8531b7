/** Lines as programs really send them: stored and found as they were sent. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LogcasterProcess } from '../support/logcaster-process.ts';

/** Sends bytes; answers what the file and a query for everything have of them. */
async function store(bytes: Buffer, lines: number): Promise<{ file: Buffer; found: Buffer }> {
  const collector = await LogcasterProcess.start(['-P']);
  await collector.send(bytes);
  await collector.stored(lines, 'files');
  await collector.stored(lines, 'ring');
  const answer = await collector.askBytes('QUERY keyword=');
  const head = `FOUND: ${lines} matches\n`;
  expect(answer.subarray(0, head.length).toString()).toBe(head);
  return {
    file: readFileSync(join(collector.cwd, 'logs/current.log')),
    found: answer.subarray(head.length),
  };
}

const SHAPES: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  'lines about as long as the buffer of the original': [4094, 4095, 4096, 4097].map((length) =>
    'x'.repeat(length),
  ),
  'a line of nearly a megabyte': ['0123456789'.repeat(100_000), 'after it'],
  NUL: ['before\0after', '\0', 'ends with\0'],
  'Latin-1': [Buffer.from('caf\u00e9 \u00fcber \u00ff', 'latin1')],
  'UTF-8': ['naïve 日本語 🚀 \u2028 \u2029', '\ufeffwith a mark'],
  'escapes of terminals': ['\u001b[31mred\u001b[0m \u001b]0;title\u0007'],
  'empty lines': ['', '', 'between', '', ''],
  'a carriage return within a line': ['a\rb', '\r\ra'],
};

test(`are stored as sent: ${Object.keys(SHAPES).join(', ')}`, async () => {
  const lines = Object.values(SHAPES).flat();
  const bytes = Buffer.concat(lines.flatMap((line) => [Buffer.from(line as string), Buffer.from('\n')]));
  const { file, found } = await store(bytes, lines.length);
  expect(file.equals(bytes)).toBe(true);
  expect(found.equals(bytes)).toBe(true);
});

test('a keyword finds bytes that are no text', async () => {
  const collector = await LogcasterProcess.start();
  await collector.send(Buffer.from('caf\u00e9\ncafe\nnul \0 here\n', 'latin1'));
  await collector.stored(3);
  const found = await collector.askBytes(Buffer.from('QUERY keyword=\u00e9', 'latin1'));
  expect(found.toString('latin1')).toBe('FOUND: 1 matches\ncaf\u00e9\n');
  expect(await collector.ask('QUERY keyword=\0 here')).toBe('FOUND: 1 matches\nnul \0 here\n');
});

test('a carriage return before the newline belongs to the line end, and a last line needs no newline', async () => {
  const { file, found } = await store(Buffer.from('one\r\ntwo\r\n\r\nthree\nunfinished'), 5);
  expect(file.toString()).toBe('one\ntwo\n\nthree\nunfinished\n');
  expect(found.toString()).toBe('one\ntwo\n\nthree\nunfinished\n');
});

test('lines that arrive in pieces, and many in one piece, are the same lines', async () => {
  const collector = await LogcasterProcess.start(['-P']);
  const client = await collector.connect();
  client.setNoDelay(true);
  for (const byte of 'cut into bytes é\r\n') await new Promise((done) => client.write(byte, done));
  client.end('two\nthree\nfour');
  await collector.stored(4, 'files');
  expect(readFileSync(join(collector.cwd, 'logs/current.log'), 'utf8')).toBe(
    'cut into bytes é\ntwo\nthree\nfour\n',
  );
});
