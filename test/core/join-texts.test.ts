import { expect } from 'vitest';
import { joinLines } from '../../src/core/batch.ts';
import { joinTexts } from '../../src/core/join-texts.ts';
import { fc, test } from '../support/properties.ts';

const text = fc.string({ unit: fc.constantFrom('a', '\n', 'é', '😀', '\0'), maxLength: 6 });

test.prop([fc.array(text, { maxLength: 10 })])('makes the lines that joinLines makes', (texts) => {
  const joined = joinTexts(texts, 'utf8');
  const expected = joinLines(texts);
  expect([...joined.bounds]).toEqual([...expected.bounds]);
  for (let at = 0; at < joined.bounds.length; at += 2) {
    const [from, to] = joined.bounds.subarray(at, at + 2);
    expect(joined.bytes.subarray(from, to! + 1)).toEqual(expected.bytes.subarray(from, to! + 1));
  }
});

test.prop([fc.array(fc.uint8Array({ maxLength: 6 }), { minLength: 1, maxLength: 10 })])(
  'takes each character for a byte',
  (lines) => {
    const joined = joinTexts(
      lines.map((line) => Buffer.from(line).toString('latin1')),
      'latin1',
    );
    expect(joined).toEqual(joinLines(lines));
  },
);
