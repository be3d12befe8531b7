import { expect, test } from 'vitest';
import { countOf } from '../../src/core/count-of.ts';

test('one is not several', () => {
  expect([0, 1, 2].map((count) => countOf(count, 'line'))).toEqual(['0 lines', '1 line', '2 lines']);
  expect([0, 1, 2].map((count) => countOf(count, 'line', 'were'))).toEqual([
    '0 lines were',
    '1 line was',
    '2 lines were',
  ]);
});
