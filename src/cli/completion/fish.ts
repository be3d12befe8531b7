/** The completion script for fish. */
import type { FlagWords, Values, Words } from './words.ts';

/** Writes the script. */
export function fishScript({ commands, flags }: Words): string {
  const names = commands.map(({ name }) => name).join(' ');
  const before = `not __fish_seen_subcommand_from ${names}`;
  const lines = [
    '# Completion of logcaster for fish. Put it into ~/.config/fish/completions/logcaster.fish',
    'complete -c logcaster -f',
    ...commands.map(
      ({ name, description }) =>
        `complete -c logcaster -n ${quote(before)} -a ${name} -d ${quote(description)}`,
    ),
    ...flags.map((flag) => flagLine(before, flag)),
  ];
  for (const { name, flags: own, argument, rest } of commands) {
    const seen = `__fish_seen_subcommand_from ${name}`;
    lines.push(...own.map((flag) => flagLine(seen, flag)));
    if (argument?.kind === 'words') {
      lines.push(`complete -c logcaster -n ${quote(seen)} -a ${quote(argument.words.join(' '))}`);
    } else if (argument?.kind === 'file' || rest) lines.push(`complete -c logcaster -n ${quote(seen)} -F`);
  }
  return `${lines.join('\n')}\n`;
}

function flagLine(condition: string, { names, description, values }: FlagWords): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return `complete -c logcaster -n ${quote(condition)} ${flags.join(' ')} -d ${quote(description)}${valuesOf(values)}`;
}

function valuesOf(values: Values | undefined): string {
  if (!values) return '';
  if (values.kind === 'words') return ` -x -a ${quote(values.words.join(' '))}`;
  if (values.kind === 'any') return ' -x';
  return values.kind === 'file' ? ' -r -F' : ` -x -a ${quote('(__fish_complete_directories)')}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
