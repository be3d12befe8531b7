import { describe, expect, test } from 'vitest';
import { toBoundedRegExp } from '../../src/core/bounded-regexp.ts';

describe('recognizes', () => {
  test.each([
    'ERROR',
    'ERROR|FATAL|panic',
    'status=5\\d\\d',
    'user-\\d{1,6} ',
    '\\b(error|fatal)\\b',
    '(?:a|b)c?d',
    'a.c',
    '[A-Za-z0-9_.-]x',
    '[\\w.-]@',
    'GET /api/v\\d \\S',
    '\\[\\d{4}\\]',
    'a{3}b{0,2}',
    '(a|)b',
  ])('%s', (pattern) => {
    expect(toBoundedRegExp(pattern, false)).toBeInstanceOf(RegExp);
  });
});

describe('leaves to the linear engine', () => {
  test.each([
    ['unbounded repetition', ['a*b', 'a+', '.*x', '(ab)+', 'a{2,}', '\\d+ms']],
    ['what can match nothing', ['a?', '(a|)', '\\b', '', '|a', 'a{0,3}', '(?:)']],
    ['what can match a line feed', ['[^a]b', '\\s', '\\Db', '\\Wb', '\\n', '[\\n]a']],
    ['anchors', ['^a', 'a$', '\\Aa', 'a\\z']],
    ['lazy quantifiers and what they look like', ['a??b', 'a{2}?', 'a?*', 'a{2}{3}', '\\b?a', '\\b{2}a']],
    ['what is not ASCII', ['é', '[à-ü]', '\\p{L}', '\\x41', '\\u0041']],
    ['groups with options, names, look-around', ['(?i)a', '(?P<n>a)', '(?<n>a)', '(?=a)b', '(?!a)b']],
    ['back-references and unknown escapes', ['(a)\\1', '\\Qa\\E', '\\C', '\\a']],
    ['POSIX classes and odd classes', ['[[:alpha:]]', '[]a]', '[a', '[z-a]', '[\\d-z]', '[a-\\d]', '[-a]']],
    ['what is no expression', ['(', ')', 'a)', '(a', 'a|*', '{', 'a{', 'a{b}', '\\', '[\\']],
    [
      'too many ways to backtrack',
      ['(a|a|a|a){9}b', '(a?){30}b', '((a|b|c){3}){3}x', '.{99}.{99}.{99}a', 'a{0,99}a{0,99}b'],
    ],
  ])('%s', (_, patterns) => {
    expect(patterns.filter((pattern) => toBoundedRegExp(pattern, false))).toEqual([]);
  });
});

test('ignores case if asked to', () => {
  expect(toBoundedRegExp('error', true)!.test('an Error')).toBe(true);
  expect(toBoundedRegExp('error', false)!.test('an Error')).toBe(false);
});
