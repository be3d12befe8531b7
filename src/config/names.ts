/** Names of sources, pipelines, operators and sinks. */
import type { Report } from './diagnostics.ts';
import type { Path } from './path.ts';
import { printable } from './printable.ts';

/** What can be a name: a letter, then letters, digits, `-` and `_`, 64 at most. */
export const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Reports a key that is no name. */
export function checkName(name: string, path: Path, report: Report): boolean {
  if (NAME.test(name)) return true;
  report.error('LC_CONFIG_NAME_INVALID', {
    message: `\`${printable(name)}\` cannot be a name`,
    path,
    at: 'key',
  });
  return false;
}
