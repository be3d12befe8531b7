/** The arena against a plain array: any sequence of pushes, searches and clears, at tiny capacities. */
import { expect, test } from 'vitest';
import { Arena, type ArenaLimits, type ArenaTuning } from '../../../src/sinks/ring/arena.ts';
import { searchArena } from '../../../src/sinks/ring/search.ts';
import { fc } from '../../support/properties.ts';
import {
  batchOf,
  contentsOf,
  foundIn,
  type KeywordChoice,
  keywordAmong,
  keywordArbitrary,
  scanAll,
  sizeOf,
  type TimedLine,
  textArbitrary,
} from './lines.ts';

interface Model {
  readonly limits: ArenaLimits;
  lines: TimedLine[];
  pushed: number;
  newestTime: number;
}

type Command = fc.AsyncCommand<Model, Arena>;

function checkAgainst(model: Model, arena: Arena): void {
  const { maxLines, maxBytes } = model.limits;
  expect(contentsOf(arena)).toEqual(model.lines);
  expect(contentsOf(arena, 5)).toEqual(model.lines);
  expect(arena.length).toBe(model.lines.length);
  expect(arena.byteLength).toBe(sizeOf(model.lines));
  expect(arena.length).toBeLessThanOrEqual(maxLines);
  expect(arena.byteLength).toBeLessThanOrEqual(maxBytes);
  expect(arena.length + arena.overwritten).toBe(model.pushed);
  for (let from = 0; from < arena.length; from++) {
    expect(arena.span(from, arena.length, 1).starts[0]).toBeLessThan(maxBytes);
  }
}

class Push implements Command {
  readonly texts: readonly string[];
  readonly kept: readonly boolean[];
  readonly time: number;

  constructor(texts: readonly string[], kept: readonly boolean[], time: number) {
    this.texts = texts;
    this.kept = kept;
    this.time = time;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, arena: Arena): Promise<void> {
    const isKept = (index: number) => this.kept[index] ?? true;
    const { maxLines, maxBytes } = model.limits;
    const texts = this.texts.filter((_, index) => isKept(index));
    const tooLong = arena.push(batchOf(this.texts, this.time).select(isKept));
    expect(tooLong).toEqual(texts.flatMap((text, index) => (text.length + 1 > maxBytes ? [index] : [])));
    model.newestTime = Math.max(model.newestTime, this.time);
    for (const text of texts) {
      if (text.length + 1 > maxBytes) continue;
      model.lines.push({ text, time: model.newestTime });
      model.pushed++;
    }
    while (model.lines.length > maxLines || sizeOf(model.lines) > maxBytes) model.lines.shift();
    checkAgainst(model, arena);
  }

  toString(): string {
    return `push(${JSON.stringify(this.texts)}, ${JSON.stringify(this.kept)}, ${this.time})`;
  }
}

class Search implements Command {
  readonly choice: KeywordChoice;
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly tuning: { readonly windowBytes: number; readonly sliceBytes: number };

  constructor(
    choice: KeywordChoice,
    since: number | undefined,
    until: number | undefined,
    tuning: Search['tuning'],
  ) {
    this.choice = choice;
    this.since = since;
    this.until = until;
    this.tuning = tuning;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, arena: Arena): Promise<void> {
    const { since, until } = this;
    const texts = model.lines.map(({ text }) => text);
    const keyword = keywordAmong(texts, this.choice);
    const query = {
      keyword: Buffer.from(keyword, 'latin1'),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
    };
    const result = await searchArena(arena, query, {}, { ...this.tuning, pause: async () => {} });
    const expected = model.lines.filter(
      ({ text, time }) => text.includes(keyword) && time >= (since ?? 0) && time < (until ?? 1000),
    );
    expect(foundIn(result)).toEqual(expected);
    for (const order of ['oldest', 'newest'] as const) {
      const scanned = await scanAll(arena, { ...query, order }, { ...this.tuning, pause: async () => {} });
      expect(scanned).toEqual(order === 'oldest' ? expected : expected.toReversed());
    }
    checkAgainst(model, arena);
  }

  toString(): string {
    return `search(${JSON.stringify(this.choice)}, ${this.since}, ${this.until}, ${JSON.stringify(this.tuning)})`;
  }
}

class Clear implements Command {
  check(): boolean {
    return true;
  }

  async run(model: Model, arena: Arena): Promise<void> {
    arena.clear();
    model.lines = [];
    checkAgainst(model, arena);
  }

  toString(): string {
    return 'clear()';
  }
}

const timeArbitrary = fc.integer({ min: 0, max: 20 });

const textsArbitrary = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: textArbitrary(6) },
    { weight: 1, arbitrary: textArbitrary(70) },
    { weight: 1, arbitrary: fc.constant('') },
  ),
  { maxLength: 12 },
);

const pushArbitrary = fc
  .tuple(textsArbitrary, fc.array(fc.boolean(), { maxLength: 12 }), timeArbitrary)
  .map(([texts, kept, time]) => new Push(texts, kept, time));

const searchArbitrary = fc
  .tuple(
    keywordArbitrary,
    fc.option(timeArbitrary, { nil: undefined }),
    fc.option(timeArbitrary, { nil: undefined }),
    fc.record({
      windowBytes: fc.integer({ min: 1, max: 40 }),
      sliceBytes: fc.integer({ min: 1, max: 200 }),
    }),
  )
  .map(([choice, since, until, tuning]) => new Search(choice, since, until, tuning));

const limitsArbitrary: fc.Arbitrary<ArenaLimits> = fc.record({
  maxLines: fc.integer({ min: 1, max: 12 }),
  maxBytes: fc.integer({ min: 1, max: 64 }),
});

const tuningArbitrary: fc.Arbitrary<ArenaTuning> = fc.record({
  firstBoundary: fc.integer({ min: 1, max: 64 }),
  margin: fc.integer({ min: 0, max: 64 }),
});

test('the arena holds what the model holds: exactly the newest lines that fit both limits', async () => {
  const commands = fc.commands(
    [
      pushArbitrary,
      pushArbitrary,
      pushArbitrary,
      searchArbitrary,
      searchArbitrary,
      fc.oneof({ weight: 4, arbitrary: pushArbitrary }, { weight: 1, arbitrary: fc.constant(new Clear()) }),
    ],
    { maxCommands: 60, size: 'max' },
  );
  await fc.assert(
    fc.asyncProperty(limitsArbitrary, tuningArbitrary, commands, async (limits, tuning, sequence) => {
      const setup = () => ({
        model: { limits, lines: [], pushed: 0, newestTime: 0 },
        real: new Arena(limits, tuning),
      });
      await fc.asyncModelRun(setup, sequence);
    }),
    { numRuns: 300 },
  );
});
