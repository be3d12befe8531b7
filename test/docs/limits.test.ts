/** docs/limits.md: its defaults are those of the options, no limit is missing, and its tests exist. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generatedDocs } from '../../scripts/docs/generated.ts';
import { ROOT, readDocument } from '../support/markdown.ts';

/** The cells of all rows of tables in a text that begin with a code span or a word. */
function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

const codes = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

/** Options with their defaults, by what has them: `tcp`, `query`, `every sink`. */
function options(): Map<string, Map<string, string>> {
  const all = new Map<string, Map<string, string>>();
  const add = (of: string, text: string): void => {
    const rows = rowsOf(text).filter(([name]) => name!.startsWith('`'));
    all.set(of, new Map(rows.map(([name, , byDefault]) => [codes(name!)[0]!, codes(byDefault!)[0] ?? '—'])));
  };
  for (const [path, text] of generatedDocs()) {
    const [, component] = /^docs\/reference\/(?:sources|operators|sinks)\/(.+)\.md$/.exec(path) ?? [];
    if (component !== undefined) add(component, text);
    if (!path.endsWith('/sections.md')) continue;
    for (const section of text.split(/^## /m).slice(1)) {
      const [title] = section.split('\n');
      add(title!.replaceAll('`', '').toLowerCase(), section);
    }
  }
  return all;
}

const KNOWN = options();
const TEXT = readDocument('docs/limits.md');
const [table, fixed] = ['| of | option', '| what | limit'].map((head) => {
  const at = TEXT.indexOf(head);
  return rowsOf(TEXT.slice(at).split('\n\n')[0]!).slice(1);
});

/** Options that limit something: what has one of these names has to be in the table. */
const IS_LIMIT = /(?:^|\.)(?:max[A-Z]\w*|max|credit|backlog|frameSize|\w*[tT]imeout|quota)$/;

/** What every source, operator or sink has: it stands there once. */
const SHARED = new Set(
  ['every source', 'every operator', 'every sink'].flatMap((of) => [...(KNOWN.get(of)?.keys() ?? [])]),
);

/** Whose limits are in their own words, and limit nothing that comes from outside. */
const NOT_TOLD = new Set(['tests']);

test('every limit is in the table, with its default', () => {
  const told = table!.flatMap(([of, option, byDefault]) => {
    const names = codes(of!).length > 0 ? codes(of!) : [of!];
    return names.map((name) => `${name} ${codes(option!)[0]} ${codes(byDefault!)[0] ?? '—'}`);
  });
  const known = [...KNOWN].flatMap(([of, all]) =>
    NOT_TOLD.has(of)
      ? []
      : [...all]
          .filter(([option]) => IS_LIMIT.test(option) && (of.startsWith('every') || !SHARED.has(option)))
          .map(([option, byDefault]) => `${of} ${option} ${byDefault}`),
  );
  expect(told.toSorted()).toEqual(known.toSorted());
});

test('every limit says what happens, what is counted and which test holds it', () => {
  for (const row of table!) {
    expect(row).toHaveLength(6);
    expect(row.every((cell) => cell !== '')).toBe(true);
  }
});

test.each([...table!, ...fixed!].map((row) => row.at(-1)!))('its test exists: %s', (cell) => {
  const [, file, title] = /^`([^`]+)`: (.+)$/.exec(cell)!;
  const path = join(ROOT, file!);
  expect(existsSync(path)).toBe(true);
  expect(readFileSync(path, 'utf8')).toContain(title!);
});
