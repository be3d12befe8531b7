/** Expressions: reading one ends with an expression or an ExpressionError; one that was read matches in time, and says the same of a line alone. */
import assert from 'node:assert/strict';
import { Batch } from '../../../src/core/batch.ts';
import { parseExpression } from '../../../src/expression/expression.ts';
import { ExpressionError } from '../../../src/expression/expression-error.ts';
import type { Target } from '../target.ts';

const NOW = Date.UTC(2026, 0, 1);
const LINES = [
  '',
  'an error of user "a b" took 15 ms',
  '{"level":"error","time":"2026-01-01T00:00:00Z","user":{"name":"x"},"n":[1,2e3,null]}',
  '<34>1 2026-01-01T00:00:00Z host app 1 ID [x y="z"] message',
  'a=1 b="two words" c=',
  'a'.repeat(2000),
  '\u0000\u001b[31mé\u2028',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',
];

// oxlint-disable-next-line no-control-regex -- nothing that a terminal would obey
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

export const expression: Target = {
  name: 'expression',
  words: [
    ...'AND OR NOT and or not ( ) " / * ? ~ - : = < > <= >= != [ ] { } \\ level: since: until: source: peer: field time: 5m 1h error warn'.split(
      ' ',
    ),
    ' ',
    '\n',
    '\t',
    '/(a+)+$/',
    '/a{1000}/',
    '/(?=a)/',
    '\\u0000',
    '"\\""',
    '2026-01-01T00:00:00Z',
    '1e400',
    '((((((((',
    '😀',
    '\ud800',
  ],
  seeds: [
    'timeout AND -healthcheck',
    '"a b" OR (error user)',
    'level:error since:5m',
    'user.name:x* n>=2',
    '/(a+)+!$/',
    'NOT (a OR NOT b)',
    'a*b?c',
    '-a -b',
  ],
  maxBytes: 8000,
  run(input) {
    const text = input.toString();
    let condition;
    try {
      ({ condition } = parseExpression(text, { now: NOW }));
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      assert.ok(error.offset >= 0 && error.offset <= text.length && error.column >= 1);
      assert.doesNotMatch(`${error.message}\n${error.hint ?? ''}`, CONTROLS);
      return error.problem.replace(/".*"|`.*`|\d+/g, '');
    }
    const init = { origin: { source: 'fuzz' }, receivedAt: NOW };
    const all = Batch.fromTexts(LINES, init);
    const marks = new Uint8Array(all.length);
    const count = condition.mark(all, marks);
    assert.equal(
      count,
      marks.reduce((sum, mark) => sum + mark, 0),
    );
    for (const [index, line] of LINES.entries()) {
      const alone = new Uint8Array(1);
      condition.mark(Batch.fromTexts([line], init), alone);
      assert.equal(alone[0], marks[index], `line ${index}`);
    }
    return `matches ${marks.join('')}`;
  },
};
