/** What can be completed, as data: taken from the program itself, so that it is never out of date. */
import type { Command, Option } from 'commander';

/** What the value of an option or an argument can be. */
export type Values =
  | { readonly kind: 'any' | 'file' | 'directory' }
  | { readonly kind: 'words'; readonly words: readonly string[] };

/** A flag. */
export interface FlagWords {
  /** `--config`, `-c`. */
  readonly names: readonly string[];
  readonly description: string;
  /** Absent: it takes no value. */
  readonly values?: Values;
}

/** A command. */
export interface CommandWords {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly FlagWords[];
  /** What its first argument can be; absent: it takes none. */
  readonly argument?: Values;
  /** What all further arguments can be; absent: there are none. */
  readonly rest?: Values;
}

/** Everything that can be completed. */
export interface Words {
  readonly commands: readonly CommandWords[];
  /** The flags that can stand before a command: those of `run`, and those of the program. */
  readonly flags: readonly FlagWords[];
}

/** The types of components. */
export interface Types {
  readonly source: readonly string[];
  readonly operator: readonly string[];
  readonly sink: readonly string[];
}

/** Takes the words from the program. */
export function toWords(program: Command, types: Types): Words {
  const commands = program.commands.map((command): CommandWords => {
    const [argument, rest] = command.registeredArguments;
    const name = command.name();
    // A command of commands takes their names; their flags are those of all of them.
    const inner = command.commands.map((each) => each.name());
    const options = new Map(
      [command, ...command.commands].flatMap((each) => each.options.map((option) => [option.long, option])),
    );
    const flags = [...options.values()].map((option) => toFlag(name, option, types));
    // Where -h is a flag of the command itself.
    const help = flags.some(({ names }) => names.includes('-h')) ? { ...HELP, names: ['--help'] } : HELP;
    return {
      name,
      description: command.description(),
      flags: [...flags, help],
      ...(inner.length > 0 && { argument: { kind: 'words', words: inner } }),
      ...(argument && { argument: argumentValues(name, argument.argChoices, argument.name(), types) }),
      ...(rest?.variadic && { rest: { kind: 'file' } }),
    };
  });
  const names = program.commands.map((command) => command.name());
  const help: CommandWords = {
    name: 'help',
    description: 'display help for command',
    flags: [],
    argument: { kind: 'words', words: names },
  };
  const run = commands.find(({ name }) => name === 'run');
  const own = program.options.map((option) => toFlag('', option, types));
  return { commands: [...commands, help], flags: [...own, ...(run?.flags ?? [])] };
}

const HELP: FlagWords = { names: ['-h', '--help'], description: 'display help for command' };

function toFlag(command: string, option: Option, types: Types): FlagWords {
  const names = [option.short, option.long].filter(
    (name): name is string => name !== undefined && name !== null,
  );
  const takesValue = option.required || option.optional;
  return {
    names,
    description: option.description,
    ...(takesValue && { values: flagValues(command, option, types) }),
  };
}

function flagValues(command: string, { argChoices, long }: Option, types: Types): Values {
  if (argChoices) return { kind: 'words', words: argChoices };
  if (long === '--config' || long === '--output' || long === '--token-file') return { kind: 'file' };
  if (long === '--directory') return { kind: 'directory' };
  if (command === 'init' && long === '--source') return { kind: 'words', words: types.source };
  if (command === 'init' && long === '--sink') return { kind: 'words', words: types.sink };
  if (long === '--durability') return { kind: 'words', words: ['none', 'interval', 'always'] };
  return { kind: 'any' };
}

function argumentValues(
  command: string,
  choices: readonly string[] | undefined,
  name: string,
  types: Types,
): Values {
  if (choices) return { kind: 'words', words: choices };
  if (name === 'file' || name === 'directory') return { kind: name };
  if (command !== 'describe') return { kind: 'any' };
  return { kind: 'words', words: [...new Set([...types.source, ...types.operator, ...types.sink])] };
}
