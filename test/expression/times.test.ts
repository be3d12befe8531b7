import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../src/expression/expression.ts';
import { readTime } from '../../src/expression/times.ts';

const NOW = Date.UTC(2026, 10, 25, 20);

describe('a time', () => {
  test.each([
    ['5m', NOW - 300_000, 1],
    ['1h30m', NOW - 5_400_000, 1],
    ['1.5d', NOW - 129_600_000, 1],
    ['now', NOW, 1],
    ['2026-11-25', Date.UTC(2026, 10, 25), 86_400_000],
    ['2026-11-25T20:15', Date.UTC(2026, 10, 25, 20, 15), 60_000],
    ['2026-11-25T20:15:30', Date.UTC(2026, 10, 25, 20, 15, 30), 1000],
    ['2026-11-25t20:15:30z', Date.UTC(2026, 10, 25, 20, 15, 30), 1000],
    ['2026-11-25 20:15:30.5', Date.UTC(2026, 10, 25, 20, 15, 30, 500), 1],
    ['2026-11-25T20:15:30,123456+01:00', Date.UTC(2026, 10, 25, 19, 15, 30, 123), 1],
    ['2026-11-25T20:15-0330', Date.UTC(2026, 10, 25, 23, 45), 60_000],
    ['0001-01-01', -62_135_596_800_000, 86_400_000],
    ['1764100000', 1_764_100_000_000, 1000],
    ['1764100000123', 1_764_100_000_123, 1],
  ])('%s', (text, from, length) => {
    expect(readTime(text, NOW)).toEqual({ from, to: from + length });
  });

  test.each([
    '',
    '5',
    '5x',
    'm',
    '5m ago',
    '2026-02-30',
    '2026-13-01',
    '2026-11-25T24:00',
    '2026-11-25T20:60',
    '2026-11-25T20:15+24:00',
    '20261125',
    '-5m',
    '55555555555555555555m',
  ])('is none: %s', (text) => {
    expect(readTime(text, NOW)).toBeUndefined();
  });
});

describe('the bounds of an expression', () => {
  test.each([
    ['a', {}],
    ['since:5m', { since: NOW - 300_000 }],
    ['a since:5m until:1m', { since: NOW - 300_000, until: NOW - 60_000 }],
    ['since:5m OR a', {}],
    ['since:5m OR since:7m', { since: NOW - 420_000 }],
    ['NOT since:5m', { until: NOW - 300_000 }],
    ['NOT until:5m', { since: NOW - 300_000 }],
    ['NOT (a since:5m)', {}],
    ['@time:2026-11-25', { since: Date.UTC(2026, 10, 25), until: Date.UTC(2026, 10, 26) }],
    ['@time:>2026-11-25', { since: Date.UTC(2026, 10, 26) }],
    ['@time:<=2026-11-25', { until: Date.UTC(2026, 10, 26) }],
    ['@time:[2026-11-24 TO 2026-11-25}', { since: Date.UTC(2026, 10, 24), until: Date.UTC(2026, 10, 25) }],
    ['@time:*', {}],
  ])('%s', (text, expected) => {
    const { since, until } = parseExpression(text, { now: NOW });
    expect({ ...(since !== undefined && { since }), ...(until !== undefined && { until }) }).toEqual(
      expected,
    );
  });
});

test('durations are refused where there is no now', () => {
  expect(() => parseExpression('a since:5m', { now: null })).toThrow(
    /durations have nothing to count back from/,
  );
  expect(parseExpression('since:2026-11-25', { now: null }).since).toBe(Date.UTC(2026, 10, 25));
});
