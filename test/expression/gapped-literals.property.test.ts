import { Buffer } from 'node:buffer';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { Batch } from '../../src/core/batch.ts';
import { parseExpression } from '../../src/expression/expression.ts';
import { toGappedTexts } from '../../src/expression/gapped-literals.ts';
import { fc } from '../support/properties.ts';

describe('texts with gaps', () => {
  test.each([
    ['timeout.*closed', [['timeout', 'closed']]],
    ['ERROR|WARN', [['ERROR'], ['WARN']]],
    ['.*a\\.b.*', [['a.b']]],
    ['a\\|b', [['a|b']]],
    ['a\\.*b', undefined],
    ['a.+b', undefined],
    ['a|', undefined],
    ['.*', undefined],
    ['(a)', undefined],
    ['é', undefined],
    ['\\d', undefined],
    ['a\\\\.*b', undefined],
  ])('%s', (source, expected) => {
    expect(toGappedTexts(source, '')).toEqual(expected);
  });
});

test('mean what the engine says, also in lines with line feeds and without UTF-8', () => {
  const piece = fc.constantFrom('a', 'b', 'ab', '.*', '|', '\\.', '\\|', '.*');
  const byte = fc.constantFrom(97, 98, 98, 10, 46, 124, 0xff, 0xc3, 0xa9);
  let matches = 0;
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 6 }),
      fc.array(fc.array(byte, { maxLength: 8 }), { minLength: 1, maxLength: 6 }),
      (pieces, lines) => {
        const source = pieces.join('');
        fc.pre(toGappedTexts(source, '') !== undefined);
        const regex = RE2JS.compile(source);
        const expected = lines.map((line) => (regex.test(Buffer.from(line)) ? 1 : 0));
        matches += expected.filter(Boolean).length;
        const batch = Batch.fromTexts(
          lines.map((line) => Uint8Array.from(line)),
          {
            origin: { source: 'test' },
            receivedAt: 0,
          },
        );
        const marks = new Uint8Array(lines.length);
        parseExpression(`/${source}/`).condition.mark(batch, marks);
        expect([source, ...marks]).toEqual([source, ...expected]);
      },
    ),
    { numRuns: 1000 },
  );
  expect(matches).toBeGreaterThan(200);
});
