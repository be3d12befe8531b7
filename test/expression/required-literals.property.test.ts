import { Buffer } from 'node:buffer';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { requiredLiterals } from '../../src/expression/required-literals.ts';
import { fc } from '../support/properties.ts';

describe('a regular expression requires', () => {
  test.each([
    ['timeout.*closed', ['timeout']],
    ['(?:get|post)ed', ['get', 'post']],
    ['warn|error', ['warn', 'error']],
    ['status=5\\d\\d', ['status=5']],
    ['a+bc', ['bc']],
    ['ab?c', ['a']],
    ['ab{2}c', ['ab']],
    ['x\\.y', ['x.y']],
    ['[abc]+', undefined],
    ['(?)', undefined],
    ['(?<name>abc)d', ['abc']],
    ['a|', undefined],
    ['(?i)error', undefined],
    ['(abc)?', undefined],
    ['größer', ['größer']],
    ['\\bfoo\\b', ['foo']],
    ['[^]a]bc', ['bc']],
    ['\\x41bc', ['bc']],
    ['a\\p{Greek}bcd', ['bcd']],
  ])('%s', (source, expected) => {
    expect(requiredLiterals(source, '')?.map(String)).toEqual(expected);
  });
});

test('what it requires is in everything that it matches', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    'ab',
    'ü',
    '.',
    '[ab]',
    '[^]b]',
    '(',
    ')',
    '(?:',
    '|',
    '*',
    '+',
    '?',
    '{2}',
    '{0,1}',
    '{0}',
    '\\b',
    '\\.',
    '\\w',
    '^',
    '$',
    '\\x61',
    '\\pL',
    '\\141',
    '[[:alpha:]]',
    '\\Qa\\E',
  );
  let compared = 0;
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 8 }),
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'ü', '.', ' ', 'ab'), maxLength: 8 }), {
        minLength: 5,
        maxLength: 5,
      }),
      (pieces, texts) => {
        const source = pieces.join('');
        let regex: RE2JS;
        try {
          regex = RE2JS.compile(source);
        } catch {
          return;
        }
        const literals = requiredLiterals(source, '');
        if (!literals) return;
        for (const text of texts) {
          const bytes = Buffer.from(text);
          if (!regex.test(text)) continue;
          compared++;
          expect([source, text, literals.some((literal) => bytes.includes(literal))]).toEqual([
            source,
            text,
            true,
          ]);
        }
      },
    ),
    { numRuns: 5000 },
  );
  expect(compared).toBeGreaterThan(200);
});
