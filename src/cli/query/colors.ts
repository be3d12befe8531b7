/** Whether output has colours: what the flag says, else what the environment and the terminal say. */
import type { CommandContext, Writer } from '../context.ts';

/** What `--color` can be. */
export const COLOR_CHOICES = ['auto', 'always', 'never'] as const;
export type ColorChoice = (typeof COLOR_CHOICES)[number];

/**
 * Decides. `FORCE_COLOR` counts before `NO_COLOR`, as everywhere in Node; `CLICOLOR_FORCE` and `CLICOLOR=0`
 * (https://bixense.com/clicolors/) are known beside them.
 */
export function hasColors(choice: ColorChoice, writer: Writer, env: CommandContext['env']): boolean {
  if (choice !== 'auto') return choice === 'always';
  const { FORCE_COLOR: force = '', NO_COLOR: no = '', CLICOLOR_FORCE: forceToo = '', CLICOLOR: may } = env;
  if (force !== '') return isOn(force);
  if (no !== '') return false;
  if (forceToo !== '' && forceToo !== '0') return true;
  return may !== '0' && writer.colors;
}

function isOn(value: string): boolean {
  return value !== '0' && value !== 'false';
}
