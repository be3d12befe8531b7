/** Threads that search files: one waits for the next search, and nobody is answered what somebody else has asked. */
import { Buffer } from 'node:buffer';
import { expect, onTestFinished, test } from 'vitest';
import { parseExpression } from '../../src/expression/expression.ts';
import { scanInThread } from '../../src/file-search/scan-thread.ts';
import { memoryFile } from './memory-file.ts';

const CONTENT = Buffer.from('one\ntwo\none more\n'.repeat(100_000));
const QUERY = {
  since: Number.NEGATIVE_INFINITY,
  until: Number.POSITIVE_INFINITY,
  order: 'oldest',
  countOnly: false,
  maxBytes: 2 ** 30,
} as const;
const TARGET = { name: 'file', size: CONTENT.length, blocks: [] };

function begin(text: string) {
  const scanner = scanInThread(parseExpression(text).condition.source, QUERY);
  const tally = { lines: 0, bytes: 0, matched: 0 };
  const pieces = () => scanner.scan(memoryFile(CONTENT), TARGET, { tally, warn: () => {} });
  return { scanner, tally, pieces };
}

async function count(text: string): Promise<number> {
  const { scanner, tally, pieces } = begin(text);
  let lines = 0;
  for await (const { receivedAt } of pieces()) lines += receivedAt.length;
  await scanner[Symbol.asyncDispose]();
  // Once more does no harm to whoever has the thread then.
  await scanner[Symbol.asyncDispose]();
  expect(tally.matched).toBe(lines);
  return lines;
}

function countThreads(): () => number {
  let threads = 0;
  const begun = () => void threads++;
  process.on('worker', begun);
  onTestFinished(() => void process.off('worker', begun));
  return () => threads;
}

test('the thread of a search that has ended does the next one', async () => {
  await count('one');
  const threads = countThreads();
  expect(await count('two')).toBe(100_000);
  expect(await count('one')).toBe(200_000);
  expect(threads()).toBe(0);
});

test('searches at the same time have threads of their own', async () => {
  const threads = countThreads();
  expect(await Promise.all([count('two'), count('more'), count('one')])).toEqual([100_000, 100_000, 200_000]);
  expect(threads()).toBeGreaterThanOrEqual(2);
});

test('a search that is left early takes its thread along, and is not gone on with', async () => {
  const { scanner, pieces } = begin('one');
  for await (const _ of pieces()) break;
  await scanner[Symbol.asyncDispose]();
  expect(pieces).toThrow('the search has ended');
  expect(await count('two')).toBe(100_000);
});
