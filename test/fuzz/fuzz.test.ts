/** A short fuzz: what is kept, and a few inputs made of it. A long one: npm run fuzz. */
import { expect, test } from 'vitest';
import { pick, randomFrom } from '../soak/random.ts';
import { attempt } from './attempt.ts';
import { readCorpus } from './corpus.ts';
import { mutate } from './mutate.ts';
import { targets } from './targets.ts';

/** How many inputs are made. Which ones is new each time, but for CI, and said when one fails. */
const INPUTS = 150;
const seed = process.env['CI'] === undefined ? Date.now() % 2 ** 31 : 1;

test.each(targets.map((target) => [target.name, target] as const))(
  'the corpus of %s',
  { timeout: 120_000 },
  async (_, target) => {
    const corpus = readCorpus(target);
    const random = randomFrom(seed);
    const made = Array.from({ length: INPUTS }, () =>
      mutate(pick(random, corpus), { ...target, corpus }, random),
    );
    expect(corpus.length).toBeGreaterThan(0);
    for (const input of [...corpus, ...made]) {
      try {
        await attempt(target, input);
      } catch (error) {
        throw new Error(`seed ${seed}: ${JSON.stringify(input.toString('latin1'))}`, { cause: error });
      }
    }
  },
);
