/**
 * Batches for properties: any bytes, lines that hold line feeds, gaps between lines.
 */
import { Batch, type BatchInit } from '../../src/core/batch.ts';
import { fc } from './properties.ts';

export const SOME_ORIGIN: BatchInit = {
  origin: { source: 'test', peer: 'peer:1' },
  receivedAt: Date.UTC(2026, 0, 31, 12),
};

/** A line of few different bytes, so that words are found in it, cut UTF-8 and line feeds among them. */
export const lineBytes = (
  bytes: readonly number[] = [97, 98, 10, 0, 0xc3, 0xa9, 0xff],
): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.array(fc.constantFrom(...bytes), { maxLength: 12 }).map((line) => Uint8Array.from(line)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  );

/** A batch of such lines, of which some were let go before. */
export function batchOf(line: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Batch> {
  return fc
    .array(fc.tuple(line, fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 20 })
    .map((lines) => {
      const batch = Batch.fromTexts(
        lines.map(([bytes]) => bytes),
        SOME_ORIGIN,
      );
      return batch.select((index) => lines[index]![1] > 0);
    });
}
