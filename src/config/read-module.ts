/**
 * Reads a configuration from a module in TypeScript or JavaScript: the object that it exports by default. Where something in it
 * stands in the text can only be guessed: by looking for the keys, one behind the other.
 */

import { isDefinition } from './definitions.ts';
import type { Report } from './diagnostics.ts';
import { importFile, importHint, placeOf } from './import-module.ts';
import { isMapping, type Path } from './path.ts';
import { reasonOf } from './printable.ts';
import { MAX_DEPTH } from './scan-yaml.ts';
import type { Locator, SourceText, Span } from './source-text.ts';

/** Imports a configuration; answers `undefined` if there is none to go on with. */
export async function readModule(file: string, report: Report): Promise<unknown> {
  try {
    const { default: value } = await importFile(file);
    if (isMapping(value) && !isModule(value)) return value;
    const message =
      value === undefined ? 'the module has no default export' : 'the default export is not an object';
    report.error('LC_CONFIG_MODULE', { message });
  } catch (error) {
    report.error('LC_CONFIG_MODULE', {
      message: `the module cannot be loaded: ${reasonOf(error)}`,
      span: spanOf(error, file, report.source),
      hint: importHint(error),
    });
  }
  return undefined;
}

/** Refuses values that lead back to themselves, or are too deep, before anything walks through them. */
export function checkNesting(value: unknown, report: Report): boolean {
  try {
    return isNestingFine(value, report);
  } catch (error) {
    // A getter, or a proxy.
    report.error('LC_CONFIG_MODULE', { message: `the configuration cannot be read: ${reasonOf(error)}` });
    return false;
  }
}

function isNestingFine(value: unknown, report: Report): boolean {
  const open = new Set<unknown>();
  const isFine = (each: unknown, path: Path): boolean => {
    if ((!Array.isArray(each) && !isMapping(each)) || isDefinition(each)) return true;
    const isCircle = open.has(each);
    if (isCircle || path.length > MAX_DEPTH) {
      report.error('LC_CONFIG_TOO_DEEP', {
        message: isCircle ? 'this contains itself' : 'too deeply nested',
        path: path.slice(0, 8),
      });
      return false;
    }
    open.add(each);
    const entries = Array.isArray(each) ? each.entries() : Object.entries(each);
    const fine = Array.from(entries as Iterable<[string | number, unknown]>).every(([key, inner]) =>
      isFine(inner, [...path, key]),
    );
    open.delete(each);
    return fine;
  };
  return isFine(value, []);
}

/** `import * as` in place of a default export. */
function isModule(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Module]';
}

/** Where in a file an error comes from, if its stack says so. */
function spanOf(error: unknown, file: string, source: SourceText | undefined): Span | undefined {
  const place = placeOf(error, file);
  if (!place || !source || place.line > source.lineAt(source.text.length)) return undefined;
  const { start, end } = source.lineSpan(place.line);
  const from = Math.min(start + place.column - 1, end);
  return { start: from, end: from + 1 };
}

/** Guesses where the keys of a path stand in a module. */
export class ModuleLocator implements Locator {
  readonly #source: SourceText;

  constructor(source: SourceText) {
    this.#source = source;
  }

  find(path: Path): Span | undefined {
    const { text } = this.#source;
    const beginning = text.search(/export\s+default|defineConfig\s*\(/);
    return this.#findFrom(beginning, path) ?? this.#findFrom(0, path);
  }

  valueSpan(): undefined {
    return undefined;
  }

  #findFrom(beginning: number, path: Path): Span | undefined {
    const { text } = this.#source;
    let span: Span | undefined;
    let at = Math.max(beginning, 0);
    for (const key of path) {
      if (typeof key === 'number') continue;
      const name = key.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
      const pattern = new RegExp(`(?<![\\w$.])(["']?)(${name})\\1\\s*[:(]`, 'g');
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      // What is missing has no place; what it is missing in has.
      if (!match) return span;
      const start = match.index + match[1]!.length;
      span = { start, end: start + key.length };
      at = match.index + match[0].length;
    }
    return span;
  }
}
