/**
 * The parts of a configuration that belong to no component: sections of their own, and what every source and every sink
 * has beside the options of its type.
 */
import { z } from 'zod';
import { duration, formatDuration, formatSize, size } from '../core/units.ts';
import { DEFAULT_BREAKER, DEFAULT_CREDIT, DEFAULT_QUEUE, DEFAULT_RETRY } from '../pipeline/topology.ts';
import { spillOptions } from '../spill/options.ts';

const DAY = 86_400_000;

/** A size as one would write it: `8MiB`. */
function sizeText(bytes: number): string {
  return formatSize(bytes).replace(' ', '');
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** `log`: what LogCaster says about itself. */
export const logSettings = z
  .strictObject({
    level: z
      .enum(LOG_LEVELS)
      .default('info')
      .meta({
        description: 'The least important entries that are shown',
        unit: LOG_LEVELS.join(', '),
        examples: ['warn'],
      }),
    loopLag: duration({ min: 10, max: DAY })
      .prefault('1s')
      .meta({
        description:
          'A pause of the event loop that is longer is said, with the operator or the sink that had it; while it lasts nothing else can happen',
        unit: 'ms',
        examples: ['200ms'],
      }),
  })
  .meta({ description: 'What LogCaster says about itself, on standard error' });

/** `shutdown`: how it stops. */
export const shutdownSettings = z
  .strictObject({
    timeout: duration({ min: 0, max: DAY })
      .prefault('10s')
      .meta({
        description:
          'How long a stop, or the end of what a reload took out, may take; what is not stored then is counted as abandoned',
        unit: 'ms',
        examples: ['30s'],
      }),
  })
  .meta({ description: 'How LogCaster stops' });

/** What every source has: its credit. */
export const creditSetting = size({ min: 1024 })
  .prefault(sizeText(DEFAULT_CREDIT))
  .meta({
    description:
      'The most bytes of this source that are on their way; beyond it the source stops reading, so that its senders wait',
    unit: 'bytes',
    examples: ['8MiB'],
  });

/** What every sink has: its queue. */
export const queueSettings = z
  .strictObject({
    maxBytes: size({ min: 1 })
      .prefault(sizeText(DEFAULT_QUEUE.maxBytes))
      .meta({
        description: 'The most bytes that wait for the sink in memory; what is being written comes on top',
        unit: 'bytes',
        examples: ['64MiB'],
      }),
    whenFull: z.enum(['block', 'dropNewest', 'dropOldest', 'spill']).default('block').meta({
      description:
        'What happens when it is full: the sources wait (`block`), the lines that come are dropped (`dropNewest`), or those that wait longest (`dropOldest`), or the queue goes on to disk (`spill`); what is dropped is counted',
      unit: 'block, dropNewest, dropOldest or spill',
    }),
    spill: spillOptions.optional(),
  })
  .refine(({ whenFull, spill }) => spill === undefined || whenFull === 'spill', {
    path: ['spill'],
    message: 'needs `whenFull: spill`',
  })
  .meta({ description: 'The queue in front of the sink' });

/** What every sink has: how it tries again. */
export const retrySettings = z
  .strictObject({
    initial: duration({ min: 1, max: DAY }).prefault(formatDuration(DEFAULT_RETRY.initial)).meta({
      description: 'The pause behind the first failure; each further one is twice as long',
      unit: 'ms',
    }),
    max: duration({ min: 1, max: DAY }).prefault(formatDuration(DEFAULT_RETRY.max)).meta({
      description: 'The longest pause',
      unit: 'ms',
    }),
    maxAttempts: z
      .int()
      .min(1)
      .optional()
      .meta({
        description: 'After so many failures in a row the lines are rejected, and counted; without it, never',
        unit: 'attempts',
        examples: [10],
      }),
    writeTimeout: duration({ min: 1000, max: DAY })
      .prefault(formatDuration(DEFAULT_RETRY.writeTimeout))
      .meta({
        description:
          'A write that takes longer is told to end, named in the log as hanging, and counts as a failure for the `breaker`; no other write begins before it has ended',
        unit: 'ms',
        examples: ['2m'],
      }),
  })
  .refine(({ initial, max }) => initial <= max, { path: ['max'], message: 'must not be less than `initial`' })
  .meta({ description: 'When a write that failed is tried again' });

/** What a sink can have: a circuit breaker. */
export const breakerSettings = z
  .strictObject({
    failures: z.int().min(1).default(DEFAULT_BREAKER.failures).meta({
      description:
        'After so many failures in a row nothing is written for a while, and then one line is tried',
      unit: 'failures',
    }),
    pause: duration({ min: 1, max: DAY }).prefault(formatDuration(DEFAULT_BREAKER.pause)).meta({
      description: 'How long nothing is written; twice as long each time that the line fails too',
      unit: 'ms',
    }),
    maxPause: duration({ min: 1, max: DAY }).prefault(formatDuration(DEFAULT_BREAKER.maxPause)).meta({
      description: 'The longest pause',
      unit: 'ms',
    }),
  })
  .refine(({ pause, maxPause }) => pause <= maxPause, {
    path: ['maxPause'],
    message: 'must not be less than `pause`',
  })
  .meta({
    description:
      'A circuit breaker: when it leaves a sink alone that fails again and again. Without it, the sink is tried as `retry` says',
  });

/** What a sink can have: where its dead letters go. */
export const deadLetterSetting = z
  .string()
  .min(1)
  .meta({
    description:
      'The sink that gets the lines which this one rejects for good, each as a line of JSON with the reason and the origin; without it they are counted, and gone',
    unit: 'name of a sink',
    examples: ['rejected'],
  });

/** An entry of `plugins` as it is written in YAML and JSON. */
export const pluginSetting = z
  .union([
    z.string().min(1),
    z.strictObject({
      module: z.string().min(1).meta({
        description: 'The name of an npm package, or the path of a file, relative to the configuration',
        unit: 'package or path',
      }),
      replace: z.boolean().default(false).meta({
        description: 'Whether its components may replace others of the same type',
        unit: 'true or false',
      }),
    }),
  ])
  .meta({
    description: 'An npm package, or a file, that brings components',
    examples: ['logcaster-sink-foo', './my-sink.ts'],
  });

/** A source's, an operator's and a sink's keys that are not options of its type. */
export const COMMON_KEYS = {
  source: { type: [], credit: [] },
  operator: { type: [], name: [] },
  sink: {
    type: [],
    queue: Object.keys(queueSettings.shape),
    retry: Object.keys(retrySettings.shape),
    breaker: Object.keys(breakerSettings.shape),
    deadLetter: [],
  },
} as const satisfies Record<string, Readonly<Record<string, readonly string[]>>>;

/** The sections that every configuration can have. */
export const SECTIONS = ['plugins', 'log', 'sources', 'pipelines', 'sinks', 'shutdown'] as const;

export type LogSettings = z.output<typeof logSettings>;
export type ShutdownSettings = z.output<typeof shutdownSettings>;
