/** Every relative link of the documentation leads to a file that is there, and to a heading in it. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { anchorsOf, linksOf, markdownFiles, ROOT, readDocument } from '../support/markdown.ts';

const links = markdownFiles().flatMap((document) =>
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
