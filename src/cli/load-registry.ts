/** The components that there are: the built-in ones, and those of the plugins of a configuration. */
import { builtinRegistry } from '../collector/builtins.ts';
import { discoverConfig } from '../config/discover.ts';
import type { Registry } from '../core/registry.ts';
import type { CommandContext } from './context.ts';
import { reportDiagnostics } from './load-for-command.ts';
import { loadFromFlags } from './load-from-flags.ts';

/**
 * Loads the components. `undefined` if the configuration that was named, or one of its plugins, cannot be loaded, which
 * standard error says then. Other errors of a configuration do not matter here, and a bad one that was only found here
 * costs its plugins.
 */
export async function loadRegistry(
  { config }: { readonly config?: string },
  context: CommandContext,
): Promise<Registry | undefined> {
  const found = config ?? (await discoverConfig(context.cwd)).file;
  if (found === undefined) return builtinRegistry();
  const { loaded } = await loadFromFlags({ config: found }, context);
  const problems = loaded.diagnostics.filter(
    ({ severity, path }) =>
      severity === 'error' && (path === undefined ? isEmpty(loaded.config) : /^plugins\b/.test(path)),
  );
  if (problems.length === 0) return loaded.registry;
  reportDiagnostics(problems, context);
  return config === undefined ? loaded.registry : undefined;
}

/** Nothing could be read. */
function isEmpty(config: object): boolean {
  return Object.keys(config).length === 0;
}
