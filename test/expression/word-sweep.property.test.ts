/** Words in the windows of an index: few and many hits, at either end of a line, across the ends of lines. */
import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { Batch } from '../../src/core/batch.ts';
import { LineFinder } from '../../src/expression/line-finder.ts';
import { Word } from '../../src/expression/parts.ts';
import { wordCondition } from '../../src/expression/word-condition.ts';
import { fc } from '../support/properties.ts';

// One letter is rare, so that it is sometimes the end that is looked for. A line may hold line feeds.
const letter = fc.constantFrom('a', 'a', 'a', 'b', 'b', '\n', 'z');
const text = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(letter, { minLength, maxLength }).map((letters) => letters.join(''));

test('finds each line that holds the word, and no other', () => {
  let dense = 0;
  fc.assert(
    fc.property(
      fc.array(text(0, 9), { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(7), { minLength: 1, maxLength: 250, size: 'max' }),
      text(1, 4),
      fc.constantFrom(1, 16, 200, 65_536),
      (texts, picks, word, windowBytes) => {
        const lines = picks.map((pick) => texts[pick % texts.length]!);
        const batch = Batch.fromTexts(lines, { origin: { source: 'tcp' }, receivedAt: 0 });
        const starts = batch.bounds.filter((_, index) => index % 2 === 0);
        const expected = lines.flatMap((line, index) => (line.includes(word) ? [index] : []));
        const condition = new LineFinder(new Word(Buffer.from(word)), windowBytes);
        // The second time it knows how much there is to find.
        for (let run = 0; run < 2; run++) {
          const found: number[] = [];
          condition.scan(
            batch.bytes.subarray(0, batch.byteLength),
            {},
            (start, end, line) => {
              expect([start, end]).toEqual([batch.start(line), batch.end(line)]);
              found.push(line);
            },
            starts,
          );
          expect(found).toEqual(expected);
        }
        if (expected.length > 24 && windowBytes > 1000) dense++;
      },
    ),
    { numRuns: 2000 },
  );
  // In many cases the window was searched as a string.
  expect(dense).toBeGreaterThan(50);
});

test('learns from large runs of lines which end of the word is rare', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) =>
    index % 7 === 0 ? `aaaaz ${index}` : `aaaa ${index} z`,
  );
  const batch = Batch.fromTexts(lines, { origin: { source: 'tcp' }, receivedAt: 0 });
  const starts = batch.bounds.filter((_, index) => index % 2 === 0);
  const found: number[] = [];
  wordCondition(Buffer.from('aaz')).scan(
    batch.bytes.subarray(0, batch.byteLength),
    {},
    (_start, _end, line) => found.push(line),
    starts,
  );
  expect(found).toEqual(lines.flatMap((line, index) => (line.includes('aaz') ? [index] : [])));
});
