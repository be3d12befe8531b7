import { expect, test } from 'vitest';
import { didYouMean, listOf, suggest } from '../../src/config/suggest.ts';

const names = ['maxSize', 'maxFiles', 'directory', 'durability', 'mode', 'tcp', 'ring'];

test.each([
  ['maxsize', 'maxSize'],
  ['max-size', 'maxSize'],
  ['max_size', 'maxSize'],
  ['maxSzie', 'maxSize'],
  ['maxSizes', 'maxSize'],
  ['directry', 'directory'],
  ['dir', 'directory'],
  ['tpc', 'tcp'],
  ['rign', 'ring'],
  ['durabilty', 'durability'],
  ['MODE', 'mode'],
])('%s was meant to be %s', (text, meant) => {
  expect(suggest(text, names)).toBe(meant);
});

test.each(['colour', 'x', '', 'zzz', 'max', 'a'.repeat(1000)])('%s resembles nothing', (text) => {
  expect(suggest(text, names)).toBeUndefined();
});

test('prefers the nearest, and never the same', () => {
  expect(suggest('reds', ['read', 'red', 'reds', 'bread'])).toBe('red');
  expect(suggest('red', ['red'])).toBeUndefined();
});

test('writes questions and lists', () => {
  expect(didYouMean('rign', names)).toBe('did you mean `ring`?');
  expect(didYouMean('zzz', names)).toBeUndefined();
  expect(listOf([])).toBe('');
  expect(listOf(['a'])).toBe('`a`');
  expect(listOf(['a', 'b', 'c'])).toBe('`a`, `b` or `c`');
  expect(listOf(['a', 'b'], 'and')).toBe('`a` and `b`');
});
