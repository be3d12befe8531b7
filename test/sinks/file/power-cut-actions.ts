/** What can happen to a sink on a log directory whose disk may lose its power at any moment. */

import { fc } from '../../support/properties.ts';
import type { Durability, PowerCutRig } from './power-cut-rig.ts';
import { toBatch, toBatchWithGaps } from './rig.ts';

export type Action =
  | { readonly do: 'write'; readonly batches: readonly (readonly number[])[]; readonly gaps: boolean }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'sync' }
  | { readonly do: 'restart'; readonly maxSize: number }
  | { readonly do: 'fail'; readonly fault: string; readonly at: number; readonly times: number }
  | { readonly do: 'cut'; readonly seed: number; readonly again: readonly Again[] }
  | { readonly do: 'dieLater'; readonly fault: string; readonly at: number; readonly power: boolean }
  | { readonly do: 'failSync'; readonly at: number; readonly times: number }
  | { readonly do: 'kill' }
  | { readonly do: 'ship' };

/** Another power cut, at an operation of the start that follows one. */
export interface Again {
  readonly fault: string;
  readonly at: number;
  readonly seed: number;
}

const crashes = fc.constantFrom('crash-before', 'crash-within', 'crash-after');
const seeds = fc.oneof(fc.constantFrom(0, 1), fc.nat());
const lengths = fc.array(
  fc.oneof({ weight: 9, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.nat(400) }),
  { maxLength: 8 },
);

/** An action; sizes are those that `maxSize` gets. */
export function anAction(sizes: fc.Arbitrary<number>): fc.Arbitrary<Action> {
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('write' as const),
        batches: fc.array(lengths, { maxLength: 3 }),
        gaps: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(100, 500, 1000) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('sync' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), maxSize: sizes }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('fail' as const),
        fault: fc.constantFrom('EIO', 'ENOSPC', 'short', 'short-error'),
        at: fc.integer({ min: 1, max: 30 }),
        times: fc.integer({ min: 1, max: 3 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('cut' as const),
        seed: seeds,
        again: fc.array(fc.record({ fault: crashes, at: fc.integer({ min: 1, max: 25 }), seed: seeds }), {
          maxLength: 2,
        }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('dieLater' as const),
        fault: crashes,
        at: fc.integer({ min: 1, max: 60 }),
        power: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('failSync' as const),
        at: fc.integer({ min: 1, max: 3 }),
        times: fc.integer({ min: 1, max: 2 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('ship' as const) }) },
  );
}

/** Does all of it, one after the other, and judges what each death leaves; the last one is a power cut. */
export async function live(rig: PowerCutRig, actions: readonly Action[], lastSeed: number): Promise<void> {
  let power = true;
  /** Does something; if the process dies of it, that is judged, perhaps with a power cut at that moment. */
  const surviving = async (seed: number, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      await rig.fs.quiet();
    } catch (error) {
      if (!rig.fs.crashed) throw error;
    }
    if (rig.fs.crashed) await (power ? cutAndRecover(rig, seed, []) : killAndRecover(rig));
  };
  try {
    await surviving(lastSeed, () => rig.start());
    for (const [index, action] of actions.entries()) {
      if (action.do === 'dieLater') power = action.power;
      await surviving(index * 7919 + lastSeed, () => perform(rig, action));
    }
    rig.fs.disarm();
    rig.disk.failSync(0, 0);
    await cutAndRecover(rig, lastSeed, []);
    await rig.checkIdempotence();
  } finally {
    await rig.remove();
  }
}

async function perform(rig: PowerCutRig, action: Action): Promise<void> {
  switch (action.do) {
    case 'write':
      return rig.write(action.batches, action.gaps ? toBatchWithGaps : toBatch);
    case 'advance':
      return rig.advance(action.ms);
    case 'sync':
      return rig.flush();
    case 'restart':
      return rig.restart({ ...rig.options, maxSize: action.maxSize });
    case 'fail':
      rig.fs.disarm();
      return rig.fs.arm(action.fault, action.at, { times: action.times });
    case 'failSync':
      return rig.disk.failSync(action.at, action.times);
    case 'dieLater':
      return rig.fs.arm(action.fault, action.at);
    case 'cut':
      return cutAndRecover(rig, action.seed, action.again);
    case 'kill':
      return killAndRecover(rig);
    case 'ship':
      return rig.ship();
  }
}

async function killAndRecover(rig: PowerCutRig): Promise<void> {
  await rig.kill();
  await rig.start();
  await rig.judge();
}

async function cutAndRecover(rig: PowerCutRig, seed: number, again: readonly Again[]): Promise<void> {
  await rig.cut(seed);
  for (const { fault, at, seed: next } of again) {
    rig.fs.arm(fault, at);
    try {
      await rig.start();
      await rig.fs.quiet();
    } catch (error) {
      if (!rig.fs.crashed) throw error;
    }
    rig.fs.disarm();
    await rig.cut(next);
  }
  await rig.start();
  await rig.judge();
}

export const durabilities = fc.constantFrom<Durability>('none', 'interval', 'always');
