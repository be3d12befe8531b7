import { expect, test } from 'vitest';
import { brieflyOperator, brieflyOptions, cut } from '../../src/cli/briefly.ts';

function mine(): void {}

test('writes options on one line', () => {
  expect(
    brieflyOptions({ type: 'x', name: 'n', a: 1, b: ['x', 'y: z'], c: { d: true, e: '' }, f: {} }, ['name']),
  ).toBe('a: 1, b: [x, "y: z"], c: { d: true, e: "" }, f: {}');
  expect(brieflyOptions({ run: mine, at: /a+/g, nothing: undefined })).toBe(
    'run: <function mine>, at: /a+/g',
  );
  expect(brieflyOptions('no mapping')).toBe('');
});

test('escapes what could disturb a terminal', () => {
  expect(brieflyOptions({ word: '\u001b[2J', '\u0007': 'x' })).toBe('word: "\\u001b[2J", \\x07: x');
});

test('finds the operator of a pipeline', () => {
  const config = {
    pipelines: { main: { through: [{ type: 'a' }, { type: 'filter', name: 'f', word: 'x' }] } },
  };
  expect(brieflyOperator(config, 'main', 1)).toBe('word: x');
  expect(brieflyOperator(config, 'other', 0)).toBe('');
});

test('cuts to columns', () => {
  expect(cut('abcdef', 6)).toBe('abcdef');
  expect(cut('abcdefg', 6)).toBe('abcde…');
  expect(cut('日本語です', 6)).toBe('日本…');
});
