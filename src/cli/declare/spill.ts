/** Declares the commands about queues on disk. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { examples } from '../command-options.ts';
import type { Execute } from '../context.ts';

export function declareSpillCommands(program: Command, execute: Execute): void {
  const spill = program
    .command('spill')
    .description('look into queues on disk, and empty them')
    .addHelpText(
      'after',
      examples(
        ['logcaster spill ls', 'what waits in the directories in ./spill'],
        ['logcaster spill show ./spill/out | tail', 'the newest lines that wait'],
        ['logcaster spill drain ./spill/out -o lines.log', 'of a sink that is not used any more'],
      ),
    );

  spill
    .command('ls')
    .description('say how many lines wait, and how much room they take')
    .argument('[directories...]', 'directories of spills, or what they are in (default: ./spill)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(['logcaster spill ls', 'all that are in ./spill; also beside a collector']),
    )
    .action((directories: string[], options) =>
      execute(async (context) =>
        (await import('../commands/spill.ts')).spillLs(directories, options, context),
      ),
    );

  spill
    .command('show')
    .description('print the lines that wait, oldest first')
    .argument('[directory]', 'the directory of a spill (default: the only one in ./spill)')
    .option('-n, --lines <lines>', 'the most lines', toCount)
    .addOption(jsonOption('with their origin, time and fields, as JSON lines'))
    .addHelpText(
      'after',
      examples(
        ['logcaster spill show -n 20', 'the 20 oldest lines; also beside a collector'],
        ['logcaster spill show ./spill/out --json | jq .source', 'where they came from'],
      ),
    )
    .action((directory: string | undefined, options) =>
      execute(async (context) =>
        (await import('../commands/spill.ts')).spillShow(directory, options, context),
      ),
    );

  spill
    .command('drain')
    .description('write out the lines that wait, then remove them')
    .argument('[directory]', 'the directory of a spill (default: the only one in ./spill)')
    .option('-o, --output <file>', 'a new file; standard output by default')
    .addOption(jsonOption('with their origin, time and fields, as JSON lines'))
    .addHelpText(
      'after',
      examples(
        ['logcaster spill drain ./spill/out -o lines.log', 'while no collector uses it'],
        ['logcaster spill drain ./spill/out | nc -N 127.0.0.1 9999', 'into another collector'],
      ),
    )
    .action((directory: string | undefined, options) =>
      execute(async (context) =>
        (await import('../commands/spill.ts')).spillDrain(directory, options, context),
      ),
    );

  spill
    .command('verify')
    .description('check every frame, and say what is damaged')
    .argument('[directories...]', 'directories of spills, or what they are in (default: ./spill)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(['logcaster spill verify', 'changes nothing, and can be used beside a collector']),
    )
    .action((directories: string[], options) =>
      execute(async (context) =>
        (await import('../commands/spill.ts')).spillVerify(directories, options, context),
      ),
    );
}

function jsonOption(description = 'for tools'): Option {
  return new Option('--json', description);
}

function toCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  }
  return count;
}
