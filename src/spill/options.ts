/** The options of a spill. */
import { z } from 'zod';
import { keepingOptions } from '../core/log-directory/log-options.ts';
import { duration, size } from '../core/units.ts';

/** `queue.spill`: where the queue of a sink goes on. */
export const spillOptions = z
  .strictObject({
    directory: z
      .string()
      .min(1)
      .optional()
      .meta({
        description:
          'Where it is; `./spill/` and the name of the sink by default. Made, with its parents, if it is missing. One sink and one process at a time',
        unit: 'path',
        examples: ['/var/spool/logcaster/out'],
      }),
    maxBytes: size({ min: 1 })
      .prefault('1GiB')
      .meta({
        description: 'The most bytes on the disk; at a stop, what was in memory comes on top',
        unit: 'bytes',
        examples: ['20GiB'],
      }),
    whenFull: z.enum(['block', 'dropNewest', 'dropOldest']).default('block').meta({
      description:
        'What happens when it is full, or cannot be written fast enough or at all: the sources wait (`block`), the lines that come are dropped (`dropNewest`), or those that wait longest (`dropOldest`); what is dropped is counted as `spillFull`',
      unit: 'block, dropNewest or dropOldest',
    }),
    durability: z.enum(['none', 'interval', 'always']).default('interval').meta({
      description:
        'When a line counts as spilled. `none`: when the operating system has it, which survives the end of the process. `interval`: the same, and a power cut costs at most the last `syncInterval`. `always`: when it is on the disk',
      unit: 'mode',
    }),
    syncInterval: duration({ min: 1 }).prefault('500ms').meta({
      description: 'How often `durability: interval` syncs, if there is anything to sync',
      unit: 'ms',
    }),
    fileMode: keepingOptions.fileMode,
    directoryMode: keepingOptions.directoryMode,
  })
  .meta({ description: 'Where the queue goes on with `whenFull: spill`' });

/** How a spill is kept. Sizes in bytes, times in ms. */
export interface SpillSettings extends z.output<typeof spillOptions> {
  readonly directory: string;
}

/** The options with everything that was left out. */
export function toSpillSettings(
  sink: string,
  written: z.output<typeof spillOptions> | undefined,
): SpillSettings {
  const options = written ?? spillOptions.parse({});
  return { ...options, directory: options.directory ?? `./spill/${sink}` };
}
