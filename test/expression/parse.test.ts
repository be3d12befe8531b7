import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../src/expression/expression.ts';
import { ExpressionError } from '../../src/expression/expression-error.ts';
import { fc } from '../support/properties.ts';

function errorOf(text: string, options = {}): ExpressionError {
  try {
    parseExpression(text, { now: 0, ...options });
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`${text} was read`);
}

describe('what is wrong is said with its column and what to write', () => {
  test.each([
    ['a AND', 6, 'something to look for behind AND is expected here', ''],
    ['a OR  ', 5, 'something to look for is expected here', ''],
    ['AND a', 1, 'something to look for is expected here, not AND', 'Write "AND"'],
    ['NOT', 4, 'something to look for behind NOT', ''],
    [
      'a and b',
      3,
      'it is not clear whether and is a word',
      'Write AND for the operator, "and" for the word.',
    ],
    ['a && b', 3, 'there is no operator &&', 'Write AND'],
    ['!a', 1, 'there is no operator !', 'Write NOT or -'],
    ['(a b', 1, 'this ( is never closed', ''],
    ['a) b', 2, 'there is no ( to this )', ''],
    ['()', 1, 'something is expected between the parentheses', 'Write "()"'],
    ['foo()', 4, 'a space is expected before (', ''],
    ['"a b', 1, 'this quote is never closed', ''],
    ['say"hi"', 4, 'a space is expected before this quote', ''],
    ['- a', 1, 'what a line must not have is expected right behind this -', 'Write "-"'],
    ['--help', 1, 'what a line must not have is expected right behind this -', 'Write "--help"'],
    [
      'status>=500',
      7,
      'a colon is expected behind the name of a field',
      'Write status:>=500, or "status>=500"',
    ],
    ['status!=500', 7, 'a colon is expected', 'Write -status:500'],
    ['status = 500', 8, 'there is no operator =', 'Write name:value'],
    ['status:', 8, 'a value is expected right behind the colon', 'Write status:* for any value'],
    ['status: 500', 8, 'a value is expected right behind the colon', ''],
    ['status:=500', 8, 'a colon is enough', ''],
    ['status:>', 9, 'a number or a text to compare with is expected here', ''],
    ['status:>5*', 9, 'what is compared has no wildcards', ''],
    ['status:[1 2]', 11, 'TO is expected here', 'A range is [100 TO 200]'],
    ['status:[1 TO 2', 8, 'this range is never closed', ''],
    ['status:["1" TO 2]', 16, 'both ends of a range are in quotes, or none', ''],
    ['12:30:05', 1, 'the name of a field begins with a letter', 'To look for the text, write "12:30:05".'],
    ['x://', 3, 'a regular expression is expected between the slashes', ''],
    ['http://x/', 8, 'there is no flag "x"', ''],
    ['a*b:c', 1, 'the name of a field has no wildcards', ''],
    [':a', 1, 'the name of a field is expected before the colon', ''],
    ['/var/log/x', 6, 'there is no flag "l"', 'write "/var/log/x"'],
    ['/healthz', 1, 'this regular expression is never closed', 'write "/healthz"'],
    ['ab /a(b/', 6, 'missing closing )', 'RE2'],
    ['ab /a)b/', 6, 'unexpected )', 'RE2'],
    ['x OR /a(?=b)/', 8, 'look-around is not supported', 'RE2'],
    ['x OR /(a)\\1/', 10, 'references to groups are not supported', 'RE2'],
    ['f:/[z-a]/i', 5, 'invalid character class range', 'RE2'],
    ['/a{1000}{2}/', 3, '', 'RE2'],
    ['"C:\\temp"', 4, '\\t means nothing here', 'Write \\\\ for a backslash'],
    ['a\\', 2, 'a character is expected after the backslash', ''],
    ['since:soon', 7, 'this is no time and no duration', 'Write a duration such as 5m'],
    ['since:>5m', 7, 'a time or a duration is expected behind since:', '"since":value'],
    ['@time:>2026-02-30', 7, 'this is no time', ''],
    ['@source:>a', 9, '@source cannot be compared', ''],
    ['a\\ b*', 1, 'a word with wildcards has no white space in it', ''],
    [`${'x'.repeat(300)}*`, 1, 'a text with wildcards has at most 256 characters', ''],
    ['ü€😀 ("', 6, 'this quote is never closed', ''],
  ])('%s', (text, column, problem, advice) => {
    const error = errorOf(text);
    expect(error.code).toBe('LC_EXPRESSION_INVALID');
    expect(error.problem).toContain(problem);
    expect(error.message).toBe(`column ${error.column}: ${error.problem}`);
    expect(error.hint).toContain(advice);
    expect(error.column).toBe(column);
  });

  test('and with a picture', () => {
    expect(errorOf('timeout AND status>=500').hint).toBe(
      [
        'timeout AND status>=500',
        '                  ^^',
        'Write status:>=500, or "status>=500" for the text.',
      ].join('\n'),
    );
    expect(errorOf(`${'long '.repeat(30)}(`).hint.split('\n')[0]).toMatch(/^….{39}\($/);
    expect(errorOf('a\n\tb "\u001b[31m').hint).toBe(
      'a  b "\\x1b[31m\n     ^\nWrite " at the end of the text, or \\" for the character.',
    );
  });
});

describe('is limited', () => {
  test.each([
    ['x'.repeat(11), { maxLength: 10 }, 'the expression is too long: 11 characters, at most 10'],
    ['a b c', { maxParts: 2 }, 'the expression has more than 2 parts'],
    ['((((a))))', { maxDepth: 3 }, 'parts are nested more than 3 deep'],
    ['NOT NOT NOT a', { maxDepth: 2 }, 'parts are nested more than 2 deep'],
    ['('.repeat(9999), {}, 'parts are nested more than 100 deep'],
    ['NOT '.repeat(2400), {}, 'parts are nested more than 100 deep'],
    ['f:('.repeat(3000), {}, 'parts are nested more than 100 deep'],
  ])('%s', (text, limits, problem) => {
    expect(errorOf(text, limits).problem).toContain(problem);
  });
});

test('whatever is written, it is read or refused with a place in it', () => {
  const piece = fc.constantFrom(
    'a',
    '"',
    '(',
    ')',
    '/',
    '\\',
    ':',
    '*',
    '?',
    '[',
    ']',
    '{',
    '}',
    ' ',
    'TO',
    'AND',
    'OR',
    'NOT',
    '-',
    '>',
    '=',
    'since:',
    '5m',
    'level:',
    'ü',
    '😀',
    '@time:',
    '|',
    '+',
    '\n',
    '\0',
    '\ud800',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      const error = isRead(text) ? undefined : errorOf(text);
      const { offset, length, column } = error ?? { offset: 0, length: 0, column: 1 };
      expect(offset + length).toBeLessThanOrEqual(text.length);
      expect(column).toBeGreaterThan(0);
    }),
    { numRuns: 2000 },
  );
});

function isRead(text: string): boolean {
  try {
    parseExpression(text, { now: 0 });
    return true;
  } catch {
    return false;
  }
}
