/**
 * References in strings: `${NAME}`, `${NAME:-default}` (also when NAME is empty), `${file:path}`; `$${` stands for `${`.
 *
 * They are replaced after the text was parsed, in strings that are values: they can change what a string says, never the
 * structure around it, and what they bring is not looked at again. A file's path is relative to the configuration's
 * directory; one line break at its end is taken off. What came from a file is secret, and so is what came from a variable
 * whose name says so (`DB_PASSWORD`).
 */
import { resolve } from 'node:path';
import { isDefinition } from './definitions.ts';
import type { Report } from './diagnostics.ts';
import { isMapping, type Path, pathKey } from './path.ts';
import { printable } from './printable.ts';
import { readText } from './read-text.ts';
import { isSecretName, type Secrets } from './secrets.ts';

/** The largest file that `${file:…}` reads, in bytes. */
const MAX_SECRET_BYTES = 64 * 2 ** 10;

/** `$${`, a reference, or the beginning of one that does not end. */
const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;

const VARIABLE = /^([A-Za-z_]\w*)(?::-(.*))?$/s;

/** Where references are looked up, and who is told. */
export interface SubstitutionContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a relative path in `${file:…}` is relative to. */
  readonly directory: string;
  readonly report: Report;
  readonly secrets: Secrets;
}

/** A configuration with its references replaced. */
export interface Substituted {
  readonly value: unknown;
  /** What was written, by the {@link pathKey} of each string that had references. */
  readonly written: ReadonlyMap<string, string>;
}

/** Replaces all references in a copy of `value`. Only mappings, lists and strings are copied; a function stays what it is. */
export async function substitute(value: unknown, context: SubstitutionContext): Promise<Substituted> {
  const substitution = new Substitution(context);
  return { value: await substitution.copy(value, []), written: substitution.written };
}

/** Writes strings so that they stand for themselves: `${` becomes `$${`. */
export function escapeReferences(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', '$$${');
  if (Array.isArray(value)) return value.map(escapeReferences);
  if (!isMapping(value)) return value;
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [key, each] of Object.entries(value)) copy[key] = escapeReferences(each);
  return copy;
}

/** What a reference stands for; no text if that is not known, which has been reported. */
interface Found {
  readonly text: string | undefined;
  readonly isSecret: boolean;
}

const NOTHING: Found = { text: undefined, isSecret: false };

class Substitution {
  readonly written = new Map<string, string>();
  readonly #context: SubstitutionContext;
  readonly #files = new Map<string, ReturnType<typeof readText>>();

  constructor(context: SubstitutionContext) {
    this.#context = context;
  }

  async copy(value: unknown, path: Path): Promise<unknown> {
    if (typeof value === 'string') return value.includes('${') ? this.#replace(value, path) : value;
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      for (const [index, each] of value.entries()) list.push(await this.copy(each, [...path, index]));
      return list;
    }
    if (!isMapping(value) || isDefinition(value)) return value;
    const copy = Object.create(null) as Record<string, unknown>;
    for (const [key, each] of Object.entries(value)) copy[key] = await this.copy(each, [...path, key]);
    return copy;
  }

  async #replace(text: string, path: Path): Promise<string> {
    const { secrets } = this.#context;
    secrets.noteWritten(path, text);
    let replaced = '';
    let isSecret = false;
    let isReference = false;
    let ok = true;
    let at = 0;
    for (const match of text.matchAll(REFERENCE)) {
      replaced += text.slice(at, match.index);
      at = match.index + match[0].length;
      if (match[0] === '$${') {
        replaced += '${';
        continue;
      }
      isReference = true;
      const found = await this.#lookUp(match[1]!, match[2] === '}', path);
      isSecret ||= found.isSecret;
      ok &&= found.text !== undefined;
      replaced += found.text ?? '';
      if (found.isSecret) secrets.addText(found.text);
    }
    replaced += text.slice(at);
    if (isReference) this.written.set(pathKey(path), text);
    if (isSecret) secrets.add(path, replaced);
    if (!ok) this.#context.report.settle(path);
    return replaced;
  }

  async #lookUp(reference: string, isClosed: boolean, path: Path): Promise<Found> {
    const { env, report } = this.#context;
    const shown = printable(`\${${reference}${isClosed ? '}' : ''}`);
    if (!isClosed) {
      report.error('LC_CONFIG_REFERENCE', { message: `\`${shown}\` is not closed`, path });
      return NOTHING;
    }
    if (reference.startsWith('file:')) return this.#readFile(reference.slice(5), shown, path);
    const [, name, otherwise] = VARIABLE.exec(reference) ?? [];
    if (name === undefined || otherwise?.includes('${')) {
      const hint = otherwise === undefined ? undefined : 'a default cannot have a reference in it';
      report.error('LC_CONFIG_REFERENCE', { message: `\`${shown}\` is no reference`, path, hint });
      return NOTHING;
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    const text = otherwise === undefined ? value : value || otherwise;
    if (text !== undefined) return { text, isSecret: isSecretName(name) };
    report.error('LC_CONFIG_VARIABLE_MISSING', {
      message: `the environment variable ${name} is not set`,
      path,
      hint: `set it, or give a default: \${${name}:-default}`,
    });
    return NOTHING;
  }

  async #readFile(name: string, shown: string, path: Path): Promise<Found> {
    const { report, directory } = this.#context;
    if (name.trim() === '') {
      report.error('LC_CONFIG_REFERENCE', { message: `\`${shown}\` names no file`, path });
      return NOTHING;
    }
    const file = resolve(directory, name);
    let reading = this.#files.get(file);
    if (!reading) this.#files.set(file, (reading = readText(file, MAX_SECRET_BYTES)));
    const { text, problem } = await reading;
    if (text !== undefined) return { text: text.replace(/\r?\n$/, ''), isSecret: true };
    report.error('LC_CONFIG_SECRET_UNREADABLE', {
      message: `the file of \`${shown}\` cannot be used: ${problem.message}`,
      path,
    });
    return NOTHING;
  }
}
