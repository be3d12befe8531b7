/** The configuration that the flags name, or that is there, or the built-in one; with the flags applied. */
import { type LoadedCollector, loadCollector } from '../collector/load-settings.ts';
import { defaultConfig } from '../config/default-config.ts';
import { discoverConfig } from '../config/discover.ts';
import type { ConfigFlags } from '../config/flags.ts';

export type { ConfigFlags } from '../config/flags.ts';

/** Loads what `run` would run. */
export async function loadFromFlags(
  options: ConfigFlags & { readonly config?: string },
): Promise<LoadedCollector> {
  const { config, ...flags } = options;
  const cwd = process.cwd();
  if (config !== undefined) return loadCollector({ file: config, flags, cwd });
  const { file, diagnostics } = await discoverConfig(cwd);
  if (file !== undefined) return loadCollector({ file, flags, cwd });
  const builtIn = await loadCollector({ value: defaultConfig(flags), flags, cwd });
  if (diagnostics.length === 0) return builtIn;
  return {
    settings: undefined,
    loaded: { ...builtIn.loaded, diagnostics, topology: undefined, settings: undefined },
  };
}
