import { expect } from 'vitest';
import { selectLines, WordMatcher } from '../../src/core/line-matcher.ts';
import { batchOf, lineBytes } from '../support/arbitrary-batches.ts';
import { fc, test } from '../support/properties.ts';

const bytes = [97, 98, 10, 0xc3, 0xff];
const word = fc.oneof(
  fc.array(fc.constantFrom(...bytes), { minLength: 1, maxLength: 3 }).map((each) => Uint8Array.from(each)),
  fc.uint8Array({ minLength: 1, maxLength: 2 }),
);

test.prop([batchOf(lineBytes(bytes)), word, fc.boolean()], { numRuns: 2000 })(
  'selects the lines that hold the word, as looking at each line does',
  (batch, each, keep) => {
    const expected = Array.from({ length: batch.length }, (_, index) =>
      Buffer.from(batch.line(index)),
    ).filter((line) => line.includes(Buffer.from(each)) === keep);
    const selected = selectLines(batch, new WordMatcher(each), keep);
    const lines = Array.from({ length: selected?.length ?? 0 }, (_, index) =>
      Buffer.from(selected!.line(index)),
    );
    expect(lines).toEqual(expected);
  },
);
