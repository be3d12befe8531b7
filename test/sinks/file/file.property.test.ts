/**
 * The file sink against a model: whatever is written, however the sink is restarted, disturbed or killed meanwhile, the
 * archives in the order of their numbers and then current.log are exactly the lines that were stored. The judge is in
 * rig.ts.
 */
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { FileRig, toBatch, toBatchWithGaps } from './rig.ts';

type Action =
  | { readonly do: 'write'; readonly batches: readonly (readonly number[])[]; readonly gaps: boolean }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'jump'; readonly ms: number }
  | { readonly do: 'restart'; readonly maxSize: number }
  | { readonly do: 'arm'; readonly fault: string; readonly at: number; readonly times: number };

const lengths = fc.array(
  fc.oneof({ weight: 9, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.nat(400) }),
  {
    maxLength: 12,
  },
);

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      batches: fc.array(lengths, { maxLength: 4 }),
      gaps: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(500, 1000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jump' as const), ms: fc.constantFrom(-3_600_000, 3.2e11) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('restart' as const), maxSize: fc.integer({ min: 1, max: 200 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('arm' as const),
      fault: fc.constantFrom(
        'EIO',
        'ENOSPC',
        'short',
        'short-error',
        'crash-before',
        'crash-within',
        'crash-after',
      ),
      at: fc.integer({ min: 1, max: 40 }),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

test.prop(
  [
    fc.constantFrom('none', 'interval', 'always'),
    fc.integer({ min: 1, max: 200 }),
    fc.array(action, { maxLength: 25 }),
  ],
  {
    numRuns: 60,
  },
)('files hold exactly what was stored', async (durability, maxSize, actions) => {
  const rig = await FileRig.make({ durability, maxSize });
  try {
    await surviving(rig, () => rig.start());
    for (const next of actions) await surviving(rig, () => perform(rig, next));
    rig.fs.disarm();
    await surviving(rig, () => rig.stop());
    const { archives } = await rig.check();
    expect(archives.length).toBeLessThanOrEqual(rig.stored.length);
  } finally {
    await rig.remove();
  }
});

async function perform(rig: FileRig, next: Action): Promise<void> {
  switch (next.do) {
    case 'write':
      return rig.writeBatches(next.batches, next.gaps ? toBatchWithGaps : toBatch);
    case 'advance':
      return rig.advance(next.ms);
    case 'jump':
      return rig.clock.jump(next.ms);
    case 'restart':
      return rig.restart({ ...rig.options, maxSize: next.maxSize });
    case 'arm':
      rig.fs.disarm();
      return rig.fs.arm(next.fault, next.at, { times: next.fault.startsWith('crash') ? 1 : next.times });
  }
}

/** Does something; if the process dies of it, starts another one on what it left. */
async function surviving(rig: FileRig, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!rig.fs.crashed) throw error;
  }
  if (!rig.fs.crashed) return;
  await rig.restart();
  await rig.takeOver();
}
