/** Declares the commands that ask for lines. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { configOption, examples } from '../command-options.ts';
import type { Execute } from '../context.ts';

export function declareQueryCommands(program: Command, execute: Execute): void {
  declareQuery(program, execute);
  declareTail(program, execute);
}

function declareQuery(program: Command, execute: Execute): void {
  const command = program
    .command('query')
    .description('search a collector that runs, or files')
    .argument(
      '[expression]',
      'what lines must match: words, field:value, /regex/, AND, OR, NOT; docs/search.md',
    )
    .argument('[files...]', 'files, directories, or - for standard input; without any, a collector is asked')
    // -h is that of grep.
    .helpOption('--help', 'display help for command')
    .option('-e, --expression <expression>', 'the same as a flag; several are alternatives', collect)
    .option('-v, --invert-match', 'lines that do not match');
  addConnectOptions(command)
    .addOption(
      new Option('--from <place>', 'where a collector looks: in memory, in its files, or both').choices([
        'ring',
        'files',
        'all',
      ]),
    )
    .option('--since <time>', 'received at this time or later: 5m (ago), or 2026-01-31T12:00:00Z')
    .option('--until <time>', 'received before this time')
    .option('-n, --last <lines>', 'at most so many lines, the newest; with --top so many values', toCount)
    .option('-m, --max-count <lines>', 'at most so many lines, the first ones', toCount)
    .option('--reverse', 'the newest first')
    .option('-A, --after-context <lines>', 'so many lines behind each match, too', toNumber)
    .option('-B, --before-context <lines>', 'so many lines before each match, too', toNumber)
    .option('-C, --context <lines>', 'so many lines around each match, too', toNumber)
    .option('-o, --only-matching', 'only what matches, each on a line of its own')
    .option('--count', 'how many lines there are')
    .option('--count-by <key>', 'how many lines by a field, by @source, @peer or by time(1m)')
    .option('--top <field>', 'the most frequent values of a field')
    .option('--histogram', 'when lines came, as a picture')
    .option('-q, --quiet', 'nothing but the exit code; ends at the first match');
  addShowOptions(command)
    .option('-H, --with-filename', 'name the file, or the source, before each line')
    .option('-h, --no-filename', 'never name the file before a line')
    .option('-r, --recursive', 'search directories below directories, too');
  refuseNeedless(command);
  command
    .addHelpText(
      'after',
      examples(
        [
          "logcaster query 'timeout AND status:>=500'",
          'lines in the memory of the collector on 127.0.0.1:9998',
        ],
        ["logcaster query 'level:error' --from all --since 2h -n 20", 'the newest 20, in its files, too'],
        ['logcaster query refused ./logs -C 2', 'a log directory, in the order in which it was written'],
        ["zcat old.gz | logcaster query '/user-[0-9]+/' - --fields @line", 'standard input'],
        ["logcaster query 'level:error' --top service", 'which service has most errors'],
        ["logcaster query 'level:error' --since 1d --histogram", 'and when'],
        ["logcaster query 'level:error' --json | jq -r .message", 'for tools'],
      ),
    )
    .addHelpText('after', EXIT_CODES)
    .action((expression: string | undefined, files: string[], options) => {
      if (expression === undefined && options.expression === undefined) {
        if (!options.filename) return command.help();
        return command.error(`error: no expression is given (logcaster query error; '' is every line)`);
      }
      return execute(async (context) =>
        (await import('../commands/query.ts')).query(expression, files, options, context),
      );
    });
}

/** Flags of grep that the language makes needless: what is to be written in their place. */
const NEEDLESS: Readonly<Record<string, string>> = {
  i: "upper and lower case are the same in '/error/i'",
  E: "a regular expression is '/a|b/'",
  P: "a regular expression is '/a|b/'",
  F: 'a text that is taken as it is stands in quotes: \'"a text"\'',
  w: "a whole word is '/\\bword\\b/'",
  x: "a whole line is '/^line$/'",
  l: "the names of files are in 'query … --json | jq -r .file | uniq'",
};

function refuseNeedless(command: Command): void {
  for (const [letter, instead] of Object.entries(NEEDLESS)) {
    command.addOption(new Option(`-${letter}`).hideHelp());
    command.on(`option:${letter}`, () => command.error(`error: there is no -${letter} here: ${instead}`));
  }
}

function declareTail(program: Command, execute: Execute): void {
  const command = program
    .command('tail')
    .description('show lines of a collector as they come')
    .argument('[expression]', 'what lines must match; without it, every line is shown')
    .option('-v, --invert-match', 'lines that do not match');
  addConnectOptions(command)
    .option('-n, --last <lines>', 'first so many lines that are there already (default: 10)', toNumber)
    .option('--since <time>', 'first what was received since then: 5m (ago), or 2026-01-31T12:00:00Z')
    .option('--no-reconnect', 'end when the collector does; otherwise it is asked again until it answers');
  addShowOptions(command)
    .option('-H, --with-source', 'name the source before each line, also where there is no terminal')
    .option('--no-source', 'never name the source before a line')
    .addHelpText(
      'after',
      examples(
        ['logcaster tail', 'everything that comes'],
        ["logcaster tail 'level:>=warn -healthcheck' --since 5m", 'what is wrong, and what was'],
        ["logcaster tail 'status:>=500' --json | jq .message", 'for tools'],
      ),
    )
    .action((expression: string | undefined, options) =>
      execute(async (context) => (await import('../commands/tail.ts')).tail(expression, options, context)),
    );
}

function addConnectOptions(command: Command): Command {
  return command
    .option(
      '--connect <address>',
      'the collector: host:port of its query port, or http://host:port (default: 127.0.0.1:9998)',
    )
    .addOption(configOption())
    .option('--token-file <file>', 'a file with the token for HTTP; or set LOGCASTER_TOKEN');
}

function addShowOptions(command: Command): Command {
  return command
    .option('--json', 'an object a line')
    .option(
      '--fields <names>',
      'only these fields, with tabs between: a,b.c; also @time, @source, @peer, @file, @line',
      toNames,
    )
    .option('-t, --timestamps', 'when each line was received')
    .addOption(
      new Option('--color <when>', 'colours and highlighted matches')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    );
}

const EXIT_CODES = `
Exit codes: 0 lines were found, 1 none were, 2 something went wrong.
`;

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function toNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('Write names with commas between: level,status.');
  return names;
}

function toNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError('It is how many lines: a whole number.');
  }
  return number;
}

function toCount(text: string): number {
  const number = toNumber(text);
  if (number === 0) throw new InvalidArgumentError('It is how many lines: a whole number from 1 on.');
  return number;
}
