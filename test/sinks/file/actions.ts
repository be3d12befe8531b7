/** What can happen to a sink on a log directory, at random. */

import { fc } from '../../support/properties.ts';
import { type FileRig, toBatch, toBatchWithGaps } from './rig.ts';

export type Action =
  | { readonly do: 'write'; readonly batches: readonly (readonly number[])[]; readonly gaps: boolean }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'jump'; readonly ms: number }
  | { readonly do: 'restart'; readonly maxSize: number }
  | { readonly do: 'compress'; readonly with: 'none' | 'gzip' | 'zstd' }
  | { readonly do: 'arm'; readonly fault: string; readonly at: number; readonly times: number };

const lengths = fc.array(
  fc.oneof({ weight: 9, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.nat(400) }),
  {
    maxLength: 12,
  },
);

/** An action; sizes are those that `maxSize` gets. */
export function anAction(sizes: fc.Arbitrary<number>): fc.Arbitrary<Action> {
  return fc.oneof(
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
      arbitrary: fc.record({ do: fc.constant('restart' as const), maxSize: sizes }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('compress' as const),
        with: fc.constantFrom('none' as const, 'gzip' as const, 'zstd' as const),
      }),
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
}

export async function perform(rig: FileRig, next: Action): Promise<void> {
  switch (next.do) {
    case 'write':
      return rig.writeBatches(next.batches, next.gaps ? toBatchWithGaps : toBatch);
    case 'advance':
      return rig.advance(next.ms);
    case 'jump':
      return rig.clock.jump(next.ms);
    case 'restart':
      return rig.restart({ ...rig.options, maxSize: next.maxSize });
    case 'compress':
      // Of the archive sink it is no option.
      if (!('compress' in rig.options)) return;
      if (rig.options.compress !== next.with) await rig.restart({ ...rig.options, compress: next.with });
      return next.with === 'none' ? undefined : rig.compressed();
    case 'arm':
      rig.fs.disarm();
      return rig.fs.arm(next.fault, next.at, { times: next.fault.startsWith('crash') ? 1 : next.times });
  }
}

/** Does something; if the process dies of it, starts another one on what it left. */
export async function surviving(rig: FileRig, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!rig.fs.crashed) throw error;
  }
  if (!rig.fs.crashed) return;
  await rig.restart();
  await rig.takeOver();
}
