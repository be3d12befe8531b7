import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { formatPath, isMapping, valueAt } from '../../src/config/path.ts';

test.each([
  [['sinks', 'files', 'maxSize'], 'sinks.files.maxSize'],
  [['pipelines', 'main', 'through', 0, 'word'], 'pipelines.main.through[0].word'],
  [['sinks', 'my sink', 'a.b'], 'sinks["my sink"]["a.b"]'],
  [['x-headers', 'max-size'], 'x-headers.max-size'],
  [[], ''],
])('writes %j', (path, text) => {
  expect(formatPath(path)).toBe(text);
});

test('finds own properties only', () => {
  const value = JSON.parse('{ "a": [{ "__proto__": 1 }] }') as unknown;
  expect(valueAt(value, ['a', 0, '__proto__'])).toBe(1);
  expect(valueAt(value, ['a', 0, 'toString'])).toBeUndefined();
  expect(valueAt(value, ['a', 'length', 'x'])).toBeUndefined();
  expect(valueAt(null, ['a'])).toBeUndefined();
});

test('tells mappings from other objects', () => {
  expect([{}, Object.create(null), runInNewContext('({})')].every(isMapping)).toBe(true);
  expect([null, [], new Map(), new Date(), /x/, () => 1, 'x', new URL('x:y')].some(isMapping)).toBe(false);
});
