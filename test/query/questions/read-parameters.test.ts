import { expect, test } from 'vitest';
import type { LogCasterError } from '../../../src/core/errors.ts';
import {
  readCount,
  readParameters,
  readSearch,
  readTail,
  readTop,
} from '../../../src/query/questions/read-parameters.ts';

const NOW = Date.UTC(2026, 0, 31, 12);

function errorOf(read: () => unknown): LogCasterError & { column?: number; parameter?: string } {
  try {
    read();
  } catch (error) {
    return error as LogCasterError;
  }
  throw new Error('nothing is wrong');
}

test('parameters are the options of commands, and JSON is the format', () => {
  const { question, format } = readSearch(
    readParameters('q=a+b%20%22x%22&limit=3&since=1m&order=newest'),
    NOW,
  );
  expect({ ...question, where: question.where?.text, format }).toEqual({
    where: 'a b "x"',
    limit: 3,
    since: NOW - 60_000,
    order: 'newest',
    format: 'json',
  });
  expect(readTail(readParameters('last=2&format=text'), NOW)).toMatchObject({
    question: { last: 2 },
    format: 'text',
  });
  expect(readCount(readParameters('by=time(1m)'), NOW).question.by).toEqual({ kind: 'time', bucket: 60_000 });
  expect(readCount(readParameters('q='), NOW).question.by).toBeUndefined();
  expect(readTop(readParameters('field=status'), NOW).question).toMatchObject({
    top: 10,
    by: { kind: 'field', name: 'status' },
  });
});

test.each([
  ['limt=3', 'limt'],
  ['limit=3&limit=4', 'limit'],
  ['limit=x', 'limit'],
  ['since=2m&until=5m', 'until'],
  ['__proto__=1', '__proto__'],
  ['n=3', 'n'],
])('%s is wrong, and which parameter it is', (query, parameter) => {
  expect(errorOf(() => readSearch(readParameters(query), NOW))).toMatchObject({
    code: 'LC_QUERY_INVALID',
    parameter,
  });
});

test('a bad expression has its column', () => {
  expect(errorOf(() => readSearch(readParameters('q=(a'), NOW))).toMatchObject({
    code: 'LC_EXPRESSION_INVALID',
    column: 1,
  });
});

test.each(['q=%ff', 'q=%', '%zz=1'])('%s is no percent-encoded UTF-8', (query) => {
  expect(errorOf(() => readParameters(query))).toMatchObject({ code: 'LC_QUERY_INVALID' });
});

test('a count has no other key than one that can be read, and a top one must have it', () => {
  expect(errorOf(() => readCount(readParameters('by=time(x)'), NOW))).toMatchObject({ parameter: 'by' });
  expect(errorOf(() => readTop(readParameters('n=3'), NOW))).toMatchObject({ parameter: 'field' });
  expect(errorOf(() => readTop(readParameters('field=a&n=0'), NOW))).toMatchObject({ parameter: 'n' });
});
