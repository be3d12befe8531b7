/**
 * Finds the file that an npm package stands for, seen from a directory: as `import` in a module of that directory would.
 * Node can do this only for modules that it is loading, so the rules (https://nodejs.org/api/esm.html#resolution-algorithm)
 * are followed here: the nearest `node_modules` upwards, then the package's `exports`, then its `main`.
 */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isMapping } from './path.ts';

/** The conditions that `import` in Node fulfils. */
const CONDITIONS = new Set(['node', 'import', 'module-sync', 'node-addons', 'default']);

/** Why a package cannot be used. */
export class PackageError extends Error {
  override readonly name = 'PackageError';
  /** The package is there, but not what is asked of it. */
  readonly isInstalled: boolean;

  constructor(message: string, isInstalled: boolean) {
    super(message);
    this.isInstalled = isInstalled;
  }
}

/**
 * The file of a package, or of a part of it (`@scope/package/part`).
 *
 * @throws PackageError
 */
export async function resolvePackage(specifier: string, directory: string): Promise<string> {
  const [, name, rest] = /^((?:@[^/]+\/)?[^/@.][^/]*)(\/.+)?$/.exec(specifier) ?? [];
  if (name === undefined || /[\\%]/.test(name))
    throw new PackageError('this cannot be the name of a package', false);
  const root = await findPackage(name, directory);
  const manifest = await readManifest(join(root, 'package.json'));
  const subpath = `.${rest ?? ''}`;
  if (manifest['exports'] !== undefined && manifest['exports'] !== null) {
    const target = exported(manifest['exports'], subpath);
    if (target === undefined) {
      throw new PackageError(`the package exports no \`${subpath}\` that can be imported`, true);
    }
    return resolve(root, target);
  }
  const main = typeof manifest['main'] === 'string' ? manifest['main'] : 'index.js';
  const file = resolve(root, rest === undefined ? main : subpath);
  for (const candidate of [file, `${file}.js`, join(file, 'index.js')])
    if (await isFile(candidate)) return candidate;
  throw new PackageError(`the package has no file \`${rest === undefined ? main : subpath}\``, true);
}

async function findPackage(name: string, directory: string): Promise<string> {
  for (let at = resolve(directory); ; at = dirname(at)) {
    const root = join(at, 'node_modules', name);
    if (await isFile(join(root, 'package.json'))) return root;
    if (at === dirname(at))
      throw new PackageError(`there is no package \`${name}\` in or above ${directory}`, false);
  }
}

async function readManifest(file: string): Promise<Record<string, unknown>> {
  try {
    const manifest: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (isMapping(manifest)) return manifest;
  } catch {
    // Said below.
  }
  throw new PackageError('its package.json cannot be read', true);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
}

/** What `exports` says of a subpath (`.`, `./part`). */
function exported(exports: unknown, subpath: string): string | undefined {
  const isMap = isMapping(exports) && Object.keys(exports).some((key) => key.startsWith('.'));
  if (!isMap) return subpath === '.' ? targetOf(exports, '') : undefined;
  if (Object.hasOwn(exports, subpath)) return targetOf(exports[subpath], '');
  // The pattern with the longest beginning wins.
  const patterns = Object.keys(exports)
    .filter((key) => key.includes('*'))
    .toSorted((a, b) => b.indexOf('*') - a.indexOf('*'));
  for (const pattern of patterns) {
    const [before = '', after = ''] = pattern.split('*');
    if (
      !subpath.startsWith(before) ||
      !subpath.endsWith(after) ||
      subpath.length <= before.length + after.length
    )
      continue;
    return targetOf(exports[pattern], subpath.slice(before.length, subpath.length - after.length));
  }
  return undefined;
}

/** The file that a target stands for, by the conditions that are fulfilled. */
function targetOf(value: unknown, star: string): string | undefined {
  if (typeof value === 'string') return value.startsWith('./') ? value.replaceAll('*', star) : undefined;
  if (Array.isArray(value)) {
    return value.map((each) => targetOf(each, star)).find((each) => each !== undefined);
  }
  if (!isMapping(value)) return undefined;
  for (const [condition, each] of Object.entries(value)) {
    const found = CONDITIONS.has(condition) ? targetOf(each, star) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
