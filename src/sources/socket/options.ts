/**
 * The options that every socket source has, beside where it listens.
 */
import { z } from 'zod';
import { duration, size } from '../../core/units.ts';
import { LARGEST_LINE_LIMIT } from '../../framing/framer-options.ts';

/** How many connections may wait in the kernel before they are accepted. */
const DEFAULT_BACKLOG = 1024;

/** Room for two chunks. Bytes. */
const SMALLEST_BUFFER = 128 * 1024;

/** The options' schemas, to be spread into a component's own. */
export const socketOptions = {
  maxConnections: z
    .int()
    .min(1)
    .optional()
    .meta({
      description:
        'The most connections at a time; more are refused and counted. By default 16,384, or less where the limit on open ' +
        'files is lower: an eighth of it, at least 64, stays free for everything else. All sources with the default share them',
      unit: 'connections',
    }),
  idleTimeout: duration().prefault('0s').meta({
    description: 'Ends a connection that has sent nothing for so long; 0s never does',
    unit: 'ms',
  }),
  maxLineBytes: size({ min: 1, max: LARGEST_LINE_LIMIT }).prefault('1MiB').meta({
    description: 'The longest line, without its delimiter. It bounds what a connection takes in memory',
    unit: 'bytes',
  }),
  maxBufferedBytes: size({ min: SMALLEST_BUFFER })
    .prefault('64MiB')
    .meta({
      description:
        'The most that all connections together hold in memory. Half of it is for bytes that wait for sinks: when it is used up, ' +
        'nothing more is read. Half, but at least a line of the greatest length, is for unfinished lines: when it is used up, the ' +
        'longest of them are cut like lines that are too long, and counted as `cutLines`',
      unit: 'bytes',
    }),
  oversize: z.enum(['truncate', 'split', 'drop']).default('truncate').meta({
    description:
      'What becomes of a longer line: its beginning is kept, it becomes several lines, or it is let go',
    unit: 'truncate, split or drop',
  }),
  keepCarriageReturn: z.boolean().default(false).meta({
    description: 'Whether a carriage return before the line feed belongs to the line, not to the delimiter',
    unit: 'true or false',
  }),
  backlog: z.int().min(1).max(65_535).default(DEFAULT_BACKLOG).meta({
    description: 'How many connections may wait to be accepted; the kernel has a limit of its own',
    unit: 'connections',
  }),
};

/** The options that every socket source has, as it gets them. Sizes in bytes, times in ms. */
export type SocketOptions = z.output<z.ZodObject<typeof socketOptions>>;
