/** Writes the documentation that is generated (`npm run docs`). A test fails where a file is not current. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedDocs, REFERENCE } from './docs/generated.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const docs = generatedDocs();
// Pages of components that are gone go too.
rmSync(join(root, REFERENCE), { recursive: true, force: true });
for (const [path, text] of docs) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
console.log(`${docs.size} files written below docs/`);
