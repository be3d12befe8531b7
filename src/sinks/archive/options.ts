/** The options of the `archive` sink. */
import { z } from 'zod';
import { encodingOption } from '../../core/encoding.ts';
import { directoryOption, keepingOptions } from '../../core/log-directory/log-options.ts';
import { duration, size } from '../../core/units.ts';

/** The levels of each compression: the greatest, and what is taken by default. The least is 1. */
export const LEVELS = { gzip: { max: 9, default: 6 }, zstd: { max: 19, default: 3 } } as const;

/** The largest frame, uncompressed. */
const LARGEST_FRAME = 64 * 2 ** 20;

export const archiveOptions = z
  .strictObject({
    directory: directoryOption,
    compression: z.enum(['gzip', 'zstd']).default('zstd').meta({
      description:
        'How lines are compressed. `zstd` takes a fraction of the time of `gzip` for the same size.',
      unit: 'compression',
    }),
    level: z
      .int()
      .min(1)
      .max(LEVELS.zstd.max)
      .optional()
      .meta({
        description: `How hard it tries: 1 to ${LEVELS.gzip.max} for gzip, by default ${LEVELS.gzip.default}; 1 to ${LEVELS.zstd.max} for zstd, by default ${LEVELS.zstd.default}.`,
        unit: 'level',
      }),
    encoding: encodingOption,
    maxSize: size({ min: 1 }).prefault('64MiB').meta({
      description:
        'The most that a file holds, compressed, unless it holds one single frame that is larger. The frame that does not fit any more begins the next file.',
      unit: 'bytes',
    }),
    frameSize: size({ min: 1, max: LARGEST_FRAME }).prefault('1MiB').meta({
      description:
        'The most that is compressed together, before compression, but for a single line that is longer, and never more than a quarter of `maxSize`. Larger frames are a little smaller in the end; a damaged frame costs its lines.',
      unit: 'bytes',
    }),
    flushInterval: duration({ min: 0, max: 3_600_000 }).prefault('1s').meta({
      description:
        'How long the first of few lines waits for others, so that they are compressed together. They count as stored when they are in the file.',
      unit: 'ms',
    }),
    ...keepingOptions,
  })
  .refine(({ compression, level }) => level === undefined || level <= LEVELS[compression].max, {
    path: ['level'],
    message: `must be at most ${LEVELS.gzip.max} for gzip`,
  });

/** The options of an archive sink as it gets them: sizes in bytes, durations in ms, permissions as numbers. */
export type ArchiveOptions = z.output<typeof archiveOptions>;
