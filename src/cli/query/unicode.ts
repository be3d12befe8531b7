/** Whether the terminal shows characters beyond ASCII, as far as the locale tells. */
import type { CommandContext } from '../context.ts';

export function hasUnicode(env: CommandContext['env']): boolean {
  // The console of Linux has a font of 256 characters.
  if (env['TERM'] === 'linux' || env['TERM'] === 'dumb') return false;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale);
}
