/**
 * The commands, their flags and their help. What a command does is loaded when it runs, so that `--help` is quick.
 */
import { createRequire } from 'node:module';
import { Command, InvalidArgumentError, Option } from 'commander';

const { version } = createRequire(import.meta.url)('logcaster/package.json') as { version: string };

/** Flags of the pipeline that runs without a configuration file. */
export interface CollectorFlags {
  readonly port?: number;
  readonly queryPort?: number;
  readonly persist?: boolean;
  readonly directory?: string;
  readonly maxSize?: string;
  readonly host?: string;
  readonly queryHost?: string;
  readonly ringLines?: number;
  readonly ringBytes?: string;
  readonly durability?: string;
}

/** Builds the program; `onExit` is told the exit code of the command that ran. */
export function createProgram(onExit: (code: number) => void): Command {
  const program = new Command('logcaster')
    .description(
      'Collects log lines from sockets into memory and rotating files, and answers queries about them.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      // One line for one mistake: commander puts its suggestion on a second one.
      outputError: (text, write) =>
        write(`${text.trim().replace(/\s*\n\s*/g, ' ')} (see logcaster --help)\n`),
    })
    .showSuggestionAfterError()
    .enablePositionalOptions();

  const run = program
    .command('run', { isDefault: true })
    .description('collect (the default command)')
    .addOption(configOption())
    .option('--watch', 'reload the configuration file when it changes, as on SIGHUP')
    .addOption(logLevelOption());
  addCollectorFlags(run)
    .addHelpText(
      'after',
      examples(
        ['logcaster', 'lines from port 9999 into memory; queries on port 9998'],
        ['logcaster -P -d /var/log/app -s 64MiB', 'keep them in rotating files too'],
        ['logcaster run -c pipelines.yaml --watch', 'run your own pipelines'],
        ["echo hello | nc -N 127.0.0.1 9999; echo 'QUERY keyword=hello' | nc 127.0.0.1 9998", 'try it'],
      ),
    )
    .action(async (options) => onExit(await (await import('./commands/run.ts')).run(options)));

  program.addHelpText('after', () => `\nOptions of run, the default command:\n${optionsOf(run)}`);
  return program;
}

/** The options of a command, as its help shows them. */
function optionsOf(command: Command): string {
  const help = command.createHelp();
  const width = help.longestOptionTermLength(command, help);
  return command.options
    .map((option) => help.formatItem(help.optionTerm(option), width, help.optionDescription(option), help))
    .join('\n');
}

/** Examples for the end of a help text: a command and what it does. */
function examples(...rows: readonly (readonly [command: string, purpose: string])[]): string {
  return `\nExamples:\n${rows.map(([command, purpose]) => `  # ${purpose}\n  $ ${command}\n`).join('')}`;
}

function configOption(): Option {
  return new Option('-c, --config <file>', 'the configuration: YAML, JSON, TypeScript or JavaScript');
}

function logLevelOption(): Option {
  return new Option(
    '--log-level <level>',
    'the least important entries of its own log that are shown',
  ).choices(['debug', 'info', 'warn', 'error', 'silent']);
}

function addCollectorFlags(command: Command): Command {
  return command
    .option('-p, --port <port>', 'the port for log lines (default: 9999)', toPort)
    .option('--host <host>', 'the address for log lines (default: 127.0.0.1)')
    .option('-q, --query-port <port>', 'the port for queries (default: 9998)', toPort)
    .option('--query-host <host>', 'the address for queries (default: 127.0.0.1)')
    .option('-P, --persist', 'keep lines in rotating files')
    .option('-d, --directory <directory>', 'the directory of the files (default: ./logs)')
    .option('-s, --max-size <size>', 'the greatest size of a file: MiB, or 512KiB, 1.5GiB (default: 10)')
    .option('--durability <mode>', 'when files are synced: none, interval or always (default: interval)')
    .option('--ring-lines <lines>', 'lines kept in memory (default: 10000)', toCount)
    .option('--ring-bytes <size>', 'bytes kept in memory (default: 64MiB)');
}

function toPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

function toCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  }
  return count;
}
