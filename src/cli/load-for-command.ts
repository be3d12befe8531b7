/** Loads the configuration for a command that works on one, and says what is wrong with it. */
import type { LoadedCollector } from '../collector/load-settings.ts';
import type { Diagnostic } from '../config/diagnostics.ts';
import { formatDiagnostics } from '../config/format-diagnostics.ts';
import type { Topology } from '../pipeline/topology.ts';
import type { CommandContext } from './context.ts';
import { type ConfigFlags, loadFromFlags } from './load-from-flags.ts';

/** A configuration without errors. */
export interface Usable {
  readonly loaded: LoadedCollector['loaded'];
  readonly topology: Topology;
  /** Its file for people, or what it is instead. */
  readonly name: string;
}

/** Loads what `run` would run; `undefined` if it has errors, which standard error says then. */
export async function loadUsable(
  options: ConfigFlags & { readonly config?: string },
  context: CommandContext,
): Promise<Usable | undefined> {
  const { loaded } = await loadFromFlags(options, context);
  if (!loaded.topology) {
    reportDiagnostics(loaded.diagnostics, context);
    return undefined;
  }
  return { loaded, topology: loaded.topology, name: loaded.file ?? 'the built-in pipeline' };
}

/** Writes diagnostics to standard error. */
export function reportDiagnostics(diagnostics: readonly Diagnostic[], { err }: CommandContext): void {
  err.write(formatDiagnostics(diagnostics, { colors: err.colors }));
}
