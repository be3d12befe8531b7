/** Lines that want to make it throw, hang or lie. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { Batch, toFields } from '../../src/core/batch.ts';
import { parseExpression } from '../../src/expression/expression.ts';

function matches(text: string, line: string | Buffer): boolean {
  const batch = Batch.fromTexts([line], { origin: { source: 'test' }, receivedAt: 0 });
  return parseExpression(text).condition.mark(batch, new Uint8Array(1)) === 1;
}

describe('fields of difficult JSON', () => {
  test.each<[string, string | Buffer, boolean]>([
    ['a:1', '{"a":2,"a":1}', true],
    ['a:2', '{"a":2,"a":1}', true],
    ['"__proto__":1', '{"__proto__":1}', true],
    ['"__proto__.x":1', '{"__proto__":{"x":1}}', true],
    ['toString:*', '{"a":1}', false],
    ['a:>1e308', '{"a":1e400}', true],
    ['a:1e400', '{"a":10e399}', true],
    ['a:>1e400', '{"a":1e99999999999999999999}', true],
    ['a:<1e-400', '{"a":1e-99999999999999999999}', true],
    ['a:9007199254740993', '{"a":9007199254740992}', false],
    ['a:>9007199254740992', '{"a":9007199254740993}', true],
    ['a:0', '{"a":-0.0e5}', true],
    ['a:*', '{"a":"\\ud800"}', true],
    ['a:\ufffd', '{"a":"\\ud800"}', true],
    ['a:😀', '{"a":"\\ud83d\\ude00"}', true],
    ['status:500', '{"\\u0073tatus":500}', true],
    ['status:500', '{"\\u0073tatus":501,"msg":"status"}', false],
    ['user:alice', '{"user":"\\u0061lice"}', true],
    ['x/y:1', '{"x\\/y":1}', true],
    ['"a\\"b":1', '{"a\\"b":1}', true],
    ['a:1', '{"b":"\\"a\\":1"}', false],
    ['a:1', Buffer.from('7b2261223a312c2262223a22ff227d', 'hex'), true],
    ['b:*', Buffer.from('7b2261223a312c2262223a22ff227d', 'hex'), true],
    // Cut short: what was whole counts, what was cut does not.
    ['status:50', '{"msg":"x","status":50', false],
    ['msg:x', '{"msg":"x","status":50', true],
    ['msg:*', '{"msg":"x', false],
    ['a:1', '[{"a":1}]', false],
    ['a:1', '{"a":[2,[3,[1]]]}', true],
    ['a.b:1', '{"a":[{"b":2},{"b":1}]}', true],
    ['a.b:1', '{"a.b":1}', true],
    ['a.b.c:1', '{"a.b":{"c":1}}', true],
    ['a:*', '{"a":null}', false],
    ['a:null', '{"a":null}', true],
    ['a:*', '{"a":[]}', false],
    ['a:*', '{"a":{}}', true],
    ['a:true', '{"a":true}', true],
    ['a:"1"', '{"a":1}', true],
    ['a:"1.0"', '{"a":1}', false],
    ['a:1.0', '{"a":"1"}', false],
    ['a:>=1', '{"a":"1"}', true],
  ])('%s in %s: %s', (text, line, expected) => {
    expect(matches(text, line)).toBe(expected);
  });

  test('that is nested very deep', () => {
    const deep = 100_000;
    const line = `{"deep":${'['.repeat(deep)}1${']'.repeat(deep)},"status":500}`;
    expect(matches('status:500', line)).toBe(true);
    expect(matches('deep:1', line)).toBe(true);
    expect(matches('deep:2', line)).toBe(false);
    const objects = `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`;
    expect(matches('a:*', objects)).toBe(true);
    expect(matches('a.a.a:1', objects)).toBe(false);
    expect(matches('x:1', '{"x":'.repeat(deep))).toBe(false);
  });

  test('that is very long', () => {
    const length = 2_000_000;
    expect(matches('a:1', `{"b":"${'\\"a'.repeat(length / 2)}","a":1}`)).toBe(true);
    expect(matches('a:1', `{${'"a":2,'.repeat(length / 8)}"a":1}`)).toBe(true);
    expect(matches('a:>1', `{"a":${'9'.repeat(length)}}`)).toBe(true);
    expect(matches('a:1', 'a="'.repeat(length / 4))).toBe(false);
    expect(matches('a:1', 'a="\\" '.repeat(length / 8))).toBe(false);
    expect(matches('level:error', '[error '.repeat(length / 8))).toBe(false);
    expect(matches('level:error', ' '.repeat(length))).toBe(false);
    expect(matches('a*b*c', 'ab'.repeat(length / 2))).toBe(false);
    expect(matches('a:*a*a*a*b', `{"a":"${'a'.repeat(length / 4)}"}`)).toBe(false);
  });
});

/** A line with fields of its own, and some that were attached. */
const withFields = (fields: Record<string, unknown>): Batch =>
  Batch.fromTexts(['{"status":200,"user":"bob"}'], {
    origin: { source: 'test' },
    receivedAt: 0,
  }).withFields([toFields(Object.entries(fields) as never)]);

describe('fields that operators attached', () => {
  test.each<[string, Record<string, unknown>, boolean]>([
    ['status:500', { status: 500 }, true],
    ['status:200', { status: 500 }, false],
    ['user:bob', { status: 500 }, true],
    ['a.b:1', { a: { b: [2, 1] } }, true],
    ['a.b:1', { 'a.b': 1 }, true],
    ['level:error', { level: 'ERR' }, true],
    ['level:warn', { log: { level: 40 } }, true],
    ['a:*', { a: null }, false],
    ['a:true', { a: true }, true],
    ['big:>1e20', { big: 1e21 }, true],
  ])('%s with %j: %s', (text, fields, expected) => {
    expect(parseExpression(text).condition.mark(withFields(fields), new Uint8Array(1)) === 1).toBe(expected);
  });
});

describe('levels', () => {
  test.each<[string, string, boolean]>([
    ['error', '{"level":50}', true],
    ['error', '{"level":"error"}', true],
    ['error', '{"severity":"ERROR"}', true],
    ['error', '{"log":{"level":"err"}}', true],
    ['error', '{"PRIORITY":"3"}', true],
    ['error', '{"priority":3}', false],
    ['error', '{"msg":"ERROR"}', false],
    ['warn', 'ts=1 lvl=warning msg="an ERROR"', true],
    ['error', 'ts=1 lvl=warning msg="an ERROR"', false],
    ['error', '2026-11-25 20:15:30 [error] x', true],
    ['error', 'ERROR x', true],
    ['error', 'no error here', false],
    ['error', 'error: no', true],
    ['error', 'TERROR', false],
    ['error', '<11>1 2026-11-25 app: INFO', true],
    ['error', 'E1125 20:15:30.1 1 file.go:10] x', true],
    ['info', 'INFO then ERROR', true],
    ['error', 'INFO then ERROR', false],
    ['>=warn', '{"level":"fatal"}', true],
    ['>=warn', '{"level":30}', false],
    ['[warn TO error]', '{"level":"critical"}', false],
    ['[warn TO error]', '{"level":4}', true],
    ['"50"', '{"level":50}', true],
    ['"error"', '{"level":50}', false],
    ['custom', '{"level":"custom"}', true],
    ['(warn OR error)', 'WARN', true],
  ])('level:%s in %s: %s', (level, line, expected) => {
    expect(matches(`level:${level}`, line)).toBe(expected);
  });
});
