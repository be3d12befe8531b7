import { describe, expect, test } from 'vitest';
import { Batch } from '../../src/core/batch.ts';
import { parseExpression } from '../../src/expression/expression.ts';

const LINES = [
  '2026-11-25 ERROR payment timeout after 30 s',
  '2026-11-25 INFO healthcheck ok',
  '2026-11-25 WARN payment slow',
  'nothing',
  '',
];

/** Which of the lines an expression matches, by each way to ask it. */
function matching(text: string, lines: readonly string[] = LINES): number[] {
  const { condition } = parseExpression(text);
  const batch = Batch.fromTexts(lines, { origin: { source: 'test' }, receivedAt: 0 });
  const marks = new Uint8Array(batch.length);
  const count = condition.mark(batch, marks);
  const marked = lines.flatMap((_, index) => (marks[index] === 1 ? [index] : []));
  expect(count).toBe(marked.length);
  const starts = batch.bounds.filter((_, index) => index % 2 === 0);
  const scanned: number[] = [];
  condition.scan(batch.bytes, {}, (start) => scanned.push(starts.indexOf(start)));
  expect(scanned).toEqual(marked);
  const indexed: number[] = [];
  condition.scan(batch.bytes, {}, (_start, _end, line) => indexed.push(line), starts);
  expect(indexed).toEqual(marked);
  return marked;
}

describe('an expression', () => {
  test.each([
    ['payment', [0, 2]],
    ['payment timeout', [0]],
    ['payment AND NOT timeout', [2]],
    ['payment -timeout', [2]],
    ['-payment', [1, 3, 4]],
    ['"payment slow" OR ok', [1, 2]],
    ['(timeout OR ok) 2026', [0, 1]],
    ['NOT (payment OR ok)', [3, 4]],
    ['PAYMENT', []],
    ['', [0, 1, 2, 3, 4]],
    ['*', [0, 1, 2, 3, 4]],
    ['-*', []],
    ['nothing OR timeout OR slow', [0, 2, 3]],
  ])('%s', (text, expected) => {
    expect(matching(text)).toEqual(expected);
  });
});
