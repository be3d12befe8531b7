/**
 * Loads a configuration: reads it, replaces references, applies flags, loads plugins, checks every option and how the parts
 * hang together, and makes a topology of it. Nothing is opened or made on the way, and every problem is reported at once.
 *
 * Paths. What loading itself reads (`plugins`, `${file:…}`) is relative to the configuration's directory, or to the working
 * directory if it comes from no file. What components use when they run (`directory: ./logs`) is relative to the working
 * directory, as in flags.
 */
import { dirname, resolve } from 'node:path';
import type { Registry } from '../core/registry.ts';
import type { Topology } from '../pipeline/topology.ts';
import { type Diagnostic, Report } from './diagnostics.ts';
import { applyFlags, type ConfigFlags, type Override } from './flags.ts';
import { PartChecker } from './part-checker.ts';
import { loadPlugins } from './plugins.ts';
import { type ConfigOrigin, readConfig } from './read-config.ts';
import { resolveConfig } from './resolve-config.ts';
import { Secrets } from './secrets.ts';
import type { NoSections, Sections, Settings } from './sections.ts';
import { substitute } from './substitute.ts';

/** What is loaded, and with what. */
export interface LoadOptions<S extends Sections = Sections> extends ConfigOrigin {
  /** The built-in components. Plugins are added to a copy. */
  readonly registry: Registry;
  /** More sections: `query`, say. */
  readonly sections?: S;
  /** The variables for `${NAME}`. @defaultValue the process's */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @defaultValue the process's working directory */
  readonly cwd?: string;
  /** Flags of the command line, which override what they name. */
  readonly flags?: ConfigFlags;
}

/** What came of loading a configuration. */
export interface LoadedConfig<S extends Sections = Sections> {
  /** The file, as it was named. */
  readonly file: string | undefined;
  /** As written, with references replaced and flags applied. It can hold secrets: show `redacted` instead. */
  readonly config: Readonly<Record<string, unknown>>;
  /** `config` with every secret masked. */
  readonly redacted: Readonly<Record<string, unknown>>;
  /** The registry with the plugins' components. */
  readonly registry: Registry;
  /** What flags changed. */
  readonly overrides: readonly Override[];
  /** All problems, by place. */
  readonly diagnostics: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
  /** What to run; `undefined` if there are errors. */
  readonly topology: Topology | undefined;
  /** The rest of what it says; `undefined` if there are errors. */
  readonly settings: Settings<S> | undefined;
}

/** Loads a configuration. It never throws for what is wrong with it. */
export async function loadConfig<const S extends Sections = NoSections>(
  options: LoadOptions<S>,
): Promise<LoadedConfig<S>> {
  const { env = process.env, cwd = process.cwd(), flags = {}, file } = options;
  const directory = file === undefined ? cwd : dirname(resolve(cwd, file));
  const report = new Report();
  const secrets = new Secrets();
  const empty: Record<string, unknown> = {};
  const finish = (parts: Partial<LoadedConfig<S>>): LoadedConfig<S> => {
    const diagnostics = report.finish(secrets);
    return {
      file,
      config: empty,
      redacted: empty,
      registry: options.registry,
      overrides: [],
      topology: undefined,
      settings: undefined,
      ...parts,
      diagnostics,
      warnings: diagnostics.filter(({ severity }) => severity === 'warning'),
    };
  };

  const read = await readConfig(options, cwd, report);
  if (!read) return finish({});
  const { value, written } = await substitute(read, { env, directory, report, secrets });
  const config = value as Record<string, unknown>;
  const overrides = applyFlags(config, flags, report);
  const checker = new PartChecker({ report, secrets, written });
  const { registry, isIncomplete } = await loadPlugins(
    config['plugins'],
    options.registry,
    directory,
    checker,
  );
  const resolved = await resolveConfig(config, {
    registry,
    checker,
    cwd,
    sections: options.sections ?? ({} as S),
    lacksPlugins: isIncomplete,
  });
  const redacted = secrets.redact(config) as Record<string, unknown>;
  return finish({ config, redacted, registry, overrides, ...(!report.hasErrors && resolved) });
}
