import { expect, test } from 'vitest';
import { SourceText } from '../../src/config/source-text.ts';

const source = new SourceText('ab\r\n\ncd\né😀x', 'f');

test.each([
  [
    { start: 0, end: 2 },
    { line: 1, column: 1, endColumn: 3 },
  ],
  [
    { start: 1, end: 6 },
    { line: 1, column: 2, endColumn: 3 },
  ],
  [
    { start: 4, end: 4 },
    { line: 2, column: 1, endColumn: 2 },
  ],
  [
    { start: 5, end: 7 },
    { line: 3, column: 1, endColumn: 3 },
  ],
  [
    { start: 11, end: 12 },
    { line: 4, column: 4, endColumn: 5 },
  ],
  [
    { start: 12, end: 12 },
    { line: 4, column: 5, endColumn: 6 },
  ],
  [
    { start: 99, end: 100 },
    { line: 4, column: 5, endColumn: 6 },
  ],
  [
    { start: -1, end: 0 },
    { line: 1, column: 1, endColumn: 2 },
  ],
])('places %j', (span, place) => {
  expect(source.place(span)).toEqual(place);
});

test('knows lines without their breaks', () => {
  const lines = [1, 2, 3, 4].map((line) => source.lineSpan(line));
  expect(lines.map(({ start, end }) => source.text.slice(start, end))).toEqual(['ab', '', 'cd', 'é😀x']);
  expect(new SourceText('', 'f').place({ start: 0, end: 0 })).toEqual({ line: 1, column: 1, endColumn: 2 });
});
