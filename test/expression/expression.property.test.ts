/**
 * Every way to ask an expression, against a second reading of what the language means (oracle.ts): marks of a batch, scans of
 * bytes with and without an index, a ring from both ends.
 */
import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { Batch, type Origin } from '../../src/core/batch.ts';
import type { LineFacts } from '../../src/core/line-condition.ts';
import { compile } from '../../src/expression/compile.ts';
import { parseExpression } from '../../src/expression/expression.ts';
import { LineFinder } from '../../src/expression/line-finder.ts';
import { DEFAULT_LIMITS, Parser } from '../../src/expression/parse.ts';
import { Arena } from '../../src/sinks/ring/arena.ts';
import { scanArena } from '../../src/sinks/ring/search.ts';
import { fc } from '../support/properties.ts';
import {
  fieldArbitrary,
  lineArbitrary,
  modelArbitrary,
  originArbitrary,
  timeArbitrary,
} from './arbitraries.ts';
import { holds, type LineModel, type Model, write } from './oracle.ts';

const RUNS = 1300;

interface Case {
  readonly model: Model;
  readonly batches: readonly {
    readonly lines: readonly LineModel[];
    readonly origin: Origin;
    readonly receivedAt: number;
  }[];
  readonly windowBytes: number;
}

const caseArbitrary: fc.Arbitrary<Case> = fc.record({
  model: modelArbitrary,
  batches: fc.array(
    fc.record({
      lines: fc.array(lineArbitrary, { minLength: 2, maxLength: 7 }),
      origin: originArbitrary,
      receivedAt: timeArbitrary,
    }),
    { minLength: 1, maxLength: 3 },
  ),
  windowBytes: fc.constantFrom(1, 30, 100, 65_536),
});

const totals = { cases: 0, matches: 0, mixed: 0 };

test('is what the language means, whichever way it is asked', async () => {
  await fc.assert(
    fc.asyncProperty(caseArbitrary, async ({ model, batches, windowBytes }) => {
      const text = write(model);
      const part = () => compile(new Parser(text, 0, DEFAULT_LIMITS).parse());
      const condition = new LineFinder(part(), windowBytes);
      const arena = new Arena({ maxLines: 100, maxBytes: 2 ** 20 });
      const inRing: string[] = [];
      // A ring's times never decrease.
      for (const { lines, origin, receivedAt } of batches.toSorted((a, b) => a.receivedAt - b.receivedAt)) {
        const facts = { source: origin.source, peer: origin.peer, receivedAt };
        const expected = lines.flatMap((line, index) =>
          holds(model, { ...line, ...defined(facts) }) ? [index] : [],
        );
        totals.cases += lines.length;
        totals.matches += expected.length;
        if (expected.length > 0 && expected.length < lines.length) totals.mixed++;
        const batch = Batch.fromTexts(
          lines.map(({ bytes }) => bytes),
          { origin, receivedAt },
        );
        expect(marked(condition, batch)).toEqual(expected);
        expect(markedWithGaps(condition, batch)).toEqual(expected.filter((index) => index % 2 === 0));
        expect(scanned(condition, batch, facts, false)).toEqual(expected);
        expect(scanned(condition, batch, facts, true)).toEqual(expected);
        arena.push(batch);
        for (const index of expected) inRing.push(batch.line(index).toString('latin1'));
      }
      const tuning = { windowBytes, pause: async () => {} };
      for (const order of ['oldest', 'newest'] as const) {
        const found: string[] = [];
        const tally = { lines: 0, bytes: 0, matched: 0 };
        for await (const { bytes, bounds } of scanArena(arena, { where: condition, order }, tally, tuning)) {
          for (let at = 0; at < bounds.length; at += 2)
            found.push(bytes.toString('latin1', bounds[at], bounds[at + 1]));
        }
        expect(found).toEqual(order === 'oldest' ? inRing : inRing.toReversed());
      }
    }),
    { numRuns: RUNS },
  );
  // The cases are worth something: most batches have lines of both kinds or could have.
  expect(totals.cases).toBeGreaterThan(10_000);
  expect(totals.matches / totals.cases).toBeGreaterThan(0.15);
  expect(totals.matches / totals.cases).toBeLessThan(0.85);
  expect(totals.mixed).toBeGreaterThan(RUNS / 6);
}, 120_000);

test('is the same for many lines, in which much is found', () => {
  fc.assert(
    fc.property(
      modelArbitrary,
      fc.array(lineArbitrary, { minLength: 2, maxLength: 5 }),
      fc.nat(2),
      (model, lines, shape) => {
        const text = write(model);
        const condition = new LineFinder(compile(new Parser(text, 0, DEFAULT_LIMITS).parse()), 4096);
        const many = Array.from(
          { length: 300 },
          (_, index) => lines[(index * (shape + 1)) % lines.length]!.bytes,
        );
        const origin = { source: 'tcp' };
        const batch = Batch.fromTexts(many, { origin, receivedAt: 2000 });
        const expected = many.flatMap((bytes, index) =>
          holds(model, { bytes, source: 'tcp', receivedAt: 2000 }) ? [index] : [],
        );
        expect(marked(condition, batch)).toEqual(expected);
        expect(scanned(condition, batch, { source: 'tcp', receivedAt: 2000 }, true)).toEqual(expected);
        expect(scanned(condition, batch, { source: 'tcp', receivedAt: 2000 }, false)).toEqual(expected);
      },
    ),
    { numRuns: 100 },
  );
}, 120_000);

test('is what the language means for fields that lines do have', () => {
  let matches = 0;
  let cases = 0;
  fc.assert(
    fc.property(fieldArbitrary, fc.array(lineArbitrary, { minLength: 5, maxLength: 10 }), (model, lines) => {
      const text = write(model);
      const condition = new LineFinder(compile(new Parser(text, 0, DEFAULT_LIMITS).parse()));
      const batch = Batch.fromTexts(
        lines.map(({ bytes }) => bytes),
        { origin: { source: 'tcp' }, receivedAt: 0 },
      );
      const expected = lines.flatMap((line, index) => (holds(model, line) ? [index] : []));
      cases += lines.length;
      matches += expected.length;
      expect(marked(condition, batch)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
  expect(matches / cases).toBeGreaterThan(0.03);
});

test('what it says of times is true', () => {
  fc.assert(
    fc.property(modelArbitrary, lineArbitrary, timeArbitrary, (model, line, receivedAt) => {
      const { since = -1, until = 1e9 } = parseExpression(write(model));
      const isOutside = receivedAt < since || receivedAt >= until;
      expect(isOutside && holds(model, { ...line, receivedAt })).toBe(false);
    }),
  );
});

function defined(facts: LineFacts): Partial<LineModel> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

function marked(condition: LineFinder, batch: Batch): number[] {
  const marks = new Uint8Array(batch.length);
  const count = condition.mark(batch, marks);
  const indexes = Array.from(marks).flatMap((mark, index) => (mark === 1 ? [index] : []));
  expect(count).toBe(indexes.length);
  return indexes;
}

/** The marks of every second line, in a batch that holds no others. */
function markedWithGaps(condition: LineFinder, batch: Batch): number[] {
  const kept = batch.select((index) => index % 2 === 0);
  return marked(condition, kept).map((index) => (kept === batch ? index : index * 2));
}

function scanned(condition: LineFinder, batch: Batch, facts: LineFacts, isIndexed: boolean): number[] {
  const starts = batch.bounds.filter((_, index) => index % 2 === 0);
  const found: number[] = [];
  const bytes = Buffer.concat([batch.bytes]);
  const add = (start: number, end: number, line: number): void => {
    const index = starts.indexOf(start);
    expect([end, line]).toEqual([batch.end(index), isIndexed ? index : -1]);
    found.push(index);
  };
  condition.scan(bytes, () => facts, add, isIndexed ? starts : undefined);
  return found;
}
