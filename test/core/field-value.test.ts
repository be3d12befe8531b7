import { describe, expect, test } from 'vitest';
import { toFieldsOf, toFieldValue } from '../../src/core/field-value.ts';

class Money {
  readonly amount = 5;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = { inner: value };
  return value;
}

describe('toFieldValue', () => {
  test.each([
    ['text', 'text'],
    [5, 5],
    [true, true],
    [null, null],
    [undefined, undefined],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    [
      [1, undefined, 'a'],
      [1, null, 'a'],
    ],
    [
      { a: 1, b: undefined, c: [{ d: null }] },
      { a: 1, c: [{ d: null }] },
    ],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('%j becomes %j', (value, field) => {
    const made = toFieldValue(value);
    expect(made === undefined ? made : JSON.parse(JSON.stringify(made))).toEqual(field);
  });

  test.each([
    ['a bigint', 5n],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a map', new Map()],
    ['an object of a class', new Money()],
    ['something nested too deep', nested(101)],
    ['something in itself', circle()],
    ['one of them inside', { list: [{ money: new Money() }] }],
  ])('refuses %s', (_, value) => {
    expect(() => toFieldValue(value)).toThrow(TypeError);
  });

  test('takes what is nested a hundred deep', () => {
    expect(JSON.stringify(toFieldValue(nested(99)))).toBe(JSON.stringify(nested(99)));
  });

  test('copies: what changes later changes nothing', () => {
    const list = [1];
    const value = { list };
    const made = toFieldValue(value);
    list.push(2);
    expect(made).toEqual({ list: [1] });
  });
});

describe('toFieldsOf', () => {
  test('has no prototype, at no depth', () => {
    const fields = toFieldsOf({ a: { b: 1 } });
    expect(Object.getPrototypeOf(fields)).toBeNull();
    expect(Object.getPrototypeOf(fields['a'])).toBeNull();
  });

  test('keeps a field named __proto__, and changes no prototype', () => {
    const fields = toFieldsOf(JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.keys(fields)).toEqual(['__proto__']);
    expect(fields['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each([null, undefined, 'text', 5, [1]])('refuses %j', (value) => {
    expect(() => toFieldsOf(value)).toThrow(TypeError);
  });
});

function circle(): unknown {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
}
