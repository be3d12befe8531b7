/** The configuration that the flags name, or that is there, or the built-in one; with the flags applied. */
import { type LoadedCollector, loadCollector } from '../collector/load-settings.ts';
import { defaultConfig } from '../config/default-config.ts';
import { discoverConfig } from '../config/discover.ts';
import type { ConfigFlags } from '../config/flags.ts';

export type { ConfigFlags } from '../config/flags.ts';

/** Where it is looked for, and the variables for its references. The process's by default. */
export interface LoadPlace {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Loads what `run` would run. */
export async function loadFromFlags(
  options: ConfigFlags & { readonly config?: string },
  { cwd = process.cwd(), env = process.env }: LoadPlace = {},
): Promise<LoadedCollector> {
  const { config, ...flags } = options;
  if (config !== undefined) return loadCollector({ file: config, flags, cwd, env });
  const { file, diagnostics } = await discoverConfig(cwd);
  if (file !== undefined) return loadCollector({ file, flags, cwd, env });
  const builtIn = await loadCollector({ value: defaultConfig(flags), flags, cwd, env });
  if (diagnostics.length === 0) return builtIn;
  return {
    settings: undefined,
    loaded: { ...builtIn.loaded, diagnostics, topology: undefined, settings: undefined },
  };
}
