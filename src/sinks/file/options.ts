/** The options of the `file` sink. */
import { z } from 'zod';
import { encodingOption } from '../../core/encoding.ts';
import { directoryOption, keepingOptions } from '../../core/log-directory/log-options.ts';
import { size } from '../../core/units.ts';

export const fileOptions = z.strictObject({
  directory: directoryOption,
  encoding: encodingOption,
  maxSize: size({ min: 1 }).prefault('10MiB').meta({
    description:
      'The most that a file holds, unless it holds one single line that is longer. The line that does not fit any more begins the next file.',
    unit: 'bytes',
  }),
  compress: z.enum(['none', 'gzip', 'zstd']).default('none').meta({
    description:
      'Whether archives are compressed after they were sealed, in the background: `log-….log` becomes `log-….log.gz` or `log-….log.zst`. Plain archives that are there at the start are compressed, too; compressed ones stay as they are.',
    unit: 'compression',
  }),
  ...keepingOptions,
});

/** The options of a file sink as it gets them: sizes in bytes, durations in ms, permissions as numbers. */
export type FileOptions = z.output<typeof fileOptions>;
