import { describe, expect, test } from 'vitest';
import { toFields } from '../../../src/core/batch.ts';
import { contentOf, diffLines, matches } from '../../../src/pipeline/trial/compare-lines.ts';
import type { TrialOutput } from '../../../src/pipeline/trial/result.ts';
import { fc, test as property } from '../../support/properties.ts';

function output(text: string, fields?: Record<string, number>): TrialOutput {
  const bytes = Buffer.from(text, 'latin1');
  return { bytes, fields: fields && toFields(Object.entries(fields)), input: undefined, late: false };
}

describe('matches', () => {
  test('compares only what is said', () => {
    expect(matches('a', output('a', { x: 1 }))).toBe(true);
    expect(matches('a', output('b'))).toBe(false);
    expect(matches({ text: 'a', fields: { x: 1 } }, output('a', { x: 1 }))).toBe(true);
    expect(matches({ text: 'a', fields: { x: 1 } }, output('a', { x: 2 }))).toBe(false);
    expect(matches({ text: 'a', fields: { x: 1 } }, output('a', { x: 1, y: 2 }))).toBe(false);
    expect(matches({ fields: { x: 1 } }, output('anything', { x: 1 }))).toBe(true);
    expect(matches({ fields: {} }, output('anything'))).toBe(true);
    expect(matches({ base64: '/w==' }, output('\xff'))).toBe(true);
    expect(matches({ base64: '/w==' }, output('\xfe'))).toBe(false);
  });
});

describe('diffLines', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });

  property.prop([words, words])('has every line of both sides, in order', (expected, actual) => {
    const rows = diffLines(
      expected,
      actual.map((text) => output(text)),
    );
    const left = rows.flatMap((row) => {
      if (row.kind === 'extra') return [];
      return row.kind === 'missing' ? contentOf(row.expected)!.toString() : row.actual.bytes.toString();
    });
    const right = rows.flatMap((row) => (row.kind === 'missing' ? [] : row.actual.bytes.toString()));
    expect(left).toEqual(expected);
    expect(right).toEqual(actual);
  });

  property.prop([words, words])('says the same of as many lines as can be', (expected, actual) => {
    const rows = diffLines(
      expected,
      actual.map((text) => output(text)),
    );
    expect(rows.filter(({ kind }) => kind === 'same').length).toBe(longestCommonLength(expected, actual));
  });

  test('does not take a product of many lines in memory', () => {
    const expected = Array.from({ length: 30_000 }, (_, index) => `a${index}`);
    const actual = expected.map((text, index) => output(index === 0 ? 'other' : text));
    expect(diffLines(expected, actual).length).toBeLessThanOrEqual(60_000);
  });
});

/** By definition, for short lists. */
function longestCommonLength(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  let row = Array.from({ length: b.length + 1 }, () => 0);
  for (const left of a) {
    const next = [0];
    b.forEach((right, index) => {
      next.push(left === right ? row[index]! + 1 : Math.max(row[index + 1]!, next[index]!));
    });
    row = next;
  }
  return row.at(-1)!;
}
