/**
 * The options of questions: how each is written, on the query port (`limit=10`) and as a parameter of HTTP alike, and what
 * it means. The OpenAPI description takes their words from here, too.
 */
import { readDuration, readTime } from './read-time.ts';

/** What a question is about, as far as options differ. */
export type QuestionKind = 'search' | 'tail' | 'count';

/** What options say, read. */
export interface OptionValues {
  limit?: number | undefined;
  last?: number | undefined;
  since?: number | undefined;
  until?: number | undefined;
  order?: 'oldest' | 'newest' | undefined;
  format?: 'text' | 'json' | undefined;
  from?: 'ring' | 'files' | 'all' | undefined;
  timeout?: number | undefined;
}

/** The name of an option. */
export type OptionName = keyof OptionValues;

/** How an option is written. */
export interface OptionSpec {
  /** The questions that have it. */
  readonly kinds: readonly QuestionKind[];
  /** What it does, for people. */
  readonly description: string;
  /** What is expected, behind "expected". */
  readonly expected: string;
  /** The JSON Schema of its text as a parameter. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** A value, for the documentation. */
  readonly example: string;
  /** Reads it into `values`; `false` if it is none. `now` is in ms since the epoch. */
  read(text: string, values: OptionValues, now: number): boolean;
}

const NUMBER = { type: 'integer', minimum: 1 } as const;
const TIME_TEXT = 'a duration before now (5m) or an ISO time (2026-01-31T12:00:00Z)';

/** All options. */
export const OPTIONS: Readonly<Record<OptionName, OptionSpec>> = {
  limit: {
    kinds: ['search'],
    description: 'Ends the answer after so many lines',
    expected: 'a number from 1 on',
    schema: NUMBER,
    example: '100',
    read: (text, values) => isSet((values.limit = toNumber(text))),
  },
  last: {
    kinds: ['search', 'tail'],
    description:
      'Of the lines that match, only the newest so many; of a tail, how many come before those that are new',
    expected: 'a number from 1 on',
    schema: NUMBER,
    example: '20',
    read: (text, values) => isSet((values.last = toNumber(text))),
  },
  since: {
    kinds: ['search', 'tail', 'count'],
    description: `Only lines received then or later: ${TIME_TEXT}`,
    expected: TIME_TEXT,
    schema: { type: 'string' },
    example: '5m',
    read: (text, values, now) => isSet((values.since = readTime(text, now))),
  },
  until: {
    kinds: ['search', 'count'],
    description: `Only lines received before then: ${TIME_TEXT}`,
    expected: TIME_TEXT,
    schema: { type: 'string' },
    example: '2026-01-31T12:00:00Z',
    read: (text, values, now) => isSet((values.until = readTime(text, now))),
  },
  order: {
    kinds: ['search'],
    description: 'Which lines come first',
    expected: 'oldest or newest',
    schema: { type: 'string', enum: ['oldest', 'newest'] },
    example: 'newest',
    read: (text, values) => isSet((values.order = oneOf(text, ['oldest', 'newest']))),
  },
  format: {
    kinds: ['search', 'tail', 'count'],
    description: 'How the answer is written: `text`, or a JSON object a line',
    expected: 'text or json',
    schema: { type: 'string', enum: ['text', 'json'] },
    example: 'json',
    read: (text, values) => isSet((values.format = oneOf(text, ['text', 'json']))),
  },
  from: {
    kinds: ['search', 'count'],
    description: 'Where lines are looked for: in the ring, in files, or in both, each line once',
    expected: 'ring, files or all',
    schema: { type: 'string', enum: ['ring', 'files', 'all'] },
    example: 'all',
    read: (text, values) => isSet((values.from = oneOf(text, ['ring', 'files', 'all']))),
  },
  timeout: {
    kinds: ['search', 'count'],
    description:
      'After so long the answer ends with what there is; at most the `searchTimeout` of the collector',
    expected: 'a duration such as 500ms or 10s',
    schema: { type: 'string' },
    example: '10s',
    read: (text, values) => isSet((values.timeout = readDuration(text))),
  },
};

/** The names of the options that a kind of question has. */
export function optionNames(kind: QuestionKind): OptionName[] {
  return (Object.keys(OPTIONS) as OptionName[]).filter((name) => OPTIONS[name].kinds.includes(kind));
}

/** What is wrong with options that are each right; nothing if they go together. */
export function conflictOf({ since, until }: OptionValues): string | undefined {
  return since !== undefined && until !== undefined && since >= until
    ? '`since` must be before `until`'
    : undefined;
}

/** A whole number from 1 on. */
export function toNumber(text: string): number | undefined {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  return number >= 1 ? number : undefined;
}

function oneOf<const T extends string>(text: string, choices: readonly T[]): T | undefined {
  return choices.find((choice) => choice === text);
}

function isSet(value: unknown): boolean {
  return value !== undefined;
}
