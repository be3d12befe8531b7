/** The options that all sinks share that keep their lines in a log directory. */
import { z } from 'zod';
import { duration, size } from '../units.ts';

/** Permissions: three octal digits, with or without a leading 0. */
function permissions() {
  return z
    .string()
    .regex(/^0?[0-7]{3}$/, 'must be three octal digits, such as "0640"')
    .transform((text) => Number.parseInt(text, 8));
}

/** Where the files are. */
export const directoryOption = z.string().min(1).default('./logs').meta({
  description:
    'Where the files are. Made, with its parents, if it is missing. One sink and one process at a time.',
  unit: 'path',
});

/** How durable and how private they are, and which are removed. */
export const keepingOptions = {
  durability: z.enum(['none', 'interval', 'always']).default('interval').meta({
    description:
      'When a line counts as stored. `none`: when the operating system has it, which survives the end of the process. `interval`: the same, and a power cut costs at most the last `syncInterval`. `always`: when it is on the disk; lines that wait are synced together.',
    unit: 'mode',
  }),
  syncInterval: duration({ min: 1 }).prefault('500ms').meta({
    description: 'How often `durability: interval` syncs, if there is anything to sync.',
    unit: 'ms',
  }),
  fileMode: permissions().prefault('0640').meta({
    description: 'Permissions of new files, whatever the umask.',
    unit: 'octal permissions',
  }),
  directoryMode: permissions().prefault('0750').meta({
    description: 'Permissions of directories that are made, whatever the umask.',
    unit: 'octal permissions',
  }),
  retention: z
    .strictObject({
      maxFiles: z.int().min(1).optional().meta({ description: 'How many archives are kept.', unit: 'files' }),
      maxTotalSize: size({ min: 1 })
        .optional()
        .meta({ description: 'How large the archives may be together.', unit: 'bytes' }),
      maxAge: duration({ min: 1 })
        .optional()
        .meta({ description: 'How long an archive is kept after it was sealed.', unit: 'ms' }),
    })
    .prefault({})
    .meta({
      description:
        'Which archives are removed, the oldest first. Nothing is removed by default, and never a file that is not an archive of this sink.',
      unit: 'limits',
    }),
};
