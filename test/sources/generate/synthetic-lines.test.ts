import { describe, expect, test } from 'vitest';
import type { Lines } from '../../../src/core/batch.ts';
import {
  DEFAULT_TEMPLATE,
  parseLineTemplate,
  SyntheticLines,
} from '../../../src/sources/generate/synthetic-lines.ts';

const NOW = Date.UTC(2026, 0, 31, 12);

function texts({ bytes, bounds }: Lines): string[] {
  return Array.from({ length: bounds.length / 2 }, (_, index) =>
    bytes.toString('utf8', bounds[index * 2], bounds[index * 2 + 1]),
  );
}

function make(count: number, template = DEFAULT_TEMPLATE, seed = 1): string[] {
  return texts(new SyntheticLines(template, seed).next(count, NOW));
}

test('look like a log', () => {
  for (const line of make(500)) {
    expect(line).toMatch(/^2026-01-31T12:00:00\.000Z (?:DEBUG|INFO|WARN|ERROR) [a-z]+\[\d+\]: \S.*\S$/);
  }
});

test('have all levels, errors seldom', () => {
  const levels = make(10_000, '{level}');
  const count = (level: string): number => levels.filter((each) => each === level).length;
  expect(count('INFO')).toBeGreaterThan(5000);
  expect(count('DEBUG')).toBeGreaterThan(500);
  expect(count('WARN')).toBeGreaterThan(200);
  expect(count('ERROR')).toBeGreaterThan(50);
  expect(count('ERROR')).toBeLessThan(500);
});

describe('the seed', () => {
  test('decides everything, however the lines are asked for', () => {
    const lines = new SyntheticLines(DEFAULT_TEMPLATE, 7);
    const pieces = [1, 2, 97].flatMap((count) => texts(lines.next(count, NOW)));
    expect(pieces).toEqual(make(100, DEFAULT_TEMPLATE, 7));
  });

  test.each([0, 1, 2, 2 ** 31, 2 ** 32 - 1])('%d gives lines of its own', (seed) => {
    const lines = make(50, '{message} {number}', seed);
    expect(new Set(lines).size).toBeGreaterThan(45);
    expect(lines).not.toEqual(make(50, '{message} {number}', 3));
  });
});

describe('a template', () => {
  test('counts with {seq}, and may hold anything', () => {
    expect(make(3, '{{é {seq}\n}}')).toEqual(['{é 1\n}', '{é 2\n}', '{é 3\n}']);
  });

  test('has all its placeholders', () => {
    const [line] = make(1, '{time}|{level}|{app}|{host}|{pid}|{ip}|{user}|{number}|{seq}|{message}');
    expect(line).toMatch(
      /^2026[^|]+\|[A-Z]+\|[a-z]+\|host-\d+\|\d+\|10\.\d+\.\d+\.\d+\|[a-z]+\|\d+\|1\|[^|]+$/,
    );
  });

  test('without placeholders is the same line again', () => {
    expect(make(2, 'same')).toEqual(['same', 'same']);
  });

  test.each(['{nope}', '{fields.a}', '{source}', '{toString}'])('does not know %s', (template) => {
    expect(() => parseLineTemplate(template)).toThrow(
      expect.objectContaining({
        code: 'LC_TEMPLATE_INVALID',
        hint: expect.stringContaining('{seq}') as unknown,
      }),
    );
  });
});
