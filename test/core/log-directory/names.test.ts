import { describe, expect, test } from 'vitest';
import {
  isTornName,
  parseArchive,
  parseRewrite,
  parseUnnumbered,
  toArchive,
  toRewrite,
  tornName,
} from '../../../src/core/log-directory/names.ts';

describe('archives', () => {
  test('are named after the time in UTC and their number', () => {
    const archive = toArchive(42, Date.UTC(2026, 0, 31, 23, 59, 59, 999), '.log');
    expect(archive).toEqual({
      name: 'log-20260131-235959-000042.log',
      sequence: 42,
      sealedAt: Date.UTC(2026, 0, 31, 23, 59, 59),
      suffix: '.log',
    });
    expect(parseArchive(archive.name)).toEqual(archive);
  });

  test('keep all digits of large numbers', () => {
    expect(toArchive(12_345_678, 0, '.log').name).toBe('log-19700101-000000-12345678.log');
    expect(parseArchive('log-19700101-000000-12345678.log')?.sequence).toBe(12_345_678);
  });

  test.each([-1, Number.MAX_SAFE_INTEGER])('have a name for a clock that says %d', (now) => {
    const { name } = toArchive(1, now, '.log');
    expect(parseArchive(name)?.sequence).toBe(1);
  });

  test.each([
    'current.log',
    'log-20260131-235959.log',
    'log-20260131-235959-42.log',
    'log-20260231-000000-000001.log',
    'log-20260131-250000-000001.log',
    'log-20260131-235959-000042.log.bak2',
    'log-20260131-235959-0000042.log',
    'log-20260131-235959-9999999999999999.log',
    'xlog-20260131-235959-000042.log',
  ])('%s is none', (name) => {
    expect(parseArchive(name)).toBeUndefined();
  });

  test('of another suffix are told apart', () => {
    expect(parseArchive('log-20260131-235959-000042.log.gz')?.suffix).toBe('.log.gz');
  });
});

test('rewrites are named after the number and the offset', () => {
  const rewrite = toRewrite(7, 1234);
  expect(rewrite.name).toBe('.logcaster-rewrite-000007-1234');
  expect(parseRewrite(rewrite.name)).toEqual(rewrite);
  expect(parseRewrite('.logcaster-rewrite-7')).toBeUndefined();
  const other = toRewrite(7, 1234, '.log.gz');
  expect(other).toMatchObject({ name: '.logcaster-rewrite-000007-1234.log.gz', suffix: '.log.gz' });
  expect(parseRewrite(other.name)).toEqual(other);
});

test('torn tails at the same place are told apart', () => {
  expect(tornName(3, 10)).toBe('torn-000003-10.part');
  expect(tornName(3, 10, 2)).toBe('torn-000003-10-2.part');
});

test.each([
  [tornName(43, 0), true],
  [tornName(43, 1_048_576, 2), true],
  ['torn-43-0.part', false],
  ['torn-000043-0.part.bak', false],
  ['torn-000043-x.part', false],
])('%s is the name of a torn tail: %s', (name, isTorn) => {
  expect(isTornName(name)).toBe(isTorn);
});

test('archives of the C server have no number', () => {
  expect(parseUnnumbered('log-20240131-235959.log')).toEqual({
    name: 'log-20240131-235959.log',
    sealedAt: Date.UTC(2024, 0, 31, 23, 59, 59),
  });
  for (const name of [
    'log-20240231-000000.log',
    'log-20240131-235959.log.gz',
    'log-20240131-235959-000001.log',
  ]) {
    expect(parseUnnumbered(name)).toBeUndefined();
  }
});
