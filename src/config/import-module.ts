/**
 * Imports modules: configurations in TypeScript or JavaScript, and plugins. A file is imported under a URL that has a digest
 * of its text, so that it is loaded again when it was changed, and is the same module when it was not. Modules that it
 * imports itself are loaded once in a process.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { offerOwnEntries } from './own-entries.ts';
import { isMapping } from './path.ts';

/** What a module exports. */
export type Exports = Readonly<Record<string, unknown>>;

/** Imports a file, anew if its text has changed. */
export async function importFile(file: string): Promise<Exports> {
  offerOwnEntries();
  const digest = createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
    .slice(0, 16);
  return import(/* @vite-ignore */ `${pathToFileURL(file).href}?logcaster=${digest}`) as Promise<Exports>;
}

/** Imports a file of a package: once in a process, as every other importer of it does. */
export async function importPackageFile(file: string): Promise<Exports> {
  offerOwnEntries();
  return import(/* @vite-ignore */ pathToFileURL(file).href) as Promise<Exports>;
}

/** What to do about an error of an import, as far as one can say. */
export function importHint(error: unknown): string | undefined {
  const { code, message } =
    isMapping(error) || error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  if (code === 'ERR_MODULE_NOT_FOUND') {
    const name = /^Cannot find package '([^']+)'/.exec(message ?? '')?.[1];
    return name === undefined
      ? 'check the paths of its imports; they end in .ts or .js'
      : `run \`npm install ${name}\` beside it`;
  }
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return 'use types only: no enum, no namespace, no parameter properties';
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING')
    return 'a package must bring JavaScript, not TypeScript';
  return undefined;
}

/** Where in a file an error of its import comes from, counted from 1, if its stack says so. */
export function placeOf(error: unknown, file: string): { line: number; column: number } | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  // Behind the name there may be the digest of a URL.
  for (const name of [pathToFileURL(file).href, file]) {
    const at = stack.indexOf(name);
    if (at === -1) continue;
    const [, line, column = '1'] = /^[^:\n]*:(\d+)(?::(\d+))?/.exec(stack.slice(at + name.length)) ?? [];
    if (line !== undefined) return { line: Number(line), column: Number(column) };
  }
  return undefined;
}
