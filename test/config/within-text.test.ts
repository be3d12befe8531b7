import { expect, test } from 'vitest';
import { parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { spanWithin } from '../../src/config/within-text.ts';

/** What the span of a part of the value of `key` holds. */
function found(source: string, part: string): string | undefined {
  const value = (parseDocument(source).contents as YAMLMap<unknown, Scalar<string>>).items[0]!.value!;
  const text = value.value;
  const [start, end] = value.range!;
  const span = spanWithin(source, { start, end }, { text, offset: text.indexOf(part), length: part.length });
  return span && source.slice(span.start, span.end);
}

test.each([
  ['key: a bad b', 'bad', 'bad'],
  ["key: 'it''s bad b'", 'bad', 'bad'],
  ["key: 'it''s bad b'", "'s", "''s"],
  ['key: "a \\"\\x41\\u00e9 bad b"', 'bad', 'bad'],
  ['key: |\n  a\n  bad b\n', 'bad', 'bad'],
  ['key: |\n\n    a\n      bad b\n', 'bad', 'bad'],
  ['key: |\r\n  a\r\n  bad b\r\n', 'bad', 'bad'],
  ['key: >-\n  a\n  bad b\n', 'bad', 'bad'],
  ['key: a\n  long\n  bad text', 'bad', 'bad'],
  ['key: "a\n  long\n  bad text"', 'bad', 'bad'],
])('%j', (source, part, expected) => {
  expect(found(source, part)).toBe(expected);
});

test('what is missing at the end is behind the last character', () => {
  const source = "key: 'a AND'";
  const span = spanWithin(source, { start: 5, end: 12 }, { text: 'a AND', offset: 5, length: 0 });
  expect(span).toEqual({ start: 11, end: 12 });
});

test('a text that is not written there has no place', () => {
  expect(
    spanWithin('key: ${X}', { start: 5, end: 9 }, { text: 'a bad b', offset: 2, length: 3 }),
  ).toBeUndefined();
});
