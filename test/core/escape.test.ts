import { describe, expect, test } from 'vitest';
import { escapeBytes, escapeText } from '../../src/core/escape.ts';

describe('escapeText', () => {
  test.each([
    ['plain', 'plain text, äöü 日本 😀 \\n', 'plain text, äöü 日本 😀 \\n'],
    ['an ANSI colour', '\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
    ['a window title', '\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
    ['NUL and DEL', '\u0000\u007f', '\\x00\\u007f'],
    ['white space that moves the cursor', 'a\tb\rc\nd\be\ff', 'a\\tb\\rc\\nd\\x08e\\x0cf'],
    ['C1, where 0x9b is ESC [ in one', '\u009b31m\u0085', '\\u009b31m\\u0085'],
    ['bidi controls', 'a\u202eb\u2066c\u200fd\u061ce', 'a\\u202eb\\u2066c\\u200fd\\u061ce'],
    ['separators', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    ['a lone surrogate', 'a\ud800b', 'a\\ud800b'],
  ])('%s', (_, text, shown) => {
    expect(escapeText(text)).toBe(shown);
  });

  test('a tab stays if it may, and nothing else', () => {
    expect(escapeText('a\tb\u001b', { keepTabs: true })).toBe('a\tb\\x1b');
  });
});

describe('escapeBytes', () => {
  test.each([
    ['UTF-8', Buffer.from('é€😀'), 'é€😀'],
    ['Latin-1', Buffer.from('caf\u00e9!', 'latin1'), 'caf\\xe9!'],
    ['a cut character', Buffer.from('a€').subarray(0, 3), 'a\\xe2\\x82'],
    ['an overlong form', Buffer.from([0xc0, 0xaf, 0x41]), '\\xc0\\xafA'],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80]), '\\xed\\xa0\\x80'],
    ['a control among what is no UTF-8', Buffer.from([0xff, 0x1b, 0xc2, 0x9b]), '\\xff\\x1b\\u009b'],
    ['nothing', Buffer.alloc(0), ''],
  ])('%s', (_, bytes, shown) => {
    expect(escapeBytes(bytes)).toBe(shown);
  });
});
