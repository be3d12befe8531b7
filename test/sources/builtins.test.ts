import { expect, test } from 'vitest';
import { sourceBuiltins } from '../../src/sources/builtins.ts';

test('each built-in source is a source, with a name of its own', () => {
  const types = sourceBuiltins.map(({ type }) => type);
  expect(types).toEqual(expect.arrayContaining(['tcp', 'unix']));
  expect(new Set(types).size).toBe(types.length);
  expect(sourceBuiltins.every(({ kind }) => kind === 'source')).toBe(true);
});
