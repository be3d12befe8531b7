import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { Answers } from '../../src/query/answers.ts';
import { TOO_LONG } from '../../src/query/command-reader.ts';
import { SearchDesk } from '../../src/query/search-desk.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryLogger } from '../support/memory-logger.ts';
import { FakeRing, FakeTarget } from './fake-target.ts';

function makeAnswers(ring?: FakeRing, maxBytes = 2 ** 20) {
  const target = new FakeTarget(ring);
  const log = new MemoryLogger();
  const desk = new SearchDesk({ maxBytes, timeout: 1000 }, new ManualClock());
  const answers = new Answers({ target, desk, log, clock: new ManualClock() });
  const never = new AbortController().signal;
  const parts = (line: string): Promise<Buffer[]> =>
    Array.fromAsync(answers.answer(Buffer.from(line), never));
  const text = async (line: string): Promise<string> => Buffer.concat(await parts(line)).toString();
  return { target, log, desk, answers, never, parts, text };
}

test('an answer is its head and the found lines, in parts of at most 64 KiB but for the head', async () => {
  const ring = new FakeRing(Array.from({ length: 30 }, (_, index) => `${index} ${'x'.repeat(10_000)}`));
  ring.linesPerPiece = 8;
  const { parts, desk } = makeAnswers(ring);
  const answer = await parts('QUERY keyword=x');
  expect(Buffer.concat(answer).toString()).toBe(
    `FOUND: 30 matches\n${ring.lines.map((line) => `${String(line)}\n`).join('')}`,
  );
  expect(Math.max(...answer.map((part) => part.length))).toBeLessThanOrEqual(
    65_536 + 'FOUND: 30 matches\n'.length,
  );
  // The first lines come with the head.
  expect(answer[0]!.length).toBeGreaterThan(10_000);
  expect(desk.held).toBe(0);
});

test('an answer that is left early frees the rest', async () => {
  const { answers, desk, never } = makeAnswers(new FakeRing(['x'.repeat(200_000)]));
  for await (const part of answers.answer(Buffer.from('QUERY keyword=x'), never)) {
    expect(part.length).toBeGreaterThan(0);
    expect(desk.held).toBe(200_001);
    break;
  }
  expect(desk.held).toBe(0);
});

test('without anything to search a query fails, and the log says why', async () => {
  const { text, log } = makeAnswers();
  expect(await text('QUERY keyword=x')).toBe('ERROR: Search failed\n');
  expect(log.entries).toMatchObject([{ level: 'warn', data: { error: { code: 'LC_SEARCH_UNAVAILABLE' } } }]);
});

test('an answer that does not fit into memory fails, and the log says why', async () => {
  const { text, log } = makeAnswers(new FakeRing(['x'.repeat(2000)]), 1000);
  expect(await text('QUERY keyword=x')).toBe('ERROR: Search failed\n');
  expect(log.entries).toMatchObject([{ level: 'warn', data: { error: { code: 'LC_SEARCH_TOO_LARGE' } } }]);
  expect(await text('QUERY keyword=y')).toBe('FOUND: 0 matches\n');
});

test('a search that throws fails, and the log says why', async () => {
  const { text, log, target } = makeAnswers();
  target.ring = { search: () => Promise.reject(new Error('broken\nring')) };
  expect(await text('QUERY keyword=x')).toBe('ERROR: Search failed\n');
  expect(log.messages('warn')).toEqual(['warn: a query failed: broken ring']);
});

test('a search whose client leaves is no failure', async () => {
  const ring = new FakeRing(['x']);
  ring.gate = new Promise(() => {});
  const { answers, log } = makeAnswers(ring);
  const leaving = new AbortController();
  const answer = answers.answer(Buffer.from('QUERY keyword=x'), leaving.signal).next();
  leaving.abort(new Error('left'));
  await expect(answer).rejects.toThrow('left');
  expect(log.entries).toEqual([]);
});

test('a command that throws answers so, and the log says why', async () => {
  const { text, log, target } = makeAnswers();
  target.statement = () => {
    throw new Error('no books');
  };
  expect(await text('LEDGER')).toBe('ERROR: Command failed\n');
  expect(log.messages('error')).toEqual(['error: a query command failed: no books']);
});

test('what is no command, or too long for one, is said', async () => {
  const { answers, never, text } = makeAnswers();
  expect(await text('NONSENSE')).toBe('ERROR: Unknown command\n');
  expect(await Array.fromAsync(answers.answer(TOO_LONG, never), String)).toEqual([
    'ERROR: Command too long\n',
  ]);
});
