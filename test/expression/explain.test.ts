import { expect, test } from 'vitest';
import { Batch } from '../../src/core/batch.ts';
import { parseExpression } from '../../src/expression/expression.ts';
import { fc } from '../support/properties.ts';
import { lineArbitrary, modelArbitrary } from './arbitraries.ts';
import { holds, write } from './oracle.ts';

function explained(text: string, line: string): string[] {
  const batch = Batch.fromTexts([line], { origin: { source: 'tcp', peer: '10.0.0.7:1' }, receivedAt: 0 });
  const { matches, parts } = parseExpression(text).explain(batch);
  const lines = parts.map(
    (part) =>
      `${part.offset} ${part.text}: ${part.holds}${part.because === undefined ? '' : `, ${part.because}`}`,
  );
  return [String(matches), ...lines];
}

test.each([
  ['a b', 'a', ['false', '2 b: false']],
  ['a b', 'a b', ['true', '0 a: true', '2 b: true']],
  ['a OR b', 'b', ['true', '5 b: true']],
  ['x (a OR b)', 'x', ['false', '3 a: false', '8 b: false']],
  ['NOT (a b)', 'b', ['true', '5 a: false']],
  ['-a', 'a', ['false', '1 a: true']],
  [
    'status:(500 OR 503)',
    '{"status":404}',
    ['false', '8 status:500: false, status is 404', '15 status:503: false, status is 404'],
  ],
  ['status:500', 'x', ['false', '0 status:500: false, the line has no status']],
  ['a:1', '{"a":[1,2,3,4,5]}', ['true', '0 a:1: true, a is 1, 2, 3, …']],
  ['a:1', `a=${'x'.repeat(99)}`, ['false', `0 a:1: false, a is ${'x'.repeat(60)}…`]],
  ['a.b:1', '{"a":{"b":{"c":1}}}', ['false', '0 a.b:1: false, a.b is an object']],
  ['level:error', '[warn] x', ['false', '0 level:error: false, level is warn']],
  ['level:error', '{"level":30}', ['false', '0 level:error: false, level is 30']],
  ['@peer:10.0.0.8', 'x', ['false', '0 @peer:10.0.0.8: false, its peer is 10.0.0.7:1']],
  [
    'until:1970-01-01',
    'x',
    ['false', '0 until:1970-01-01: false, it was received at 1970-01-01T00:00:00.000Z'],
  ],
])('%s of %s', (text, line, expected) => {
  expect(explained(text, line)).toEqual(expected);
});

test('says the same as a search, and names a part that is enough', () => {
  fc.assert(
    fc.property(modelArbitrary, lineArbitrary, (model, line) => {
      const text = write(model);
      const batch = Batch.fromTexts([line.bytes], { origin: { source: 'tcp' }, receivedAt: 2000 });
      const trace = parseExpression(text).explain(batch);
      expect(trace.matches).toBe(holds(model, { ...line, source: 'tcp', receivedAt: 2000 }));
      expect(trace.parts.length).toBeGreaterThan(0);
      for (const part of trace.parts) expect(part.offset).toBeLessThan(text.length);
    }),
    { numRuns: 500 },
  );
});
