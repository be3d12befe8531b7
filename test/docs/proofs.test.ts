/** Every test that docs/faults.md and docs/delivery.md name as a proof is there, and nothing that they promise is without one. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const PROOF = /^- ((?:\[\w\] )*)`(test\/[^`]+)`: (.+)$/gm;

interface Proof {
  readonly labels: readonly string[];
  readonly file: string;
  readonly title: string;
}

function proofsIn(markdown: string): Proof[] {
  return [...markdown.matchAll(PROOF)].map(([, labels = '', file = '', title = '']) => ({
    labels: labels.match(/\w/g) ?? [],
    file,
    title,
  }));
}

function read(path: string): string {
  return readFileSync(`${root}${path}`, 'utf8');
}

/** The proofs whose test is not there. */
function missing(proofs: readonly Proof[]): string[] {
  return proofs
    .filter(({ file, title }) => !existsSync(`${root}${file}`) || !holdsTitle(read(file), title))
    .map(({ file, title }) => `${file}: ${title}`);
}

/** Whether the title is a text of its own in the source, not only a part of one. */
function holdsTitle(source: string, title: string): boolean {
  return [`'${title}'`, `\`${title.replaceAll('`', '\\`')}\``, `"${title}"`].some((literal) =>
    source.includes(literal),
  );
}

test.each(['docs/faults.md', 'docs/delivery.md'])('%s names tests that are there', (page) => {
  const proofs = proofsIn(read(page));
  expect(proofs.length).toBeGreaterThan(20);
  expect(missing(proofs)).toEqual([]);
});

test('each case of the list of faults is there, with a proof', () => {
  const cases = read('docs/faults.md').split(/^### /m).slice(1);
  expect(cases.map((text) => Number.parseInt(text, 10))).toEqual(
    Array.from({ length: 33 }, (_, index) => index + 1),
  );
  expect(cases.filter((text) => proofsIn(text).length === 0)).toEqual([]);
});

test('each cell of the tables of promises has a proof, and each proof a cell', () => {
  const page = read('docs/delivery.md');
  const rows = page.split('\n').filter((line) => /^\| (?!what happens |---)/.test(line));
  const cells = rows.flatMap((row) => row.split('|').slice(2, -1)).filter((cell) => cell.trim() !== '');
  const labels = cells.map((cell) => /\[(\w)\] $/.exec(cell)?.[1]);
  expect(cells.filter((_, index) => labels[index] === undefined)).toEqual([]);
  expect(rows.length).toBeGreaterThan(12);
  const proven = new Set(proofsIn(page).flatMap((proof) => proof.labels));
  expect(new Set(labels)).toEqual(proven);
});

test('a test that is missing would be found', () => {
  const proof = { labels: [], file: 'test/docs/proofs.test.ts', title: 'no such test, but this text' };
  expect(
    missing([
      { ...proof, title: `${proof.title}.` },
      { ...proof, file: 'test/none.test.ts' },
    ]),
  ).toHaveLength(2);
  expect(missing([{ ...proof, title: 'a test that is missing would be found' }])).toEqual([]);
});
