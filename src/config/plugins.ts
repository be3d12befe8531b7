/**
 * Loads plugins: npm packages and local files that export definitions of components. A local file is named by a path that
 * begins with `./`, `../` or `/`; both kinds are looked for from the configuration's directory.
 *
 * Exports that are no definitions (helpers, types) are ignored; a plugin without any definition is an error. A definition can
 * be the default export, a named one, or in an exported list.
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ComponentDefinition } from '../core/component.ts';
import { Registry } from '../core/registry.ts';
import { checkDefinition, isDefinition, looksLikeDefinition } from './definitions.ts';
import type { Report } from './diagnostics.ts';
import { type Exports, importFile, importHint, importPackageFile, placeOf } from './import-module.ts';
import type { PartChecker } from './part-checker.ts';
import type { Path } from './path.ts';
import { printable, reasonOf } from './printable.ts';
import { PackageError, resolvePackage } from './resolve-package.ts';
import { pluginSetting } from './settings.ts';

/** What came of loading plugins. */
export interface LoadedPlugins {
  /** The registry that was given, with the plugins' components. */
  readonly registry: Registry;
  /** A plugin is missing. */
  readonly isIncomplete: boolean;
}

interface Plugin {
  /** Its name for messages. */
  readonly name: string;
  readonly path: Path;
  readonly replace: boolean;
}

/** Loads what `plugins` names; problems go to the report, each with the plugin's name. */
export async function loadPlugins(
  written: unknown,
  registry: Registry,
  directory: string,
  checker: PartChecker,
): Promise<LoadedPlugins> {
  const loader = new PluginLoader(registry, directory, checker);
  if (written !== undefined && written !== null) await loader.loadAll(written);
  return { registry: loader.registry, isIncomplete: loader.isIncomplete };
}

class PluginLoader {
  readonly registry: Registry;
  isIncomplete = false;
  readonly #directory: string;
  readonly #checker: PartChecker;
  readonly #report: Report;
  /** Who brought a component, by kind and type. */
  readonly #owners = new Map<string, string>();

  constructor(registry: Registry, directory: string, checker: PartChecker) {
    this.registry = new Registry(registry.list());
    this.#directory = directory;
    this.#checker = checker;
    this.#report = checker.context.report;
  }

  async loadAll(written: unknown): Promise<void> {
    const path = ['plugins'];
    if (!Array.isArray(written)) {
      this.isIncomplete = true;
      const hint = typeof written === 'string' ? `write [${written}]` : undefined;
      this.#report.error('LC_CONFIG_OPTION_TYPE', { message: '`plugins` must be a list', path, hint });
      return;
    }
    for (const [index, entry] of written.entries()) {
      if (!(await this.#load(entry, [...path, index]))) this.isIncomplete = true;
    }
  }

  async #load(entry: unknown, path: Path): Promise<boolean> {
    // A configuration in TypeScript can hand over the definition itself.
    if (isDefinition(entry)) return this.#add([entry], { name: 'this plugin', path, replace: false });
    const checked = await this.#checker.check(pluginSetting, entry, { path, subject: 'plugin' });
    if (!checked.ok) return false;
    const { module, replace } =
      typeof checked.value === 'string' ? { module: checked.value, replace: false } : checked.value;
    const at = typeof entry === 'string' ? path : [...path, 'module'];
    const plugin: Plugin = { name: `plugin \`${printable(module)}\``, path: at, replace };
    const exports = await this.#import(module, plugin);
    if (!exports) return false;
    const definitions = definitionsIn(exports);
    if (definitions.length > 0) return this.#add(definitions, plugin);
    this.#report.error('LC_CONFIG_PLUGIN_EMPTY', {
      message: `${plugin.name} exports no component`,
      path: at,
    });
    return false;
  }

  async #import(module: string, plugin: Plugin): Promise<Exports | undefined> {
    const isLocal = /^(?:\.{0,2}\/|\.{1,2}$|[A-Za-z]:[\\/]|file:)/.test(module);
    let file: string | undefined;
    try {
      if (!isLocal) return await importPackageFile(await resolvePackage(module, this.#directory));
      file = module.startsWith('file:') ? fileURLToPath(module) : resolve(this.#directory, module);
      if (await this.#isFile(file, module, plugin)) return await importFile(file);
    } catch (error) {
      if (error instanceof PackageError) await this.#notFound(error, module, plugin);
      else {
        const place = file === undefined ? undefined : placeOf(error, file);
        const where = place === undefined ? '' : `, in line ${place.line}`;
        this.#report.error('LC_CONFIG_PLUGIN_FAILED', {
          message: `${plugin.name} failed while it was loaded${where}: ${reasonOf(error)}`,
          path: plugin.path,
          hint: importHint(error),
        });
      }
    }
    return undefined;
  }

  async #notFound(error: PackageError, module: string, plugin: Plugin): Promise<void> {
    const isThere = await exists(resolve(this.#directory, module));
    const install = error.isInstalled
      ? undefined
      : `run \`npm install ${printable(module)}\` beside the configuration`;
    this.#report.error('LC_CONFIG_PLUGIN_NOT_FOUND', {
      message: `${plugin.name} cannot be found: ${error.message}`,
      path: plugin.path,
      hint: isThere ? `did you mean the file \`./${printable(module)}\`?` : install,
    });
  }

  async #isFile(file: string, module: string, plugin: Plugin): Promise<boolean> {
    const status = await stat(file).catch(() => undefined);
    if (status?.isFile()) return true;
    const reason = status === undefined ? 'there is no such file' : 'it is not a file';
    const endings = ['.ts', '.js', '.mjs'].filter((ending) => !module.endsWith(ending));
    const others = endings.flatMap((ending) => [file + ending, file.replace(/\.[cm]?[jt]s$/, ending)]);
    const found: string[] = [];
    for (const other of new Set(others)) if (other !== file && (await exists(other))) found.push(other);
    const ending = found[0]?.slice(found[0].lastIndexOf('.'));
    this.#report.error('LC_CONFIG_PLUGIN_NOT_FOUND', {
      message: `${plugin.name} cannot be found: ${reason}`,
      path: plugin.path,
      hint: ending === undefined ? `looked for ${printable(file)}` : `there is one that ends in ${ending}`,
    });
    return false;
  }

  #add(definitions: readonly ComponentDefinition[], plugin: Plugin): boolean {
    let ok = true;
    for (const definition of definitions) ok = this.#addOne(definition, plugin) && ok;
    return ok;
  }

  #addOne(definition: ComponentDefinition, { name, path, replace }: Plugin): boolean {
    const problem = checkDefinition(definition);
    if (problem) {
      this.#report.error(problem.code, { message: `${name}: ${problem.message}`, path, hint: problem.hint });
      return false;
    }
    const key = `${definition.kind} ${definition.type}`;
    const other = this.registry.find(definition.kind, definition.type);
    if (other && other !== definition && !replace) {
      const owner = this.#owners.get(key);
      this.#report.error('LC_CONFIG_PLUGIN_DUPLICATE', {
        message: `${name} brings the ${definition.kind} \`${definition.type}\`, and ${owner === undefined ? 'LogCaster has one' : `${owner} does too`}`,
        path,
      });
      return false;
    }
    this.registry.add(definition, { replace: true });
    this.#owners.set(key, name);
    return true;
  }
}

/** The definitions among the exports of a module, each once. */
function definitionsIn(exports: Exports): ComponentDefinition[] {
  const values = Object.values(exports).flatMap((value) =>
    Array.isArray(value) ? (value as unknown[]) : [value],
  );
  return [...new Set(values.filter(looksLikeDefinition))];
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
}
