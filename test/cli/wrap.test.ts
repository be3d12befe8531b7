import { expect, test } from 'vitest';
import { wrap } from '../../src/cli/wrap.ts';
import { fc, test as property } from '../support/properties.ts';

const words = fc.array(fc.stringMatching(/^[a-z]{1,15}$/), { minLength: 1, maxLength: 40 });

property.prop([words])('keeps every word, and the width', (list) => {
  const text = wrap(list.join(' '), { indent: '   ', width: 30 });
  expect(text.split(/\s+/).filter(Boolean)).toEqual(list);
  for (const line of text.split('\n')) {
    expect(line.length).toBeLessThanOrEqual(30);
    expect(line).toMatch(/^ {3}\S/);
  }
});

test('a word that is too long stays whole', () => {
  expect(wrap('a https://example.com/long b', { width: 8 })).toBe('a\nhttps://example.com/long\nb');
});

test('the first line can begin in another way, and lists are set in', () => {
  expect(wrap('one two three', { first: '- ', indent: '  ', width: 9 })).toBe('- one two\n  three');
  expect(wrap('- one two three\n- four', { width: 9 })).toBe('- one two\n  three\n- four');
});

test('wide characters take two columns', () => {
  expect(wrap('日本 語', { width: 5 })).toBe('日本\n語');
});
