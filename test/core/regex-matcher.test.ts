import { describe, expect, test } from 'vitest';
import { Batch, countDecodedLines } from '../../src/core/batch.ts';
import { selectLines, WINDOW } from '../../src/core/line-matcher.ts';
import { RegexMatcher, regexProblem } from '../../src/core/regex-matcher.ts';
import { SOME_ORIGIN } from '../support/arbitrary-batches.ts';

function select(pattern: string, flags: string, lines: readonly (string | Uint8Array)[]): string[] {
  const batch = Batch.fromTexts(lines, SOME_ORIGIN);
  return selectLines(batch, new RegexMatcher(pattern, flags))?.texts() ?? [];
}

describe('matches', () => {
  test.each([
    ['ERROR|FATAL', '', ['an ERROR', 'none', 'FATAL', 'error'], ['an ERROR', 'FATAL']],
    ['error|fatal', 'i', ['an ERROR', 'none', 'Fatal'], ['an ERROR', 'Fatal']],
    ['(?i)error', '', ['an ERROR', 'none'], ['an ERROR']],
    ['^a.*z$', '', ['abcz', 'xaz', 'az', 'azx'], ['abcz', 'az']],
    ['\\d+ms', '', ['12ms', 'ms', '1 ms'], ['12ms']],
    ['', '', [], []],
    ['é+', '', ['caféé', 'cafe', 'CAFÉ'], ['caféé']],
    ['É', 'i', ['café', 'cafe'], ['café']],
    ['a.c', '', ['aéc', 'a😀c', 'ac'], ['aéc', 'a😀c']],
    ['^b$', '', ['a\nb\nc', 'b'], ['b']],
    ['^b$', 'm', ['a\nb\nc', 'b'], ['a\nb\nc', 'b']],
    ['a.b', '', ['a\nb'], []],
    ['a.b', 's', ['a\nb'], ['a\nb']],
    ['a[^x]b', '', ['a\nb', 'axb'], ['a\nb']],
    ['x{2}', '', ['x', 'x', 'xx'], ['xx']],
  ])('%s /%s', (pattern, flags, lines, matching) => {
    expect(select(pattern, flags, lines)).toEqual(matching);
  });

  test('a byte that is no UTF-8 as one that . matches', () => {
    const batch = Batch.fromTexts([Buffer.from([0x61, 0xff, 0x62]), 'ab'], SOME_ORIGIN);
    expect(selectLines(batch, new RegexMatcher('^a.b$'))?.length).toBe(1);
    expect(selectLines(batch, new RegexMatcher('^a.?b$'))?.length).toBe(2);
  });

  test('lines that are ASCII and lines that are not, side by side', () => {
    expect(select('x\\d', '', ['x1', 'éx2', 'é', 'x3'])).toEqual(['x1', 'éx2', 'x3']);
    expect(select('x\\d+', '', ['x1', 'éx2', 'é', 'x3'])).toEqual(['x1', 'éx2', 'x3']);
  });

  test('not in what stands between the lines of a batch that was filtered', () => {
    for (const pattern of ['no\\d', 'no\\d+']) {
      const batch = Batch.fromTexts(['a', 'no1', 'b', 'no3', 'no4', 'no5', 'c'], SOME_ORIGIN).select(
        (index) => index % 2 === 0,
      );
      expect(selectLines(batch, new RegexMatcher(pattern))?.texts()).toEqual(['no4']);
    }
  });

  test('in windows, and in lines longer than one', () => {
    const long = 'x'.repeat(WINDOW);
    for (const pattern of ['W\\d', 'W\\d+']) {
      const matching = select(pattern, '', [`${long}W1`, 'W2', long, 'y', `W3${long}`, 'W']);
      expect(matching.map((line) => line.slice(-2))).toEqual(['W1', 'W2', 'xx']);
    }
  });
});

test('counts no line as decoded', () => {
  const before = countDecodedLines();
  select('a\\d+', '', ['a1', 'é']);
  // Those are what this test itself asked for.
  expect(countDecodedLines()).toBe(before + 1);
});

describe('a hostile expression', () => {
  const line = 'a'.repeat(2 ** 20);

  test.each([
    '^(a+)+$',
    '(a+){2,30}b',
    '(a|a)*b',
    '(a|aa)+$',
    '(.*)*x',
    '(.*a){20}[^a]',
    '([a-z]+)*[0-9]',
    'a*a*a*a*a*[^a]',
    '(a?){25}a{25}b',
  ])('%s is over at once, on a line of 1 MiB', (pattern) => {
    // V8 takes longer than anybody waits: the test would time out.
    expect(select(pattern, '', [line, 'short']).length).toBeLessThanOrEqual(1);
  });

  test.each(['(a{1000}){1000}', 'a{1001}', '((a{100}){100}){100}', '(a|b|c|d){1,500}', '\\pL{900}x{900}'])(
    '%s is refused',
    (pattern) => {
      expect(regexProblem(pattern)).toMatch(/too large|repeat count/);
    },
  );
});

describe('what is none', () => {
  test('is quoted as it was written, without its flags', () => {
    expect(regexProblem('error|(warn', 'i')).toMatch(
      /^"error\|\(warn" is not a regular expression: missing closing \): `error\|\(warn`\. Its syntax/,
    );
  });

  test.each(['(', 'a)', '[a', '*', '(?=a)', '(?<!a)b', '(a)\\1', 'a{2,1}', '\\'])('%s', (pattern) => {
    expect(regexProblem(pattern)).toMatch(/is not a regular expression: .*RE2/);
    expect(() => new RegexMatcher(pattern)).toThrow(expect.objectContaining({ code: 'LC_REGEX_INVALID' }));
  });

  test('a flag that there is not', () => {
    expect(regexProblem('a', 'g')).toBe('there is no flag "g". There is i, m, s.');
    expect(regexProblem('a', 'ims')).toBeUndefined();
  });
});
