/** The table of error codes and the code agree: every code in use is in it, and every code in it is in use. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CONFIG_CODES } from '../../src/config/codes.ts';
import { ERRORS } from '../../src/core/errors.ts';
import { markdownFiles, ROOT, readDocument } from '../support/markdown.ts';

const TABLES = ['src/core/errors.ts', 'src/config/codes.ts'];
const sources = globSync('{src,bin}/**/*.ts', { cwd: ROOT }).map((file) => file.replaceAll('\\', '/'));
const codes = new Set<string>([...Object.keys(ERRORS), ...Object.keys(CONFIG_CODES)]);

/** The codes that a text names; one like `LC_DIRECTORY_…` stands for all that begin so. */
function codesIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(/\bLC_[A-Z_]*[A-Z](?:_…)?/g), ([code]) => code))];
}

/** Variables of the system that look like codes. */
const VARIABLES = new Set(['LC_ALL', 'LC_CTYPE']);

function isKnown(code: string): boolean {
  if (VARIABLES.has(code)) return true;
  if (!code.endsWith('…')) return codes.has(code);
  return [...codes].some((each) => each.startsWith(code.slice(0, -1)));
}

test('every code in the sources is in a table', () => {
  const unknown = sources.flatMap((file) =>
    codesIn(readFileSync(join(ROOT, file), 'utf8'))
      .filter((code) => !isKnown(code))
      .map((code) => `${file}: ${code}`),
  );
  expect(unknown).toEqual([]);
});

test('every code in a table is used', () => {
  const used = new Set(
    sources
      .filter((file) => !TABLES.includes(file))
      .flatMap((file) => codesIn(readFileSync(join(ROOT, file), 'utf8'))),
  );
  expect([...codes].filter((code) => !used.has(code))).toEqual([]);
});

test('no code is in both tables', () => {
  expect(Object.keys(ERRORS).filter((code) => code in CONFIG_CODES)).toEqual([]);
});

test('every code that the documentation names is in a table', () => {
  const unknown = markdownFiles().flatMap((document) =>
    codesIn(readDocument(document))
      .filter((code) => !isKnown(code))
      .map((code) => `${document}: ${code}`),
  );
  expect(unknown).toEqual([]);
});
