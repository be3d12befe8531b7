import { expect, test } from 'vitest';
import type { LogCasterError } from '../../../src/core/errors.ts';
import { formatOf, readCommand } from '../../../src/query/questions/read-command.ts';

const NOW = Date.UTC(2026, 0, 31, 12);

/** What a command asks, its expression as text. */
function read(text: string) {
  const { kind, format, question } = readCommand(text, NOW);
  return { kind, format, ...question, where: question.where?.text.trim() };
}

function problemOf(text: string): string {
  try {
    readCommand(text, NOW);
  } catch (error) {
    const { code, message, hint } = error as LogCasterError;
    return `${code}: ${message}\n${hint}`;
  }
  throw new Error(`it is read: ${text}`);
}

test('options stand before the expression', () => {
  expect(read('SEARCH limit=10 since=5m order=newest from=all format=json timeout=2s -broken "x y"')).toEqual(
    {
      kind: 'search',
      format: 'json',
      limit: 10,
      since: NOW - 300_000,
      order: 'newest',
      from: 'all',
      timeout: 2000,
      where: '-broken "x y"',
    },
  );
});

test('what looks like an option behind the first word of the expression belongs to the expression', () => {
  expect(read('SEARCH error limit=10')).toMatchObject({ where: 'error limit=10' });
  expect(read('SEARCH error limit=10')).not.toHaveProperty('limit');
  expect(read('SEARCH "limit=10"')).toMatchObject({ where: '"limit=10"' });
  expect(read('SEARCH /a=b/ x')).toMatchObject({ where: '/a=b/ x' });
  expect(read('SEARCH url:a=b')).toMatchObject({ where: 'url:a=b' });
  expect(read('SEARCH limit=5 -- limit=10')).toMatchObject({ limit: 5, where: 'limit=10' });
});

test('what begins with no letter is a word like any other', () => {
  expect(read('SEARCH __proto__=1')).toMatchObject({ where: '__proto__=1' });
});

test('no expression is every line', () => {
  expect(read('SEARCH')).toEqual({ kind: 'search', format: 'text', where: undefined });
  expect(read('SEARCH   last=3  ')).toMatchObject({ last: 3, where: undefined });
  expect(read('TAIL last=3')).toEqual({ kind: 'tail', format: 'text', last: 3, where: undefined });
});

test('counts', () => {
  expect(read('COUNT error')).toMatchObject({ kind: 'count', by: undefined, where: 'error' });
  expect(read('COUNT since=1h BY level format=json error')).toMatchObject({
    by: { kind: 'level' },
    since: NOW - 3_600_000,
    format: 'json',
    where: 'error',
  });
  expect(read('COUNT BY time(1m)')).toMatchObject({ by: { kind: 'time', bucket: 60_000 }, where: undefined });
  expect(read('COUNT BY "a \\"b\\" c" x')).toMatchObject({
    by: { kind: 'field', name: 'a "b" c' },
    where: 'x',
  });
  expect(read('COUNT BY "level"')).toMatchObject({ by: { kind: 'field', name: 'level' } });
  expect(read('COUNT BY @peer x')).toMatchObject({ by: { kind: 'origin', part: 'peer' } });
  expect(read('COUNT BY time')).toMatchObject({ by: { kind: 'field', name: 'time' } });
  expect(read('COUNT BY time')).toMatchObject({ by: { kind: 'field', name: 'time' } });
  expect(read('COUNT by level')).toMatchObject({ by: undefined, where: 'by level' });
  expect(read('TOP 3 http.status since=1h GET')).toMatchObject({
    kind: 'count',
    top: 3,
    by: { kind: 'field', name: 'http.status' },
    where: 'GET',
  });
});

test.each([
  [
    'SEARCH limt=10 x',
    'LC_QUERY_INVALID: column 8: there is no option "limt" here\nSEARCH limt=10 x\n       ^^^^\nthere is limit, last, since,',
  ],
  [
    'SEARCH limit=ten x',
    'LC_QUERY_INVALID: column 14: "ten" is no value of the option "limit"\nSEARCH limit=ten x\n             ^^^\nexpected a number from 1 on',
  ],
  ['SEARCH limit= x', 'LC_QUERY_INVALID: column 14: "" is no value'],
  ['SEARCH limit=0', 'LC_QUERY_INVALID: column 14: "0" is no value'],
  ['SEARCH since=yesterday', 'LC_QUERY_INVALID: column 14: "yesterday" is no value'],
  ['SEARCH since=2026-02-31T25:00:00Z', 'LC_QUERY_INVALID: column 14'],
  ['SEARCH since=1m until=5m x', 'LC_QUERY_INVALID: column 17: `since` must be before `until`'],
  ['SEARCH limit=1 limit=2', 'LC_QUERY_INVALID: column 16: the option "limit" is given twice'],
  [
    'SEARCH from=disk x',
    'LC_QUERY_INVALID: column 13: "disk" is no value of the option "from"\nSEARCH from=disk x\n            ^^^^\nexpected ring, files or all',
  ],
  ['SEARCH constructor=1', 'LC_QUERY_INVALID: column 8: there is no option "constructor" here'],
  ['TAIL until=5m', 'LC_QUERY_INVALID: column 6: there is no option "until" here'],
  ['SEARCH größe limit=3 (', 'LC_EXPRESSION_INVALID: column 23'],
  ['SEARCH limit=3 (a', 'LC_EXPRESSION_INVALID: column 16'],
  ['COUNT BY', 'LC_QUERY_INVALID: column 9: expected what to count by'],
  ['COUNT BY time(soon)', 'LC_QUERY_INVALID: column 10: "time(soon)" is nothing to count by'],
  ['TOP', 'LC_QUERY_INVALID: column 4: expected a number'],
  ['TOP many x', 'LC_QUERY_INVALID: column 5: "many" is no number'],
  ['TOP 5', 'LC_QUERY_INVALID: column 6: expected what to count by'],
])('%s', (text, begin) => {
  expect(problemOf(text).slice(0, begin.length)).toBe(begin);
});

function since(text: string): string {
  const { question } = readCommand(`SEARCH since=${text}`, NOW);
  return new Date(question.since!).toISOString();
}

test('times are durations before now, dates, and ISO times, in UTC unless they say otherwise', () => {
  expect(since('90s')).toBe('2026-01-31T11:58:30.000Z');
  expect(since('2026-01-30')).toBe('2026-01-30T00:00:00.000Z');
  expect(since('2026-01-30T08:15')).toBe('2026-01-30T08:15:00.000Z');
  expect(since('2026-01-30T08:15:30.250Z')).toBe('2026-01-30T08:15:30.250Z');
  expect(since('2026-01-30T08:15:30+02:00')).toBe('2026-01-30T06:15:30.000Z');
});

test('the format of a command is known also if the rest is wrong', () => {
  expect(formatOf('SEARCH limt=3 format=json (')).toBe('json');
  expect(formatOf('SEARCH format=jsonx')).toBe('text');
  expect(formatOf('SEARCH x')).toBe('text');
});
