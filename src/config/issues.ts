/**
 * What a schema found wrong, as problems of a configuration. zod tells much about an issue; of the schemas of others only
 * the message and the path are known.
 */
import type { SchemaIssue } from '../core/component.ts';
import type { ConfigCode } from './codes.ts';
import type { Problem } from './diagnostics.ts';
import { formatPath, isMapping, type Path, valueAt } from './path.ts';
import { printable, quote } from './printable.ts';
import { type Quantity, suggestQuantity } from './quantities.ts';
import type { SchemaView } from './schema-view.ts';
import { isSecretName, MASK } from './secrets.ts';
import { didYouMean, listOf, suggest } from './suggest.ts';

/** What an issue is about. */
export interface IssueContext {
  /** What was checked, as written. */
  readonly value: unknown;
  /** Where that stands. */
  readonly base: Path;
  /** What it is, for messages: ``sink `files` ``. */
  readonly subject: string;
  readonly view: SchemaView;
  /** The type of the component, for `logcaster describe`. */
  readonly type?: string;
  /** Options that stand beside those of the schema, with the options in each. */
  readonly others?: Readonly<Record<string, readonly string[]>>;
  /** What was written where a value came from a reference. */
  written(path: Path): string | undefined;
  /** Notes that a value must not be shown. */
  hide(path: Path): void;
  isHidden(path: Path): boolean;
}

/** A problem with its code. */
export interface CodedProblem extends Problem {
  readonly code: ConfigCode;
}

/** The issues of zod that tell more than a message. See `$ZodIssue`. */
interface ZodIssue extends SchemaIssue {
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
}

/** Turns an issue into problems. `isZod`: it can be trusted to be zod's. */
export function toProblems(issue: SchemaIssue, isZod: boolean, context: IssueContext): CodedProblem[] {
  return new Translator(context).translate(issue, isZod);
}

/** What zod calls types, in words. */
const TYPES: Readonly<Record<string, string>> = {
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

const QUANTITIES: Readonly<Record<Quantity, string>> = {
  size: 'a size (a number of bytes, or a text such as `64MiB`)',
  duration: 'a duration (a text such as `500ms`)',
};

const UNITS: Readonly<Record<string, string>> = {
  string: 'characters',
  array: 'entries',
  set: 'entries',
  map: 'entries',
};

class Translator {
  readonly #context: IssueContext;

  constructor(context: IssueContext) {
    this.#context = context;
  }

  translate(issue: ZodIssue, isZod: boolean, prefix: Path = []): CodedProblem[] {
    const path = [...prefix, ...pathOf(issue)];
    if (isZod && issue.code === 'unrecognized_keys')
      return (issue.keys ?? []).map((key) => this.#unknown(path, key));
    if (isZod && issue.code === 'invalid_union') return this.#union(issue, path);
    if (isZod && (issue.code === 'invalid_element' || issue.code === 'invalid_key')) {
      const inner = issue.issues ?? [];
      const key = issue.code === 'invalid_element' && typeof issue.key === 'string' ? [issue.key] : [];
      return inner.flatMap((each) => this.translate(each, isZod, [...path, ...key]));
    }
    if (isZod && issue.code === 'invalid_type') return [this.#type(issue, path)];
    return [this.#value(issue, path, isZod)];
  }

  #unknown(path: Path, key: string): CodedProblem {
    const { view, others = {}, value } = this.#context;
    const isTop = path.length === 0;
    const names = [...view.follow(path).keys, ...(isTop ? Object.keys(others) : [])];
    const full = [...path, key];
    const meant = suggest(key, names);
    if (isSecretName(key) || (meant !== undefined && isSecret(view.follow([...path, meant]))))
      this.#context.hide(full);
    const within = isTop ? Object.keys(others).find((name) => others[name]!.includes(key)) : undefined;
    // What is there already was not meant.
    const free = names.filter((name) => valueAt(value, [...path, name]) === undefined);
    return {
      code: 'LC_CONFIG_OPTION_UNKNOWN',
      message: `unknown option \`${printable(key)}\`${isTop ? ` of ${this.#context.subject}` : ''}`,
      path: [...this.#context.base, ...full],
      at: 'key',
      hint:
        didYouMean(key, names) ??
        (within === undefined ? undefined : `it belongs under \`${within}\``) ??
        (free.length === 0
          ? undefined
          : `there is ${listOf(free.slice(0, 12), 'and')}${free.length > 12 ? ', among others' : ''}`),
    };
  }

  #type(issue: ZodIssue, path: Path): CodedProblem {
    const value = valueAt(this.#context.value, path);
    const view = this.#context.view.follow(path);
    if (value === undefined && path.length > 0) return this.#missing(path);
    const quantity = view.annotation('quantity') as Quantity | undefined;
    const expected = quantity ? QUANTITIES[quantity] : (TYPES[issue.expected ?? ''] ?? issue.expected);
    return this.#problem(
      'LC_CONFIG_OPTION_TYPE',
      path,
      `must be ${expected}`,
      typeHint(issue.expected, value, view),
    );
  }

  #missing(path: Path): CodedProblem {
    return {
      code: 'LC_CONFIG_OPTION_MISSING',
      message: `${this.#context.subject} needs the option \`${formatPath(path)}\``,
      path: [...this.#context.base, ...path],
      at: 'key',
      hint: this.#describe(path),
    };
  }

  /** Reports the branch that was meant: the one that likes most of what is there. */
  #union(issue: ZodIssue, path: Path): CodedProblem[] {
    if (issue.options)
      return [this.#value({ ...issue, values: issue.options, code: 'invalid_value' }, path, true)];
    const value = valueAt(this.#context.value, path);
    if (value === undefined && path.length > 0) return [this.#missing(path)];
    const branches = issue.errors ?? [];
    const fitting = branches.filter((branch) => !branch.some((each) => isOwnType(each)));
    const best = fitting.toSorted((a, b) => a.length - b.length)[0];
    if (best) return best.flatMap((each) => this.translate(each, true, path));
    const types = new Set(branches.flat().map(({ expected = '' }) => TYPES[expected] ?? expected));
    const quantity = this.#context.view.follow(path).annotation('quantity') as Quantity | undefined;
    const expected = quantity ? QUANTITIES[quantity] : [...types].filter(Boolean).join(' or ');
    return [
      this.#problem('LC_CONFIG_OPTION_TYPE', path, expected === '' ? 'is not valid' : `must be ${expected}`),
    ];
  }

  #value(issue: ZodIssue, path: Path, isZod: boolean): CodedProblem {
    const { code } = issue;
    const value = valueAt(this.#context.value, path);
    if (isZod && code === 'invalid_value') {
      const values = (issue.values ?? []).map(String);
      const hint = typeof value === 'string' ? didYouMean(value, values) : undefined;
      return this.#problem('LC_CONFIG_OPTION_VALUE', path, `must be ${listOf(values)}`, hint);
    }
    if (isZod && code !== undefined) {
      const rule = ruleOf(issue);
      if (rule !== undefined) return this.#problem('LC_CONFIG_OPTION_VALUE', path, rule);
    }
    const quantity = this.#context.view.follow(path).annotation('quantity') as Quantity | undefined;
    const text = this.#isSecret(path) ? issue.message.replaceAll(String(value), MASK) : issue.message;
    const [message, advice] = splitMessage(text, quantity !== undefined);
    const meant = quantity && suggestQuantity(value, quantity);
    const hint = meant === undefined || !/ is not a /.test(message) ? advice : `did you mean ${meant}?`;
    if (path.length === 0) return this.#atTop(message, hint);
    // A sentence about the value, or half of one.
    const label = `\`${formatPath(path)}\``;
    const join = /^(?:must|is|has|needs|cannot|may|should)\b/.test(message) ? ' ' : ': ';
    return {
      code: 'LC_CONFIG_OPTION_VALUE',
      message: label + join + message + this.#origin(path),
      path: this.#full(path),
      hint: hint ?? this.#describe(path),
    };
  }

  #atTop(message: string, hint: string | undefined): CodedProblem {
    return {
      code: 'LC_CONFIG_OPTION_VALUE',
      message: `${this.#context.subject}: ${message}`,
      path: this.#context.base,
      at: isMapping(this.#context.value) ? 'key' : 'value',
      hint: hint ?? this.#describe([]),
    };
  }

  /** What the option is, in the words of its schema. */
  #describe(path: Path): string | undefined {
    const description = this.#context.view.follow(path).annotation('description');
    if (typeof description === 'string') return `it is: ${printable(description)}`;
    const { type } = this.#context;
    return type === undefined ? undefined : `\`logcaster describe ${type}\` shows what it takes`;
  }

  #problem(code: ConfigCode, path: Path, rule: string, hint?: string): CodedProblem {
    if (path.length === 0)
      return { ...this.#atTop(rule, hint), code, message: `${this.#context.subject} ${rule}` };
    const value = valueAt(this.#context.value, path);
    const shown = isScalar(value) && !this.#isSecret(path) ? `, not ${quote(value)}` : '';
    return {
      code,
      message: `\`${formatPath(path)}\` ${rule}${shown}${this.#origin(path)}`,
      path: this.#full(path),
      hint: hint ?? this.#describe(path),
    };
  }

  #origin(path: Path): string {
    const written = this.#context.written(this.#full(path));
    return written === undefined ? '' : ` (from ${printable(written)})`;
  }

  #isSecret(path: Path): boolean {
    if (this.#context.isHidden(this.#full(path))) return true;
    return path.some((_, index) => isSecret(this.#context.view.follow(path.slice(0, index + 1))));
  }

  #full(path: Path): Path {
    return [...this.#context.base, ...path];
  }
}

function isSecret(view: SchemaView): boolean {
  return view.annotation('secret') === true;
}

function pathOf(issue: SchemaIssue): Path {
  return (issue.path ?? []).map((part) => {
    const key = typeof part === 'object' ? part.key : part;
    return typeof key === 'number' ? key : String(key);
  });
}

function isOwnType(issue: ZodIssue): boolean {
  return issue.code === 'invalid_type' && (issue.path ?? []).length === 0;
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) || value === null;
}

function typeHint(expected: string | undefined, value: unknown, view: SchemaView): string | undefined {
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
function ruleOf(issue: ZodIssue): string | undefined {
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
    return format === 'regex' ? `must match ${printable(String(pattern))}` : `must be a valid ${format}`;
  }
  return undefined;
}

/** Parts what is wrong from what to do about it, in the messages of sizes and durations. */
function splitMessage(message: string, isQuantity: boolean): [message: string, hint?: string] {
  const clean = printable(message.trim());
  const at = isQuantity ? clean.indexOf('; ') : -1;
  return at === -1 ? [clean] : [clean.slice(0, at), clean.slice(at + 2)];
}
