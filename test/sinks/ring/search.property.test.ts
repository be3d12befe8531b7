/** Searches while the arena moves on. */
import { expect, test } from 'vitest';
import { Arena } from '../../../src/sinks/ring/arena.ts';
import { searchArena } from '../../../src/sinks/ring/search.ts';
import { fc } from '../../support/properties.ts';
import { batchOf, foundIn, keywordAmong, keywordArbitrary, textArbitrary } from './lines.ts';

const textsArbitrary = fc.array(textArbitrary(8), { maxLength: 30 });

/** What is pushed in each pause. */
const pausesArbitrary = fc.array(fc.array(textArbitrary(8), { maxLength: 4 }), { maxLength: 30 });

const limitsArbitrary = fc.record({
  maxLines: fc.integer({ min: 1, max: 20 }),
  maxBytes: fc.integer({ min: 9, max: 120 }),
});

const tuningArbitrary = fc.record({
  firstBoundary: fc.integer({ min: 1, max: 120 }),
  margin: fc.integer({ min: 0, max: 10 }),
});

/** Pushes texts, and gives each line its number as receive time: so it is known which lines are found. */
function push(arena: Arena, texts: readonly string[]): void {
  for (const text of texts) arena.push(batchOf([text], arena.length + arena.overwritten));
}

test('line by line: finds exactly the lines that are still there when their turn comes', async () => {
  await fc.assert(
    fc.asyncProperty(
      limitsArbitrary,
      tuningArbitrary,
      textsArbitrary,
      pausesArbitrary,
      keywordArbitrary,
      async (limits, tuning, texts, pauses, choice) => {
        const arena = new Arena(limits, tuning);
        push(arena, texts);
        const keyword = keywordAmong(texts, choice);
        const bytes = Buffer.from(keyword, 'latin1');
        // A slice is one line: `next` is the line that the coming slice will look at.
        const expected: string[] = [];
        let next = 0;
        const lookAtNext = () => {
          next = Math.max(next, arena.overwritten);
          if (next < texts.length && texts[next]!.includes(keyword)) expected.push(texts[next]!);
          next++;
        };
        lookAtNext();
        let pausesMade = 0;
        const pause = async () => {
          push(arena, pauses[pausesMade++] ?? []);
          lookAtNext();
        };
        const slices = { sliceBytes: 1, windowBytes: 1, pause };
        const found = foundIn(await searchArena(arena, { keyword: bytes }, {}, slices));
        expect(found.map(({ text }) => text)).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});

test('in slices of any size: nothing twice, nothing out of order, nothing garbled, nothing missed that stayed', async () => {
  await fc.assert(
    fc.asyncProperty(
      limitsArbitrary,
      tuningArbitrary,
      textsArbitrary,
      pausesArbitrary,
      keywordArbitrary,
      fc.record({
        sliceBytes: fc.integer({ min: 1, max: 200 }),
        windowBytes: fc.integer({ min: 1, max: 50 }),
      }),
      async (limits, tuning, texts, pauses, choice, slices) => {
        const arena = new Arena(limits, tuning);
        push(arena, texts);
        const keyword = keywordAmong(texts, choice);
        const resident = arena.overwritten;
        let pausesMade = 0;
        const pause = async () => push(arena, pauses[pausesMade++] ?? []);
        const query = { keyword: Buffer.from(keyword, 'latin1') };
        const found = foundIn(await searchArena(arena, query, {}, { ...slices, pause }));
        const numbers = found.map(({ time }) => time);
        expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
        for (const { text, time } of found) {
          expect(time).toBeGreaterThanOrEqual(resident);
          expect(text).toBe(texts[time]);
          expect(text).toContain(keyword);
        }
        const stayed = texts.flatMap((text, number) =>
          number >= arena.overwritten && text.includes(keyword) ? [number] : [],
        );
        expect(numbers).toEqual(expect.arrayContaining(stayed));
      },
    ),
    { numRuns: 300 },
  );
});
