/** The completion script for zsh. */
import type { CommandWords, FlagWords, Values, Words } from './words.ts';

/** Writes the script. */
export function zshScript({ commands, flags }: Words): string {
  const names = commands.map(
    ({ name, description }) => `    ${quote(`${name}:${description.replaceAll(':', '\\:')}`)}`,
  );
  return `#compdef logcaster
# Completion of logcaster for zsh. Put it into a directory of $fpath, as _logcaster.
_logcaster() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  local -a commands
  commands=(
${names.join('\n')}
  )
  _arguments -C \\
    ${[...flags.map(flagSpec), `'1:command:->command'`, `'*::argument:->arguments'`].join(' \\\n    ')}
  case $state in
    command) _describe -t commands command commands ;;
    arguments)
      case $words[1] in
${commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _logcaster "$@"
else
  compdef _logcaster logcaster
fi
`;
}

const CONTINUE = ' \\\n          ';

function commandCase({ name, flags, argument, rest }: CommandWords): string {
  const specs = [
    ...flags.map(flagSpec),
    ...(argument ? [quote(`1:${name}:${action(argument)}`)] : []),
    ...(rest ? [quote(`*:file:${action(rest)}`)] : []),
  ];
  return `        ${name}) _arguments ${specs.length > 0 ? specs.join(CONTINUE) : "''"} ;;`;
}

function flagSpec({ names, description, values }: FlagWords): string {
  const about = `[${description.replaceAll(/[[\]\\]/g, '\\$&')}]`;
  const value = values ? `:value:${action(values)}` : '';
  const rest = quote(`${about}${value}`);
  if (names.length === 1) return quote(names[0]!) + rest;
  return `${quote(`(${names.join(' ')})`)}{${names.join(',')}}${rest}`;
}

function action(values: Values): string {
  if (values.kind === 'words') return `(${values.words.join(' ')})`;
  if (values.kind === 'file') return '_files';
  return values.kind === 'directory' ? '_files -/' : ' ';
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
