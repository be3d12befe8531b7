/**
 * Problems of a configuration: how they are collected while it is read, and what they are as data.
 *
 * While a configuration is checked, a {@link Report} takes problems in by the path of what is wrong. Only at the end it
 * makes {@link Diagnostic}s of them, since by then it is known which values are secret and must not be seen in an excerpt.
 */
import { CONFIG_CODES, type ConfigCode } from './codes.ts';
import { formatPath, type Path, pathKey } from './path.ts';
import type { Secrets } from './secrets.ts';
import type { Excerpt, Locator, Part, SourceText, Span } from './source-text.ts';
import { spanWithin, type Within } from './within-text.ts';

/**
 * How bad a problem is: with an error nothing is started; a warning is only said.
 *
 * @remarks Since 0.1.0
 */
export type Severity = 'error' | 'warning';

/**
 * A problem of a configuration.
 *
 * @remarks Since 0.1.0
 */
export interface Diagnostic {
  /** One of those in `docs/errors.md`. */
  readonly code: ConfigCode;
  /** Whether it is an error or a warning. */
  readonly severity: Severity;
  /** What is wrong, in a sentence. */
  readonly message: string;
  /** Where in the configuration: `sinks.files.maxSize`. */
  readonly path?: string | undefined;
  /** The file, as it was named. */
  readonly file?: string | undefined;
  /** From 1 on. */
  readonly line?: number | undefined;
  /** From 1 on, in UTF-16 units. */
  readonly column?: number | undefined;
  /** The column behind the last character that is meant. */
  readonly endColumn?: number | undefined;
  /** The line it is in. */
  readonly excerpt?: Excerpt | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** What is known about a problem when it is found. */
export interface Problem {
  readonly message: string;
  readonly path?: Path | undefined;
  /** Which part of what stands at the path. @defaultValue `'value'` */
  readonly at?: Part | undefined;
  /** Which part of the text at the path it is about. */
  readonly within?: Within | undefined;
  /** Where it is, when no path leads there. */
  readonly span?: Span | undefined;
  /** Another file than the configuration's. */
  readonly file?: string | undefined;
  /** In place of the code's own. */
  readonly hint?: string | undefined;
}

interface Entry extends Problem {
  readonly code: ConfigCode;
  readonly severity: Severity;
}

/** A file with more problems than this is not a configuration; nobody reads so many. */
const MAX_PROBLEMS = 1000;

const TOO_MANY: Entry = {
  code: 'LC_CONFIG_TOO_MANY',
  severity: 'error',
  message: `there are more problems than these ${MAX_PROBLEMS}`,
};

/** Takes in the problems of one configuration. */
export class Report {
  /** The configuration's file, when it comes from one. */
  file: string | undefined;
  source: SourceText | undefined;
  locator: Locator | undefined;
  readonly #entries: Entry[] = [];
  readonly #seen = new Set<string>();
  readonly #settled = new Set<string>();
  /** Flags of the command line, by the path of what they changed. */
  readonly #flags = new Map<string, string>();

  error(code: ConfigCode, problem: Problem): void {
    this.#add({ ...problem, code, severity: 'error' });
  }

  warn(code: ConfigCode, problem: Problem): void {
    this.#add({ ...problem, code, severity: 'warning' });
  }

  /** Notes that what stands at `path` comes from a flag, not from the file. */
  noteFlag(path: Path, flag: string): void {
    this.#flags.set(pathKey(path), flag);
  }

  /** Notes that what is wrong at `path` has been said: what follows from it is not reported. */
  settle(path: Path): void {
    this.#settled.add(pathKey(path));
  }

  get hasErrors(): boolean {
    return this.#entries.some(({ severity }) => severity === 'error');
  }

  /** All diagnostics, by place: what has none comes last, in the order in which it was found. */
  finish(secrets: Secrets): Diagnostic[] {
    return this.#entries.map((entry) => this.#toDiagnostic(entry, secrets)).toSorted(byPlace);
  }

  #add(entry: Entry): void {
    if (this.#entries.length === MAX_PROBLEMS) this.#entries.push(TOO_MANY);
    if (this.#entries.length > MAX_PROBLEMS) return;
    if (entry.path && this.#settled.has(pathKey(entry.path))) return;
    const key = JSON.stringify([entry.code, entry.path, entry.span, entry.message]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#entries.push(entry);
  }

  #toDiagnostic(entry: Entry, secrets: Secrets): Diagnostic {
    const { code, severity, path } = entry;
    const flag = path && this.#flags.get(pathKey(path));
    const span = flag !== undefined || entry.file !== undefined ? undefined : this.#spanOf(entry);
    const message = secrets.mask(entry.message);
    return {
      code,
      severity,
      message: flag === undefined ? message : `${flag}: ${message}`,
      ...(path && path.length > 0 && { path: formatPath(path) }),
      ...(flag === undefined && (entry.file ?? this.file) !== undefined && { file: entry.file ?? this.file }),
      ...(span &&
        this.source && {
          ...this.source.place(span),
          excerpt: secrets.excerpt(this.source, span, this.locator),
        }),
      hint: secrets.mask(entry.hint ?? toHint(CONFIG_CODES[code].hint)),
    };
  }

  #spanOf({ span, path, at = 'value', within }: Entry): Span | undefined {
    const found = span ?? (path && this.locator?.find(path, at));
    if (!found || !within || !this.source) return found;
    return spanWithin(this.source.text, found, within) ?? found;
  }
}

/** A hint is half a sentence behind a `=`. */
export function toHint(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return orderOf(a.line) - orderOf(b.line) || orderOf(a.column) - orderOf(b.column);
}

function orderOf(position: number | undefined): number {
  return position ?? Number.MAX_SAFE_INTEGER;
}
