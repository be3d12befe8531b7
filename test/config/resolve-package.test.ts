import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolvePackage } from '../../src/config/resolve-package.ts';
import { folder } from './support.ts';

const manifest = (value: unknown): string => JSON.stringify(value);

test.each([
  ['text', 'a', { exports: './x.js' }, 'x.js'],
  ['a scoped name', '@s/a', { exports: './x.js' }, 'x.js'],
  [
    'conditions',
    'a',
    { exports: { types: './x.d.ts', require: './no.cjs', import: './x.js', default: './no.js' } },
    'x.js',
  ],
  [
    'conditions in conditions',
    'a',
    { exports: { '.': { node: { import: './x.js' }, default: './no.js' } } },
    'x.js',
  ],
  ['conditions that fail first', 'a', { exports: { '.': [{ browser: './no.js' }, './x.js'] } }, 'x.js'],
  ['a part', 'a/part', { exports: { '.': './no.js', './part': './x.js' } }, 'x.js'],
  ['the longest pattern', 'a/p/q.js', { exports: { './*': './no/*', './p/*.js': './x/*.mjs' } }, 'x/q.mjs'],
  ['main', 'a', { main: 'x' }, 'x.js'],
  ['main as a folder', 'a', { main: './lib' }, 'lib/index.js'],
  ['no main', 'a', {}, 'index.js'],
  ['a file without exports', 'a/x', {}, 'x.js'],
])('follows %s', async (_, specifier, content, file) => {
  const name = specifier.startsWith('@') ? specifier : specifier.split('/')[0]!;
  const root = `node_modules/${name}`;
  const files = Object.fromEntries(
    ['x.js', 'lib/index.js', 'index.js', 'x/q.mjs'].map((path) => [`${root}/${path}`, '']),
  );
  const path = await folder({ ...files, [`${root}/package.json`]: manifest(content), 'deep/er/x': '' });
  expect(await resolvePackage(specifier, join(path, 'deep/er'))).toBe(join(path, root, file));
});

test.each([
  ['there is no such package', 'nope', false],
  ['the part is not exported', 'a/nope', true],
  ['the target is null', 'a/null', true],
  ['the target leads out', 'a/out', true],
  ['only require works', 'a/require', true],
  ['the manifest cannot be read', 'broken', true],
  ['the file is not there', 'bare/nope', true],
  ['the name is none', '../a', false],
  ['the name is none', 'a%2e', false],
])('refuses when %s', async (_, specifier, isInstalled) => {
  const path = await folder({
    'node_modules/a/package.json': manifest({
      exports: { '.': './x.js', './null': null, './out': '../x.js', './require': { require: './x.js' } },
    }),
    'node_modules/broken/package.json': '{',
    'node_modules/bare/package.json': '{}',
  });
  await expect(resolvePackage(specifier, path)).rejects.toMatchObject({ name: 'PackageError', isInstalled });
});
