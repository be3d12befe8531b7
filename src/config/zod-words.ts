/** The issues of zod in words: what they are made of, and what they say of a value. */
import type { SchemaIssue } from '../core/component.ts';
import { isMapping, type Path, valueAt } from './path.ts';
import { printable } from './printable.ts';
import { type Quantity, suggestQuantity } from './quantities.ts';
import type { SchemaView } from './schema-view.ts';
import { listOf } from './suggest.ts';

/** The issues of zod that tell more than a message. See `$ZodIssue`. */
export interface ZodIssue extends SchemaIssue {
  readonly code?: string;
  readonly expected?: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly options?: readonly unknown[];
  readonly errors?: readonly (readonly ZodIssue[])[];
  readonly issues?: readonly ZodIssue[];
  readonly key?: unknown;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly divisor?: number;
  readonly inclusive?: boolean;
  readonly origin?: string;
  readonly format?: string;
  readonly pattern?: string;
  /** Of a custom issue: which part of a text it is about, and what to write instead. */
  readonly params?: unknown;
}

/** What zod calls types, in words. */
export const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping of options',
  record: 'a mapping',
  null: 'nothing',
  function: 'a function',
};

export const QUANTITIES: Readonly<Record<Quantity, string>> = {
  size: 'a size (a number of bytes, or a text such as `64MiB`)',
  duration: 'a duration (a text such as `500ms`)',
};

const FORMATS: Readonly<Record<string, string>> = {
  url: 'URL',
  email: 'address',
  ipv4: 'IPv4 address',
  ipv6: 'IPv6 address',
};

const UNITS: Readonly<Record<string, string>> = {
  string: 'characters',
  array: 'entries',
  set: 'entries',
  map: 'entries',
};

/** Where an issue is, below what was checked. */
export function pathOf(issue: SchemaIssue): Path {
  return (issue.path ?? []).map((part) => {
    const key = typeof part === 'object' ? part.key : part;
    return typeof key === 'number' ? key : String(key);
  });
}

/** Whether an issue says that the value as a whole is of the wrong type, or none of the values that there are. */
export function isOwnType(issue: ZodIssue): boolean {
  const { code, path = [] } = issue;
  return (code === 'invalid_type' || code === 'invalid_value') && path.length === 0;
}

/** What a value can be, in words, where none of the branches of a union fits. */
export function shapesOf(branches: readonly (readonly ZodIssue[])[]): string {
  const shapes = branches
    .flat()
    .map(({ expected = '', values }) =>
      values ? listOf(values.map(String)) : (TYPES[expected] ?? expected),
    );
  return [...new Set(shapes)].filter(Boolean).join(' or ');
}

/** The options that are missing, if a branch of a union finds nothing else. */
export function missingIn(branch: readonly ZodIssue[], value: unknown): string[] {
  const isMissing = (issue: ZodIssue): boolean =>
    issue.code === 'invalid_type' &&
    pathOf(issue).length === 1 &&
    valueAt(value, pathOf(issue)) === undefined;
  return branch.every(isMissing) ? branch.map((issue) => String(pathOf(issue)[0])) : [];
}

/** Whether a value can be shown in a few words. */
export function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) || value === null;
}

/** What to do about a value of the wrong type. */
export function typeHint(expected: string | undefined, value: unknown, view: SchemaView): string | undefined {
  const quantity = view.annotation('quantity') as Quantity | undefined;
  if (quantity === 'duration' && typeof value === 'number')
    return `write the unit: ${suggestQuantity(value, quantity)}`;
  const isNumeric = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value);
  if ((expected === 'number' || expected === 'int') && isNumeric) return 'write it without quotes';
  if (expected === 'boolean' && /^(?:yes|no|on|off|y|n|0|1)$/i.test(String(value)))
    return 'write `true` or `false`';
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
    return 'put it in quotes';
  if (expected === 'array' && isScalar(value) && value !== null) return 'write it as a list: [a, b]';
  if (value === null) return 'write a value, or remove the line';
  return isMapping(value) ? 'there are options here where one value should be' : undefined;
}

/** What a value must be, in words; `undefined` where zod's message says it best. */
export function ruleOf(issue: ZodIssue): string | undefined {
  const { code, origin = '', minimum, maximum, inclusive, format, pattern } = issue;
  const unit = UNITS[origin];
  if (code === 'too_small') {
    if (unit !== undefined)
      return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} ${unit}`;
    return inclusive ? `must be at least ${minimum}` : `must be more than ${minimum}`;
  }
  if (code === 'too_big') {
    if (unit !== undefined) return `must have at most ${maximum} ${unit}`;
    return inclusive ? `must be at most ${maximum}` : `must be less than ${maximum}`;
  }
  if (code === 'not_multiple_of') return `must be a multiple of ${issue.divisor}`;
  if (code === 'invalid_format') {
    return format === 'regex'
      ? `must match ${printable(String(pattern))}`
      : `is not a valid ${FORMATS[format ?? ''] ?? format}`;
  }
  return undefined;
}

/** Parts what is wrong from what to do about it, in the messages of sizes and durations. */
export function splitMessage(message: string, isQuantity: boolean): [message: string, hint?: string] {
  const clean = message === 'Invalid input' ? 'is not valid' : printable(message.trim());
  const at = isQuantity ? clean.indexOf('; ') : -1;
  return at === -1 ? [clean] : [clean.slice(0, at), clean.slice(at + 2)];
}
