/** Finds the configuration file of a directory. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG_CODES } from './codes.ts';
import { type Diagnostic, toHint } from './diagnostics.ts';
import { listOf } from './suggest.ts';

/** How a configuration file can be called, where no other is named. */
export const CONFIG_FILES = [
  'logcaster.yaml',
  'logcaster.yml',
  'logcaster.json',
  'logcaster.ts',
  'logcaster.js',
] as const;

/** The file, if there is exactly one; a diagnostic if there are several. */
export interface Discovered {
  readonly file?: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Looks for a configuration in `directory`. */
export async function discoverConfig(directory: string): Promise<Discovered> {
  const found: string[] = [];
  for (const name of CONFIG_FILES) if (await exists(join(directory, name))) found.push(name);
  if (found.length <= 1) return { ...(found[0] !== undefined && { file: found[0] }), diagnostics: [] };
  const diagnostic: Diagnostic = {
    code: 'LC_CONFIG_SEVERAL_FILES',
    severity: 'error',
    message: `there is more than one configuration here: ${listOf(found, 'and')}`,
    hint: toHint(CONFIG_CODES.LC_CONFIG_SEVERAL_FILES.hint),
  };
  return { diagnostics: [diagnostic] };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => !status.isDirectory(),
    () => false,
  );
}
