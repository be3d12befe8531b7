/** Whatever is asked of whatever lines, the answer is what a naive reading of the question gives. */
import { expect } from 'vitest';
import { textsOf } from '../../../src/core/search.ts';
import { parseExpression } from '../../../src/expression/expression.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { fc, test } from '../../support/properties.ts';
import { FakeRing, fakeAnswering } from '../fake-target.ts';

const WORDS = [undefined, 'a', 'b', 'c'];

const questions = fc.record({
  word: fc.constantFrom(...WORDS),
  limit: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  last: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  order: fc.constantFrom('oldest', 'newest', undefined),
  maxResultBytes: fc.integer({ min: 1, max: 60 }),
  maxLastBytes: fc.integer({ min: 1, max: 60 }),
});

const lines = fc.array(fc.stringMatching(/^[abc]{0,4}$/), { maxLength: 20 });

/** The first lines that fit, and why there are no more. */
function first(
  all: readonly string[],
  limit = Number.POSITIVE_INFINITY,
  maxBytes: number,
): [string[], string?] {
  const taken: string[] = [];
  let bytes = 0;
  for (const line of all) {
    bytes += line.length + 1;
    if (bytes > maxBytes) return [taken, 'bytes'];
    taken.push(line);
    if (taken.length === limit) return [taken, 'limit'];
  }
  return [taken];
}

test.prop([lines, questions, fc.integer({ min: 1, max: 5 })])(
  'limit, last, order and bytes',
  async (all, { word, limit, last, order, maxResultBytes, maxLastBytes }, linesPerPiece) => {
    const ring = new FakeRing(all);
    ring.linesPerPiece = linesPerPiece;
    const answering = fakeAnswering(ring, { maxResultBytes, maxLastBytes }, new ManualClock());
    const where = word === undefined ? undefined : parseExpression(word);
    const found = answering.search({ where, limit, last, order }, new AbortController().signal);
    const texts: string[] = [];
    let step = await found.next();
    for (; !step.done; step = await found.next()) {
      texts.push(...textsOf({ matches: 0, byteLength: 0, pieces: [step.value] }));
    }

    const matching = all.filter((line) => line.includes(word ?? ''));
    let expected = order === 'newest' ? matching.toReversed() : matching;
    let why: string | undefined;
    if (last !== undefined) {
      const [newest, reason] = first(matching.toReversed(), last, maxLastBytes);
      expected = order === 'newest' ? newest : newest.toReversed();
      why = reason === 'limit' ? 'last' : reason;
    }
    const [told, reason] = first(expected, limit, maxResultBytes);
    expect(texts).toEqual(told);
    expect(step.value).toMatchObject({ matched: told.length, truncated: reason ?? why });
    expect(ring.running).toBe(0);
  },
);
