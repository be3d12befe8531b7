/**
 * A power cut at every step: before the first operation on the file system, after it, before the second, and so on until a life meets none
 * any more; and what the disk keeps is nothing that was not synced, all of it, or a part. See power-cut-rig.ts for what is
 * promised then.
 */
import { expect, test } from 'vitest';
import { type Action, live } from './power-cut-actions.ts';
import { type Durability, PowerCutRig } from './power-cut-rig.ts';

const write = (...batches: number[][]): Action => ({ do: 'write', batches, gaps: false });
const advance: Action = { do: 'advance', ms: 500 };

const lives: Record<string, { readonly before: readonly Action[]; readonly after: readonly Action[] }> = {
  'a start, writes and a rotation': {
    before: [],
    after: [write([10, 20]), advance, write([90], [5]), advance, { do: 'sync' }],
  },
  'a rotation': { before: [write([40, 20]), advance], after: [write([60]), advance] },
  'a sync that fails, and what follows': {
    before: [write([20]), advance, write([20], [30]), { do: 'failSync', at: 1, times: 1 }],
    after: [advance, write([30]), advance],
  },
  'a sync that fails at a rotation': {
    before: [write([20]), advance, write([60]), { do: 'failSync', at: 1, times: 1 }],
    after: [write([70]), advance, advance],
  },
};

const SEEDS = [0, 1, 2, 3];
/** More than any start takes. */
const STEPS_OF_A_START = 50;

test.each(
  Object.keys(lives).flatMap((name) =>
    (['none', 'interval', 'always'] as const).map((durability) => [name, durability] as const),
  ),
)('a power cut at every step of %s, durability %s', async (name, durability) => {
  expect(await cutAtEveryStep(name, durability)).toBeGreaterThan(5);
});

/** Answers how many steps there were. */
async function cutAtEveryStep(name: string, durability: Durability): Promise<number> {
  const { before, after } = lives[name]!;
  for (let at = 1; ; at++) {
    let fired = false;
    for (const fault of ['crash-before', 'crash-after']) {
      for (const seed of SEEDS) {
        const rig = new PowerCutRig({ durability, maxSize: 100 });
        const die: Action = { do: 'dieLater', fault, at, power: true };
        try {
          await live(rig, [...before, die, ...after], seed);
        } catch (error) {
          throw new Error(`${fault} at operation ${at}, seed ${seed}`, { cause: error });
        }
        // The last power cut is that of every life.
        fired ||= rig.disk.cuts > 1;
      }
    }
    if (!fired) return at - 1;
  }
}

test.each(['none', 'interval', 'always'] as const)(
  'a power cut at every step of the start that follows one, durability %s',
  async (durability) => {
    for (let at = 1; at <= STEPS_OF_A_START; at++) {
      for (const seed of SEEDS) {
        for (const next of [0, 1, 2]) {
          const again = [{ fault: 'crash-before', at, seed: next }];
          const actions: Action[] = [
            write([30]),
            advance,
            write([60], [20]),
            { do: 'cut', seed, again },
            write([5]),
          ];
          const rig = new PowerCutRig({ durability, maxSize: 100 });
          await live(rig, actions, 1);
          expect(rig.disk.cuts).toBe(3);
        }
      }
    }
  },
);
