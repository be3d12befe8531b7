/**
 * A folder outside of the repository in which the package `logcaster` is installed as far as anybody there can tell: its
 * entries are the sources, so that nothing has to be built. The dependencies of the repository are installed too.
 */
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './markdown.ts';

/** Makes the folder. Disposing of it removes it. */
export async function makeConsumer(): Promise<{ readonly directory: string } & AsyncDisposable> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'logcaster-consumer-')));
  const modules = join(directory, 'node_modules');
  const { dependencies, devDependencies, version } = JSON.parse(
    await readFile(join(ROOT, 'package.json'), 'utf8'),
  ) as { dependencies: object; devDependencies: object; version: string };
  for (const name of [...Object.keys(dependencies), ...Object.keys(devDependencies)]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }
  await mkdir(join(modules, 'logcaster'));
  await symlink(join(ROOT, 'src'), join(modules, 'logcaster', 'src'));
  const exports = {
    '.': './src/index.ts',
    './plugin': './src/plugin.ts',
    './testing': './src/testing.ts',
    './package.json': './package.json',
  };
  const manifest = { name: 'logcaster', version, type: 'module', exports };
  await writeFile(join(modules, 'logcaster', 'package.json'), JSON.stringify(manifest));
  await writeFile(join(directory, 'package.json'), '{ "private": true, "type": "module" }');
  return {
    directory,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
