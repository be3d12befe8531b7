/** Everything that the package exports says what it is, and since when it is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { entryExports } from '../../scripts/docs/entry-exports.ts';
import { ROOT } from '../support/markdown.ts';

interface Export {
  readonly name: string;
  readonly file: string;
}

/** The exports of an entry, each with the file that declares it. */
function exportsOf(entry: string): Export[] {
  const text = readFileSync(join(ROOT, entry), 'utf8');
  return Array.from(text.matchAll(/^export (?:type )?\{([^}]*)\} from '\.\/([^']+)';/gm)).flatMap(
    ([, names, file]) =>
      names!
        .split(',')
        .map((name) => name.trim().replace(/^type /, ''))
        .filter((name) => name !== '')
        .map((name) => ({ name, file: `src/${file!}` })),
  );
}

const exports = ['src/index.ts', 'src/plugin.ts', 'src/testing.ts'].flatMap(exportsOf);
const unique = [...new Map(exports.map((each) => [`${each.file} ${each.name}`, each])).values()];

test.each(unique)('$name ($file) is documented', ({ name, file }) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const declaration = new RegExp(
    `\\*/\\nexport (?:abstract )?(?:async )?(?:function|class|const|interface|type) ${name}\\b`,
  );
  const end = declaration.exec(text)?.index ?? -1;
  const comment = text.slice(text.lastIndexOf('/**', end), Math.max(end, 0));
  expect(comment).toMatch(/@remarks Since \d+\.\d+\.\d+/);
  // The first thing in it is a sentence.
  expect(comment.replaceAll(/^ *(?:\/\*)?\*+ ?/gm, '').trim()).toMatch(/^[A-Z`](?:[^@]|@link)*[.:]/);
});

test('what the entries export is what the package offers', () => {
  const { exports: offered } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  const entries = Object.keys(offered).filter((entry) => entry !== './package.json');
  expect([...entryExports().keys()]).toEqual(entries.map((entry) => entry.replace(/^\./, 'logcaster')));
});

test('each entry has a report of its API', () => {
  const missing = ['index', 'plugin', 'testing'].filter(
    (entry) => !existsSync(join(ROOT, `docs/api/${entry}.api.md`)),
  );
  expect(missing).toEqual([]);
});
