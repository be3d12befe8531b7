/** The options of the HTTP server: what stands under `query.http` in a configuration. */
import { z } from 'zod';
import { isLoopback } from '../../core/loopback.ts';
import { duration, size } from '../../core/units.ts';

const DAY = 86_400_000;

/** The schema of the options. Sizes become bytes, durations ms. */
export const httpOptions = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').meta({
      description: 'The address to listen on; beyond the loopback only with a `token`',
      unit: 'host name or address',
    }),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .default(9997)
      .meta({ description: 'The TCP port; 0 takes any that is free', unit: 'port' }),
    token: z
      .string()
      .refine((token) => /^[\x21-\x7e]+$/.test(token), 'must be visible ASCII characters, without spaces')
      .optional()
      .meta({
        description:
          'What requests must have as `Authorization: Bearer …`, all but those to `/healthz` and `/readyz`; without it, nothing is asked for',
        unit: 'text',
        secret: true,
        examples: ['${LOGCASTER_TOKEN}'],
      }),
    allowedHosts: z
      .array(z.string().min(1))
      .default([])
      .meta({
        description:
          'Names under which it may be asked for (the `Host` of a request), beside `localhost`, `host` and addresses; others are refused, so that no page of somebody else can reach it through a browser',
        unit: 'host names',
        examples: [['logs.example.com']],
      }),
    maxClients: z.int().min(1).max(65_535).default(64).meta({
      description: 'The most connections at a time; others are answered with 503 and closed',
      unit: 'connections',
    }),
    maxPipelined: z.int().min(0).max(65_535).default(16).meta({
      description:
        'The most requests that may wait on one connection while one is answered; a client that sends still more is closed',
      unit: 'requests',
    }),
    requestTimeout: duration({ min: 1, max: DAY }).prefault('10s').meta({
      description: 'How long a client may take to send a request; after that it is closed',
      unit: 'ms',
    }),
    keepAliveTimeout: duration({ min: 1, max: DAY }).prefault('5s').meta({
      description: 'How long a connection stays open between two requests',
      unit: 'ms',
    }),
    heartbeat: duration({ min: 10, max: DAY }).prefault('15s').meta({
      description: 'How often a tail in which nothing comes is told that it is still there',
      unit: 'ms',
    }),
    maxUrlBytes: size({ min: 64, max: 2 ** 20 })
      .prefault('16KiB')
      .meta({ description: 'The longest URL, with its query', unit: 'bytes' }),
    maxHeaderBytes: size({ min: 1024, max: 2 ** 20 })
      .prefault('16KiB')
      .meta({ description: 'The most that the headers of a request may take', unit: 'bytes' }),
  })
  .superRefine(({ host, token }, context) => {
    if (token !== undefined || isLoopback(host)) return;
    context.addIssue({
      code: 'custom',
      path: ['host'],
      message: `others can reach ${host}: set a \`token\` that requests must have, or listen on 127.0.0.1`,
    });
  })
  .meta({ description: 'Where questions are answered over HTTP; without it, nowhere' });

/** The options of an HTTP server, checked. */
export type HttpOptions = Readonly<z.output<typeof httpOptions>>;
