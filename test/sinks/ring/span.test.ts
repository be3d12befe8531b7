import { expect, test } from 'vitest';
import { lineAt } from '../../../src/core/line-at.ts';
import { endOf } from '../../../src/sinks/ring/span.ts';

test('finds the line at a position, from any line before it', () => {
  const starts = Uint32Array.from({ length: 40 }, (_, index) => index * 3);
  for (let position = 0; position < 130; position++) {
    const expected = Math.min(39, Math.floor(position / 3));
    for (let low = 0; low <= expected; low++) expect(lineAt(starts, position, low, 40)).toBe(expected);
  }
});

test('a line ends where the next one starts, and the last one where the bytes end', () => {
  const span = {
    number: 0,
    bytes: Buffer.from('ab\n\nc\n'),
    starts: Uint32Array.of(100, 103, 104),
    times: new Float64Array(3),
  };
  expect([0, 1, 2].map((line) => endOf(span, line))).toEqual([102, 103, 105]);
});
