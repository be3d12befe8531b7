/** Starts a collector in a program. */
import type { Config } from '../config/define-config.ts';
import type { Diagnostic } from '../config/diagnostics.ts';
import { formatDiagnostics } from '../config/format-diagnostics.ts';
import { Collector, type CollectorEnvironment } from './collector.ts';
import { loadCollector } from './load-settings.ts';

/**
 * Thrown by {@link startCollector} for a configuration with errors. Its message shows all of them, each with its place.
 *
 * @remarks Since 0.1.0
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** The code of the error itself; each diagnostic has one of its own. */
  readonly code = 'LC_CONFIG_INVALID';
  /** All problems, by place; warnings too. */
  readonly diagnostics: readonly Diagnostic[];

  /** @internal */
  constructor(diagnostics: readonly Diagnostic[]) {
    super(`the configuration cannot be used:\n${formatDiagnostics(diagnostics)}`);
    this.diagnostics = diagnostics;
  }
}

/**
 * Starts a collector. When it resolves, every port is open and lines are taken in; when it rejects, nothing runs.
 *
 * @remarks Since 0.1.0
 * @param config - a configuration, or `{ file }` for one in a file
 * @param environment - the clock, the file system and the log to use; by default the machine's own, and no log
 * @throws {@link ConfigError}, with every problem; nothing was opened or made then
 * @throws LogCasterError `LC_LISTEN_FAILED`, `LC_DIRECTORY_…`, or what a component throws at its start
 * @example
 * ```ts
 * const collector = await startCollector({
 *   sources: { tcp: { type: 'tcp', port: 0 } },
 *   pipelines: { main: { from: 'tcp', to: 'ring' } },
 *   sinks: { ring: { type: 'ring' } },
 * });
 * console.log(collector.addresses['tcp']); // 127.0.0.1:40123
 * await collector.stop();
 * ```
 */
export async function startCollector(
  config: Config | { readonly file: string },
  environment: CollectorEnvironment = {},
): Promise<Collector> {
  // Callers without types can give anything.
  const given: unknown = config;
  const isFile = typeof given === 'object' && given !== null && 'file' in given;
  const { loaded, settings } = await loadCollector(
    isFile ? { file: (config as { readonly file: string }).file } : { value: config },
  );
  if (!settings) throw new ConfigError(loaded.diagnostics);
  const { log } = environment;
  for (const { message, path } of loaded.warnings) log?.warn({ path }, message);
  return Collector.start(settings, environment);
}
