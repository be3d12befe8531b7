import { describe, expect, test } from 'vitest';
import { toFields } from '../../src/core/batch.ts';
import { FieldPath } from '../../src/core/field-path.ts';

const fields = toFields(
  Object.entries({
    level: 'error',
    http: { status: 503, headers: { host: 'a' } },
    'http.method': 'GET',
    list: [1, 2],
    nothing: null,
  }),
);

describe('get', () => {
  test.each([
    ['level', 'error'],
    ['http.status', 503],
    ['http.headers.host', 'a'],
    ['http.method', 'GET'],
    ['nothing', null],
    ['missing', undefined],
    ['http.missing', undefined],
    ['level.length', undefined],
    ['list.0', undefined],
    ['nothing.more', undefined],
    ['constructor', undefined],
    ['http.constructor', undefined],
    ['__proto__', undefined],
  ])('%s', (path, value) => {
    expect(new FieldPath(path).get(fields)).toEqual(value);
  });

  test('nothing of a line without fields', () => {
    expect(new FieldPath('level').get(undefined)).toBeUndefined();
  });

  test('a field named __proto__ is a field', () => {
    expect(new FieldPath('__proto__').get(toFields([['__proto__', 1]]))).toBe(1);
  });
});

describe('removeFrom', () => {
  test('takes a field away and leaves the rest, and the original', () => {
    const rest = new FieldPath('level').removeFrom(fields);
    expect(Object.keys(rest)).toEqual(['http', 'http.method', 'list', 'nothing']);
    expect(fields['level']).toBe('error');
  });

  test('takes away what is inside of another', () => {
    const rest = new FieldPath('http.headers.host').removeFrom(fields);
    expect(rest['http']).toEqual({ status: 503, headers: {} });
    expect(fields['http']).toEqual({ status: 503, headers: { host: 'a' } });
  });

  test('takes the whole name first', () => {
    const rest = new FieldPath('http.method').removeFrom(fields);
    expect(Object.keys(rest)).toEqual(['level', 'http', 'list', 'nothing']);
  });

  test.each(['missing', 'http.missing', 'http.missing.more', 'level.more', 'list.0', 'constructor'])(
    'answers the same fields without %s',
    (path) => {
      expect(new FieldPath(path).removeFrom(fields)).toBe(fields);
    },
  );

  test('keeps a field named __proto__', () => {
    const odd = toFields([
      ['__proto__', 1],
      ['a', 2],
    ]);
    const rest = new FieldPath('a').removeFrom(odd);
    expect(Object.entries(rest)).toEqual([['__proto__', 1]]);
  });
});
