import { Readable } from 'node:stream';
import split from 'split2';
import { describe, expect, test } from 'vitest';
import type { FramerOptions } from '../../src/framing/framer-options.ts';
import { fc } from '../support/properties.ts';
import { chunksArbitrary, countDelimiterBytes, cut, DEFAULTS, frame, type Method, model } from './frame.ts';

const methods = fc.constantFrom<Method>('push', 'pushInParts');

const optionsArbitrary: fc.Arbitrary<FramerOptions> = fc.record({
  maxLineBytes: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(1000)),
  oversize: fc.constantFrom('truncate', 'split', 'drop'),
  keepCarriageReturn: fc.boolean(),
});

/** What split2 makes of latin1 strings, which it does not decode. */
function splitWithOracle(chunks: readonly string[], matcher: RegExp): Promise<string[]> {
  const written = chunks.filter((chunk) => chunk !== '');
  const stream = Readable.from(written).pipe(split(matcher, { decodeStrings: false }));
  return stream.toArray() as Promise<string[]>;
}

describe('the framer', () => {
  test('equals split2', async () => {
    await fc.assert(
      fc.asyncProperty(chunksArbitrary, fc.boolean(), async (chunks, keepCarriageReturn) => {
        const expected = await splitWithOracle(chunks, keepCarriageReturn ? /\n/ : /\r?\n/);
        expect(frame(chunks, { ...DEFAULTS, keepCarriageReturn }).lines).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('equals the naive model, whatever the limit, for every way of cutting the bytes', () => {
    fc.assert(
      fc.property(chunksArbitrary, optionsArbitrary, methods, (chunks, options, method) => {
        const { discarded: _, ...outcome } = frame(chunks, options, method);
        expect(outcome).toEqual(model(chunks.join(''), options));
      }),
      { numRuns: 2000 },
    );
  });

  test('loses no byte', () => {
    fc.assert(
      fc.property(chunksArbitrary, optionsArbitrary, methods, (chunks, options, method) => {
        const { lines, truncatedBytes, droppedBytes, discarded } = frame(chunks, options, method, 'discard');
        const input = chunks.join('');
        const kept = lines.join('').length + countDelimiterBytes(input, options);
        expect(kept + truncatedBytes + droppedBytes + discarded).toBe(input.length);
      }),
      { numRuns: 1000 },
    );
  });

  test('equals itself for each of the ways to cut some bytes', () => {
    const input = 'a\r\r\n\n\xc3\xa9\r\n\rb';
    for (const oversize of ['truncate', 'split', 'drop'] as const) {
      for (const maxLineBytes of [1, 2, 100]) {
        const options = { maxLineBytes, oversize, keepCarriageReturn: false };
        const expected = model(input, options);
        for (let mask = 0; mask < 2 ** (input.length - 1); mask++) {
          const offsets = Array.from(input, (_, index) => index).filter((index) => mask & (1 << (index - 1)));
          expect(frame(cut(input, offsets), options)).toMatchObject(expected);
        }
      }
    }
  });

  test('equals the naive model on chunks as large as those of a socket', () => {
    const length = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 40_000 }));
    const lines = fc.array(fc.tuple(length, fc.constantFrom('\n', '\n', '\n', '\r\n')), {
      minLength: 200,
      maxLength: 600,
    });
    fc.assert(
      fc.property(
        lines,
        fc.constantFrom(1000, 50_000, 1_000_000),
        methods,
        (shapes, maxLineBytes, method) => {
          const input = shapes
            .map(([size, delimiter], line) => `${line}${'x'.repeat(size)}${delimiter}`)
            .join('');
          const chunks = Array.from({ length: Math.ceil(input.length / 65_536) }, (_, index) =>
            input.slice(index * 65_536, (index + 1) * 65_536),
          );
          const options: FramerOptions = { ...DEFAULTS, maxLineBytes, oversize: 'split' };
          expect(frame(chunks, options, method)).toMatchObject(model(input, options));
        },
      ),
      { numRuns: 15 },
    );
  });
});

test('the oracle sees bytes as they are', async () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
  expect(await splitWithOracle([bytes], /\n/)).toEqual(bytes.split('\n'));
});
