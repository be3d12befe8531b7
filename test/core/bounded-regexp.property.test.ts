import { RE2JS } from 're2js';
import { expect } from 'vitest';
import { toBoundedRegExp } from '../../src/core/bounded-regexp.ts';
import { fc, test } from '../support/properties.ts';

/** Pieces of expressions, also of such that are not recognized or not even well-formed. */
const PIECES = String.raw`
  a b c K 0 _ - . , \. \- \d \w \S \b \| \] \_
  | ( (?: ) ? {2} {0,2} {1,3} {0} {3,1} * + ^ $ { } ] /
  [abc] [a-c] [\w.-] [\d_] [A-z] [!-~] [^a] [.-\/] [a-] [|)] [$^] [_-a]`
  .split(/\s+/)
  .with(0, ' ');
const piece = fc.constantFrom(...PIECES);
const pattern = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));

/** Lines of ASCII: there the two engines are to agree. Control characters among them. */
const line = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Array.from('abcABCkK01_ -.,|()[]/$^')),
      fc.constantFrom('\t', '\v', '\r', '\0', '\x7f'),
    ),
    {
      maxLength: 12,
    },
  )
  .map((characters) => characters.join(''));

test.prop([pattern, fc.array(line, { minLength: 1, maxLength: 8 }), fc.boolean()], { numRuns: 10_000 })(
  'means the same as in the linear engine, and never leaves its line',
  (source, lines, ignoreCase) => {
    const bounded = toBoundedRegExp(source, ignoreCase);
    fc.pre(bounded !== undefined);
    const linear = RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
    for (const each of lines) {
      bounded.lastIndex = 0;
      expect(bounded.test(each)).toBe(linear.test(each));
    }
    const matches = lines.join('\n').match(bounded) ?? [];
    expect(matches.every((match) => match !== '' && !match.includes('\n'))).toBe(true);
  },
);
