import { expect, test } from 'vitest';
import { toNodeKey } from '../../src/config/node-key.ts';
import { disk, memory } from './support.ts';

test('is the same for what is written the same, in any order', () => {
  expect(toNodeKey(memory, { a: 1, b: [{ c: 2, d: undefined }] })).toBe(
    toNodeKey(memory, { b: [{ c: 2 }], a: 1 }),
  );
  expect(toNodeKey(memory, { r: /x/g, u: new URL('a:b') })).toBe(
    toNodeKey(memory, { r: /x/g, u: new URL('a:b') }),
  );
});

test('tells everything else apart', () => {
  const twice = [() => 1, () => 1] as const;
  const values = [
    {},
    [],
    null,
    '',
    0,
    -0,
    '0',
    false,
    'false',
    [0],
    { a: 0 },
    { a: '0' },
    { a: [0] },
    { a: { a: 0 } },
    [[], []],
    [[[]]],
    Number.NaN,
    Number.POSITIVE_INFINITY,
    'NaN',
    ...twice,
    /x/,
    /x/g,
    '/x/',
    new Map(),
    new Map(),
    1n,
    ['map'],
    ['list'],
  ];
  expect(new Set(values.map((value) => toNodeKey(memory, value))).size).toBe(values.length);
  expect(toNodeKey(disk, {})).not.toBe(toNodeKey(memory, {}));
  expect(toNodeKey({ ...memory }, {})).not.toBe(toNodeKey(memory, {}));
});

test('a function is the same as itself', () => {
  expect(toNodeKey(memory, { method: Math.max })).toBe(toNodeKey(memory, { method: Math.max }));
});

test('shows nothing of what was written', () => {
  expect(toNodeKey(memory, { password: 'hunter2' })).toMatch(/^[\w-]{43}$/);
});
