/**
 * What a schema found wrong, as problems of a configuration. zod tells much about an issue; of the schemas of others only
 * the message and the path are known.
 */
import type { SchemaIssue } from '../core/component.ts';
import type { ConfigCode } from './codes.ts';
import type { Problem } from './diagnostics.ts';
import { formatPath, isMapping, type Path, pathKey, valueAt } from './path.ts';
import { printable, quote } from './printable.ts';
import { type Quantity, suggestQuantity } from './quantities.ts';
import type { SchemaView } from './schema-view.ts';
import { isSecretName, MASK } from './secrets.ts';
import { didYouMean, listOf, suggest } from './suggest.ts';
import type { Within } from './within-text.ts';
import {
  isOwnType,
  isScalar,
  missingIn,
  pathOf,
  QUANTITIES,
  ruleOf,
  shapesOf,
  splitMessage,
  TYPES,
  typeHint,
  type ZodIssue,
} from './zod-words.ts';

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

/** Turns issues into problems. `isZod`: they can be trusted to be zod's. */
export function toProblems(
  issues: readonly SchemaIssue[],
  isZod: boolean,
  context: IssueContext,
): CodedProblem[] {
  const translator = new Translator(context);
  const problems = issues.flatMap((issue) => translator.translate(issue, isZod));
  // What is missing only because its name has a slip in it is said once.
  return problems.filter(({ code, path = [] }) => {
    if (code === 'LC_CONFIG_OPTION_MISSING') return !translator.meant.has(pathKey(path));
    const isAboutAll = code === 'LC_CONFIG_OPTION_VALUE' && path.length === context.base.length;
    return !isAboutAll || translator.meant.size === 0;
  });
}

class Translator {
  /** What names with a slip were meant to be. */
  readonly meant = new Set<string>();
  readonly #context: IssueContext;

  constructor(context: IssueContext) {
    this.#context = context;
  }

  translate(issue: ZodIssue, isZod: boolean, prefix: Path = []): CodedProblem[] {
    const path = [...prefix, ...pathOf(issue)];
    if (isZod && issue.code === 'unrecognized_keys')
      return (issue.keys ?? []).map((key) => this.#unknown(path, key));
    if (isZod && issue.code === 'invalid_union') return this.#union(issue, path);
    if (isZod && issue.code === 'invalid_key') return [this.#key(issue, path)];
    if (isZod && issue.code === 'invalid_element') {
      const key = typeof issue.key === 'string' ? [issue.key] : [];
      return (issue.issues ?? []).flatMap((each) => this.translate(each, isZod, [...path, ...key]));
    }
    if (isZod && issue.code === 'invalid_type') return [this.#type(issue, path)];
    return [this.#value(issue, path, isZod)];
  }

  #unknown(path: Path, key: string): CodedProblem {
    const { view, others = {}, value, base, subject } = this.#context;
    const isTop = path.length === 0;
    const full = [...path, key];
    const options = view.follow(path).keys;
    const names = [...options, ...(isTop ? Object.keys(others) : [])];
    const meant = suggest(key, names);
    if (meant !== undefined) this.meant.add(pathKey([...base, ...path, meant]));
    if (isSecretName(key) || (meant !== undefined && isSecret(view.follow([...path, meant]))))
      this.#context.hide(full);
    const problem = { code: 'LC_CONFIG_OPTION_UNKNOWN', path: [...base, ...full], at: 'key' } as const;
    const shown = `\`${printable(key)}\``;
    const isWritten = (name: string): boolean => valueAt(value, [...path, name]) !== undefined;
    if (options.includes(key)) {
      // The schema has several shapes, and another one fits better.
      const beside = options.filter((name) => name !== key && isWritten(name));
      const message = `option ${shown}${isTop ? ` of ${subject}` : ''} cannot stand beside ${listOf(beside, 'and')}`;
      return { ...problem, message, hint: 'remove one of them' };
    }
    const within = isTop ? Object.keys(others).find((name) => others[name]!.includes(key)) : undefined;
    // What is there already was not meant.
    const free = names.filter((name) => !isWritten(name));
    const more = free.length > 12 ? ', among others' : '';
    const hint =
      meant !== undefined
        ? `did you mean \`${meant}\`?`
        : within !== undefined
          ? `it belongs under \`${within}\``
          : free.length > 0
            ? `there is ${listOf(free.slice(0, 12), 'and')}${more}`
            : 'remove it';
    return { ...problem, message: `unknown option ${shown}${isTop ? ` of ${subject}` : ''}`, hint };
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
      message: `${this.#context.subject} needs the option \`${this.#label(path)}\``,
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
    const missing = fitting.map((branch) => missingIn(branch, value));
    if (fitting.length > 1 && missing.every((names) => names.length > 0)) {
      const names = listOf([...new Set(missing.map((each) => each[0]!))]);
      const message = `${path.length === 0 ? this.#context.subject : `\`${this.#label(path)}\``} needs ${names}`;
      return [
        {
          code: 'LC_CONFIG_OPTION_MISSING',
          message,
          path: this.#full(path),
          at: 'key',
          hint: this.#describe([]),
        },
      ];
    }
    const best = fitting.toSorted((a, b) => a.length - b.length)[0];
    if (best) return best.flatMap((each) => this.translate(each, true, path));
    const quantity = this.#context.view.follow(path).annotation('quantity') as Quantity | undefined;
    const expected = quantity ? QUANTITIES[quantity] : shapesOf(branches);
    const values = branches.flat().flatMap((each) => (each.values ?? []).map(String));
    const hint = typeof value === 'string' ? didYouMean(value, values) : undefined;
    const rule = expected === '' ? 'is not valid' : `must be ${expected}`;
    return [this.#problem('LC_CONFIG_OPTION_TYPE', path, rule, hint)];
  }

  /** A key of a mapping whose keys are free, up to a rule. */
  #key(issue: ZodIssue, path: Path): CodedProblem {
    const rule = issue.issues?.map((each) => ruleOf(each) ?? printable(each.message)).join(', ');
    const message = `the name ${quote(String(path.at(-1)))} ${rule}`;
    return {
      code: 'LC_CONFIG_OPTION_VALUE',
      message,
      path: this.#full(path),
      at: 'key',
      hint: this.#describe(path),
    };
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
    const within = isZod ? withinOf(issue, value) : undefined;
    // A sentence about the value, or half of one.
    const label = `\`${this.#label(path)}\``;
    const join = /^(?:must|is|has|needs|cannot|may|should)\b/.test(message) ? ' ' : ': ';
    return {
      code: 'LC_CONFIG_OPTION_VALUE',
      message: label + join + message + this.#origin(path),
      path: this.#full(path),
      ...(within && { within }),
      hint: within?.advice ?? hint ?? this.#describe(path),
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
    const name = [...this.#context.base, ...path].at(-1);
    // An entry of a list has no name.
    if (typeof description === 'string')
      return `${typeof name === 'number' ? '' : `\`${name}\`: `}${printable(description)}`;
    const { type } = this.#context;
    return type === undefined ? undefined : `\`logcaster describe ${type}\` shows what it takes`;
  }

  #problem(code: ConfigCode, path: Path, rule: string, hint?: string): CodedProblem {
    if (path.length === 0)
      return { ...this.#atTop(rule, hint), code, message: `${this.#context.subject} ${rule}` };
    const value = valueAt(this.#context.value, path);
    const shown = isScalar(value) && value !== '' && !this.#isSecret(path) ? `, not ${quote(value)}` : '';
    return {
      code,
      message: `\`${this.#label(path)}\` ${rule}${shown}${this.#origin(path)}`,
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

  /** An option's name for messages; in a list that is a section, with the section's name. */
  #label(path: Path): string {
    const section = typeof path[0] === 'number' ? this.#context.base.slice(-1) : [];
    return formatPath([...section, ...path]);
  }

  #full(path: Path): Path {
    return [...this.#context.base, ...path];
  }
}

/** The part of a text that an issue is about, as the schema says it. */
function withinOf(
  { params }: ZodIssue,
  value: unknown,
): (Within & { advice: string | undefined }) | undefined {
  if (typeof value !== 'string' || !isMapping(params)) return undefined;
  const { offset, length, advice } = params;
  if (typeof offset !== 'number' || typeof length !== 'number') return undefined;
  return { text: value, offset, length, advice: typeof advice === 'string' ? advice : undefined };
}

function isSecret(view: SchemaView): boolean {
  return view.annotation('secret') === true;
}
