/**
 * Every relative link of the documentation leads to a file that is there, and to a heading in it; and links lead from the README
 * to every document.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { anchorsOf, linksOf, markdownFiles, ROOT, readDocument } from '../support/markdown.ts';

const documents = markdownFiles();

const links = documents.flatMap((document) =>
  linksOf(readDocument(document))
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/.test(target))
    .map((target) => ({ document, target })),
);

test('there are links to follow', () => {
  expect(links.length).toBeGreaterThan(30);
});

test.each(links)('$document: $target', ({ document, target }) => {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? document : join(dirname(document), path);
  expect(existsSync(join(ROOT, file)), `${file} is there`).toBe(true);
  if (anchor === undefined) return;
  expect(statSync(join(ROOT, file)).isFile()).toBe(true);
  expect([...anchorsOf(readDocument(file))]).toContain(anchor);
});

test('links lead from the README to every document', () => {
  const found = new Set(['README.md']);
  // A set that grows while it is gone through: what is added comes up too.
  for (const document of found) {
    for (const { target } of links.filter((link) => link.document === document)) {
      const path = join(dirname(document), target.split('#')[0]!);
      // A link to a folder shows its README.
      for (const each of [path, join(path, 'README.md')]) if (documents.includes(each)) found.add(each);
    }
  }
  expect(documents.filter((document) => !found.has(document))).toEqual([]);
});
