/** `logcaster completion`: prints a script that completes commands, flags and types of components in a shell. */
import type { Command } from 'commander';
import { builtinRegistry } from '../../collector/builtins.ts';
import type { ComponentKind } from '../../core/component.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { toWords } from '../completion/words.ts';
import { zshScript } from '../completion/zsh.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

export async function printCompletion(
  shell: string,
  program: Command,
  context: CommandContext,
): Promise<number> {
  // Written into the script: a plugin would have to be loaded at each press of the tab key.
  const registry = builtinRegistry();
  const typesOf = (kind: ComponentKind): string[] => registry.list(kind).map(({ type }) => type);
  const types = { source: typesOf('source'), operator: typesOf('operator'), sink: typesOf('sink') };
  const words = toWords(program, types);
  const script =
    shell === 'bash' ? bashScript(words) : shell === 'zsh' ? zshScript(words) : fishScript(words);
  context.out.write(script);
  return EXIT.ok.code;
}
