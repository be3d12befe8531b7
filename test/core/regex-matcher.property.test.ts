import { RE2JS } from 're2js';
import { expect } from 'vitest';
import { selectLines } from '../../src/core/line-matcher.ts';
import { RegexMatcher } from '../../src/core/regex-matcher.ts';
import { batchOf, lineBytes } from '../support/arbitrary-batches.ts';
import { fc, test } from '../support/properties.ts';

/** Of lines that are all ASCII, V8 sees many at once. */
const ASCII = fc
  .array(fc.constantFrom(97, 98, 32, 10), { maxLength: 8 })
  .map((line) => Uint8Array.from(line));

/** Some that V8 is given and some that it is not. */
const patterns = [
  'a',
  'ab|b[ab]',
  'a.b',
  'b?a',
  '\\ba\\b',
  'a\\Sb',
  '[a-b]{2,3}',
  'a+b',
  '^a',
  'b$',
  '[^a]b',
  'é',
  '.',
  '\\s',
];

test.prop(
  [
    fc.oneof(batchOf(lineBytes()), batchOf(ASCII)),
    fc.constantFrom(...patterns),
    fc.constantFrom('', 'i', 'm', 's', 'im'),
  ],
  {
    numRuns: 3000,
  },
)(
  'selects the lines that the linear engine matches, as looking at each line does',
  (batch, pattern, flags) => {
    const bits = { '': 0, i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL, im: 5 }[flags];
    const linear = RE2JS.compile(pattern, bits);
    const expected = Array.from({ length: batch.length }, (_, index) =>
      Buffer.from(batch.line(index)),
    ).filter((line) => linear.test(line));
    const selected = selectLines(batch, new RegexMatcher(pattern, flags));
    const lines = Array.from({ length: selected?.length ?? 0 }, (_, index) =>
      Buffer.from(selected!.line(index)),
    );
    expect(lines).toEqual(expected);
  },
);
