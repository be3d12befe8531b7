/** The completion script for bash. */
import type { FlagWords, Values, Words } from './words.ts';

/** Writes the script; every word in it is letters, digits and dashes. */
export function bashScript({ commands, flags }: Words): string {
  const names = commands.map(({ name }) => name);
  const cases = commands.map(({ name, flags: own, argument, rest }) =>
    [
      `    ${name})`,
      `      flags=${quote(wordsOf(own))}`,
      ...(argument?.kind === 'words' ? [`      words=${quote(argument.words.join(' '))}`] : []),
      ...(argument?.kind === 'file' || rest ? ['      files=1'] : []),
      '      ;;',
    ].join('\n'),
  );
  const valued = [{ name: '', flags }, ...commands].flatMap((command) =>
    valueCases(command.name, command.flags),
  );
  return `# Completion of logcaster for bash. Load it with: source <(logcaster completion bash)
_logcaster() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local command="" word index flags words="" files=""
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case " ${names.join(' ')} " in
      *" $word "*) command=$word; break ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
${valued.join('\n')}
  esac
  case $command in
${cases.join('\n')}
    *)
      flags=${quote(wordsOf(flags))}
      words=${quote(names.join(' '))}
      ;;
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -n $files ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -o filenames -F _logcaster logcaster
`;
}

/** What follows the flags of a command that take a value. */
function valueCases(command: string, flags: readonly FlagWords[]): string[] {
  return flags.flatMap(({ names, values }) => {
    if (!values) return [];
    const patterns = names.map((name) => `"${command} ${name}"`);
    return [`    ${patterns.join('|')}) ${reply(values)} return ;;`];
  });
}

function reply(values: Values): string {
  if (values.kind === 'words')
    return `COMPREPLY=($(compgen -W ${quote(values.words.join(' '))} -- "$current"));`;
  if (values.kind === 'any') return '';
  return `COMPREPLY=($(compgen ${values.kind === 'file' ? '-f' : '-d'} -- "$current"));`;
}

function wordsOf(flags: readonly FlagWords[]): string {
  return flags.flatMap(({ names }) => names).join(' ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
