import { expect, test } from 'vitest';
import { Needle } from '../../src/expression/needle.ts';
import { fc } from '../support/properties.ts';

/** How often each byte was seen; bytes that are not named were never seen. */
function counts(seen: Record<string, number>): Uint32Array {
  const all = new Uint32Array(256);
  for (const [text, count] of Object.entries(seen)) all[text.charCodeAt(0)] = count;
  return all;
}

test.each([
  ['needle-zq', { n: 60, e: 100, d: 40, l: 40, '-': 20, z: 2, q: 1 }, 'zq'],
  ['needle-zq', { n: 60, e: 100, d: 40, l: 40, '-': 20, z: 10, q: 1 }, 'q'],
  ['needle-zq', { n: 60, e: 100, d: 40, l: 40, '-': 20, z: 10, q: 10 }, '-zq'],
  ['error', { e: 100, r: 60, o: 50 }, 'error'],
  ['error', { e: 100, r: 40, o: 50 }, 'rror'],
  ['error', { e: 100, r: 40, o: 10 }, 'or'],
  ['abc', { a: 10, b: 10, c: 10 }, 'abc'],
  ['abc', { a: 10, b: 10 }, 'c'],
  ['abc', {}, 'abc'],
  ['x', { x: 1000 }, 'x'],
  ['', {}, ''],
])('%j among %j is looked for by %j', (keyword, seen, end) => {
  const needle = new Needle(keyword, counts(seen));
  expect(needle.endText).toBe(end);
  expect(needle.skipped).toBe(keyword.length - end.length);
});

test('whatever the sample, the end and what stands before it make the keyword', () => {
  const sample = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 256, maxLength: 256 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), sample, fc.nat(20), (keyword, all, changed) => {
      const needle = new Needle(keyword, Uint32Array.from(all));
      expect(Buffer.concat([needle.bytes.subarray(0, needle.skipped), needle.end])).toEqual(
        Buffer.from(keyword),
      );
      expect(needle.endText).toBe(needle.end.toString('latin1'));
      const text = Buffer.concat([Buffer.from('..'), keyword]);
      expect(needle.startsAt(text, 2)).toBe(true);
      if (changed >= keyword.length) return;
      text[changed + 2]! ^= 1;
      expect(needle.startsAt(text, 2)).toBe(changed >= needle.skipped);
    }),
    { numRuns: 300 },
  );
});
