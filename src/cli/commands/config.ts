/** `logcaster config`: prints the configuration that `run` would use. Secrets are masked. */
import { toYaml } from '../../config/to-yaml.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { loadUsable, reportDiagnostics } from '../load-for-command.ts';
import type { ConfigFlags } from '../load-from-flags.ts';

export async function printConfig(
  options: ConfigFlags & { readonly config?: string },
  context: CommandContext,
): Promise<number> {
  const usable = await loadUsable(options, context);
  if (!usable) return EXIT.config.code;
  const { loaded, name } = usable;
  reportDiagnostics(loaded.warnings, context);
  context.out.write(`# ${loaded.file === undefined ? `LogCaster: ${name}` : `From ${name}`}\n`);
  if (loaded.file !== undefined) {
    for (const { flag, path } of loaded.overrides) context.out.write(`# ${flag} overrides ${path}\n`);
  }
  context.out.write(toYaml(loaded.redacted));
  return EXIT.ok.code;
}
