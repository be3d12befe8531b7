/**
 * The commands, their flags and their help. What a command does is loaded when it runs, so that `--help` is quick.
 */
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { LogCasterError } from '../core/errors.ts';
import { escapeLines, escapeText } from '../core/escape.ts';
import { addCollectorFlags, configOption, examples, logLevelOption } from './command-options.ts';
import { type CommandContext, type Execute, processContext } from './context.ts';
import { declareComponentCommands } from './declare/components.ts';
import { declareConfigCommands } from './declare/config.ts';
import { declareOperationCommands } from './declare/operation.ts';
import { declareQueryCommands } from './declare/queries.ts';
import { declareSpillCommands } from './declare/spill.ts';
import { declareTrialCommands } from './declare/trials.ts';
import { EXIT } from './exit-codes.ts';
import { UsageError } from './usage-error.ts';

const { version } = createRequire(import.meta.url)('logcaster/package.json') as { version: string };

/** Builds the program; `onExit` is told the exit code of the command that ran. */
export function createProgram(
  onExit: (code: number) => void,
  context: CommandContext = processContext(),
): Command {
  const execute: Execute = async (run) => {
    let code: number | undefined;
    try {
      code = await run(context);
      onExit(code);
    } catch (error) {
      if (!(error instanceof UsageError || error instanceof LogCasterError)) throw error;
      const hint = error.hint === undefined ? '' : ` (${error.hint})`;
      const text = `${error.message}${hint}`;
      if (error instanceof UsageError) context.err.write(escapeLines(`error: ${text}\n`));
      else context.err.write(escapeLines(`logcaster: ${text} [${error.code}]\n`));
      onExit(error instanceof UsageError ? error.exit : EXIT.failed.code);
    }
    // What interrupts does not wait for whoever reads slowly.
    if (code !== EXIT.interrupted.code && code !== EXIT.terminated.code) await context.flush();
  };

  const program = new Command('logcaster')
    .description(
      'Collects log lines from sockets into memory and rotating files, and answers queries about them.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out.write(text),
      writeErr: (text) => context.err.write(text),
      // One line for one mistake: commander puts its suggestion on a second one.
      outputError: (text, write) =>
        write(`${escapeText(text.trim().replace(/\s*\n\s*/g, ' '))} (see logcaster --help)\n`),
    })
    .showSuggestionAfterError()
    .enablePositionalOptions();

  const run = declareRun(program, execute);
  declareQueryCommands(program, execute);
  declareConfigCommands(program, execute);
  declareTrialCommands(program, execute);
  declareOperationCommands(program, execute);
  declareSpillCommands(program, execute);
  declareComponentCommands(program, execute);

  program.addHelpText('after', () => `\nOptions of run, the default command:\n${optionsOf(run)}`);
  return program;
}

function declareRun(program: Command, execute: Execute): Command {
  const run = program
    .command('run', { isDefault: true })
    .description('collect (the default command)')
    .addOption(configOption())
    .option('--watch', 'reload the configuration file when it changes, as on SIGHUP')
    .addOption(logLevelOption())
    .allowExcessArguments();
  return addCollectorFlags(run)
    .addHelpText(
      'after',
      examples(
        ['logcaster', 'lines from port 9999 into memory; queries on port 9998'],
        ['logcaster -P -d /var/log/app -s 64MiB', 'keep them in rotating files too'],
        ['logcaster run -c pipelines.yaml --watch', 'run your own pipelines'],
        ["echo hello | nc -N 127.0.0.1 9999; echo 'QUERY keyword=hello' | nc 127.0.0.1 9998", 'try it'],
      ),
    )
    .action(async (options, command: Command) => {
      const [word] = command.args;
      if (word !== undefined) return refuseWord(word, program, command);
      return execute(async () => (await import('./commands/run.ts')).run(options));
    });
}

/** A word where `run` takes none is most likely the name of another command. */
async function refuseWord(word: string, program: Command, run: Command): Promise<never> {
  const { suggest } = await import('../config/suggest.ts');
  const names = program.commands.map((command) => command.name());
  const meant = suggest(word, names);
  const isFile = /\.(?:ya?ml|json|[cm]?[jt]s)$/.test(word);
  const hint = isFile
    ? `(Did you mean -c ${word}?)`
    : `(${meant === undefined ? `There is ${names.join(', ')}` : `Did you mean ${meant}?`})`;
  return run.error(`error: unknown command '${word}' ${hint}`);
}

/** The options of a command, as its help shows them. */
function optionsOf(command: Command): string {
  const help = command.createHelp();
  const width = help.longestOptionTermLength(command, help);
  return command.options
    .map((option) => help.formatItem(help.optionTerm(option), width, help.optionDescription(option), help))
    .join('\n');
}
