/**
 * The options of the query port: what stands under `query:` in a configuration.
 */
import { z } from 'zod';
import { duration, size } from '../core/units.ts';
import { httpOptions } from './http/http-options.ts';

/** The greatest duration; far below what a timer can hold. */
const DAY = 86_400_000;

/** The schema of the options. Sizes become bytes, durations ms. */
export const queryOptions = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether queries are answered at all', unit: 'true or false' }),
    host: z.string().min(1).default('127.0.0.1').meta({
      description: 'The address to listen on; `0.0.0.0` or `::` for all',
      unit: 'host name or address',
    }),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .default(9998)
      .meta({ description: 'The TCP port; 0 takes any that is free', unit: 'port' }),
    maxClients: z.int().min(1).max(65_535).default(64).meta({
      description: 'The most clients at a time; others get an error and are closed',
      unit: 'clients',
    }),
    idleTimeout: duration({ min: 1, max: DAY }).prefault('10s').meta({
      description: 'How long a client may take to send its command; after that it is closed',
      unit: 'ms',
    }),
    answerTimeout: duration({ min: 1, max: DAY }).prefault('30s').meta({
      description:
        'How long a client may go without taking a part of its answer before it is closed, and how long a search waits for memory that other answers hold',
      unit: 'ms',
    }),
    maxCommandBytes: size({ min: 64, max: 2 ** 30 })
      .prefault('64KiB')
      .meta({ description: 'The longest command, keyword included, without its line end', unit: 'bytes' }),
    maxAnswerBytes: size({ min: 1024 }).prefault('256MiB').meta({
      description:
        'The bytes of found lines that all answers together may hold in memory; where it is not set, as many as the largest ring holds if that is more',
      unit: 'bytes',
    }),
    maxSearches: z.int().min(1).max(1024).default(4).meta({
      description: 'The most searches and counts at a time; others wait for their turn',
      unit: 'searches',
    }),
    maxTails: z.int().min(1).max(65_535).default(32).meta({
      description: 'The most tails at a time; others get an error',
      unit: 'tails',
    }),
    searchTimeout: duration({ min: 1, max: DAY }).prefault('60s').meta({
      description:
        'How long a search or a count may take, waiting for its turn and sending included; after that it ends with what it has, and says so',
      unit: 'ms',
    }),
    maxResultBytes: size({ min: 1024 }).prefault('256MiB').meta({
      description:
        'The bytes of lines that one answer may have; what is more is left out, and the answer says so',
      unit: 'bytes',
    }),
    maxLastBytes: size({ min: 1024 }).prefault('16MiB').meta({
      description:
        'The bytes of lines that a search or a tail with `last=` keeps in memory until they are sent',
      unit: 'bytes',
    }),
    maxGroups: z.int().min(1).max(1_000_000).default(10_000).meta({
      description: 'The most groups of one count; lines of others are counted together',
      unit: 'groups',
    }),
    maxTailBytes: size({ min: 1024 }).prefault('16MiB').meta({
      description:
        'The bytes of lines that are kept for tails that are slow, for all of them together; what a tail is too slow for it skips, and is told so',
      unit: 'bytes',
    }),
    http: httpOptions.optional(),
  })
  .meta({ description: 'Where queries are answered; without this section, nowhere' });

/** The options of a query port, checked: sizes in bytes, durations in ms. See {@link queryOptions} for each. */
export type QueryPortOptions = Readonly<Omit<z.output<typeof queryOptions>, 'enabled'>>;
