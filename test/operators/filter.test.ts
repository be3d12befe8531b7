import { describe, expect, test } from 'vitest';
import { Batch, countDecodedLines } from '../../src/core/batch.ts';
import { filter } from '../../src/operators/filter.ts';
import { SOME_ORIGIN } from '../support/arbitrary-batches.ts';
import { checkOptions, exampleOptions, runOperator } from '../support/definitions.ts';

const LINES = ['an ERROR', 'all is well', 'an error', 'status=503', ''];

function toBatch(): Batch {
  return Batch.fromTexts(LINES, SOME_ORIGIN);
}

describe('keeps', () => {
  test.each([
    [{ word: 'ERROR' }, ['an ERROR']],
    [{ not: { word: 'ERROR' } }, ['all is well', 'an error', 'status=503', '']],
    [{ regex: 'ERROR|status=5\\d\\d' }, ['an ERROR', 'status=503']],
    [{ regex: 'error', flags: 'i' }, ['an ERROR', 'an error']],
    [{ not: { regex: 'error', flags: 'i' } }, ['all is well', 'status=503', '']],
    [{ regex: '^$' }, ['']],
    [{ word: 'missing' }, []],
    [{ where: 'ERROR OR status:>=500' }, ['an ERROR', 'status=503']],
    [{ not: { where: 'an OR well' } }, ['status=503', '']],
    [{ not: { word: 'missing' } }, LINES],
  ])('%j', async (options, kept) => {
    const { texts, statement } = await runOperator(filter, options, toBatch());
    expect(texts).toEqual(kept);
    const gone = LINES.length - kept.length;
    expect(statement).toMatchObject({
      received: LINES.length,
      filtered: gone === 0 ? {} : { filter: { lines: gone, intentional: true } },
      offered: kept.length,
      unaccounted: 0,
    });
  });
});

test('a word decodes nothing and copies nothing', async () => {
  const batch = toBatch();
  const before = countDecodedLines();
  const { batches } = await runOperator(filter, { word: 'ERROR' }, batch);
  // One line came out, and was decoded by the test.
  expect(countDecodedLines()).toBe(before + 1);
  expect(batches[0]?.bytes).toBe(batch.bytes);
});

describe('says what is wrong', () => {
  test.each([
    [{}, ': must have exactly one of `where`, `word`, `regex` and `not`'],
    [{ word: 'a', regex: 'b' }, ': must have exactly one of `where`, `word`, `regex` and `not`'],
    [{ word: 'a', not: { word: 'b' } }, ': cannot have `not` beside `where`, `word`, `regex` or `flags`'],
    [{ flags: 'i', not: { regex: 'b' } }, ': cannot have `not` beside `where`, `word`, `regex` or `flags`'],
    [{ not: {} }, 'not: must have exactly one of `where`, `word` and `regex`'],
    [{ word: 'a', flags: 'i' }, 'flags: belongs to `regex`, not to `word`'],
    [{ regex: '(' }, 'regex: "(" is not a regular expression: missing closing ): `(`. Its syntax'],
    [
      { not: { regex: '(?=a)' } },
      'not.regex: "(?=a)" is not a regular expression: invalid or unsupported Perl syntax',
    ],
    [{ regex: 'a', flags: 'g' }, 'regex: there is no flag "g". There is i, m, s.'],
    [{ word: '' }, 'word: '],
    [{ wort: 'a' }, ': Unrecognized key: "wort"'],
    [{ word: 5 }, 'word: Invalid input'],
  ])('%j', (options, problem) => {
    const { problems } = checkOptions(filter, options);
    expect(problems.some((each) => each.startsWith(problem))).toBe(true);
  });
});

test.each(exampleOptions(filter))('its example %j runs', async (options) => {
  const { statement } = await runOperator(filter, options, toBatch());
  expect(statement.unaccounted).toBe(0);
});

test('an expression that cannot be read is refused, with its place', () => {
  const [issue] = filter.options.safeParse({ where: 'a AND status>=500' }).error!.issues;
  expect(issue).toMatchObject({
    path: ['where'],
    message: 'column 13: a colon is expected behind the name of a field',
    params: { offset: 12, length: 2 },
  });
  expect(filter.options.safeParse({ where: 'since:5m' }).error!.issues[0]!.message).toMatch(/durations/);
  expect(filter.options.safeParse({ where: 'a', word: 'b' }).error!.issues[0]!.message).toMatch(
    /exactly one of/,
  );
});
