import { expect, test } from 'vitest';
import { printable, printableLine, quote, reasonOf, widthOf } from '../../src/config/printable.ts';

test.each([
  ['plain é 漢 😀', 'plain é 漢 😀'],
  ['a\nb\tc\r', 'a\\nb\\tc\\r'],
  ['\u001b[31mred', '\\u001b[31mred'],
  ['\u0000\u007f\u0085', '\\u0000\\u007f\\u0085'],
  ['\u202e\u2066\u200b\ufeff', '\\u202e\\u2066\\u200b\\ufeff'],
  ['\u2028', '\\u2028'],
  ['\ud800', '\\ud800'],
])('escapes what could move the cursor or hide something: %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('keeps the columns of a line', () => {
  expect(printableLine('a\tb\u001b\u202ec\u{e0041}d')).toBe('a b··c··d');
});

test('knows how wide a text is', () => {
  expect(['abc', 'é', 'e\u0301', '漢字', '😀'].map(widthOf)).toEqual([3, 1, 1, 4, 2]);
});

test('quotes any value', () => {
  const values = [
    'a"\u001b',
    1,
    null,
    undefined,
    [1],
    Object.create(null),
    () => 1,
    Symbol('s'),
    2n,
    'x'.repeat(99),
  ];
  expect(values.map((value) => quote(value))).toEqual([
    String.raw`"a\"\u001b"`,
    '1',
    'null',
    'undefined',
    'a list',
    'an object',
    'a function',
    'Symbol(s)',
    '2',
    `"${'x'.repeat(39)}…`,
  ]);
});

test('says in a few words whatever was thrown', () => {
  const odd = Object.create(null) as object;
  expect([new Error('a\n  b'), new TypeError(''), 'text', null, odd, { message: 5 }].map(reasonOf)).toEqual([
    'a b',
    'TypeError',
    '"text"',
    'null',
    'an object',
    'an object',
  ]);
  expect(reasonOf(new Error('x'.repeat(1000)))).toHaveLength(301);
});
