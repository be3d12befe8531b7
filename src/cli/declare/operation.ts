/** Declares the commands for those who keep a collector running. */
import type { Command } from 'commander';
import { configOption, examples, formatOption } from '../command-options.ts';
import type { Execute } from '../context.ts';

export function declareOperationCommands(program: Command, execute: Execute): void {
  program
    .command('verify')
    .description('check a log directory')
    .argument('<directory>', 'the directory of a sink of the type file or archive')
    .option('--repair', 'move aside what is damaged; nothing is removed or rewritten')
    .option('--max-size <size>', 'the maxSize of the sink, against which sizes are checked: MiB, or 512KiB')
    .addOption(formatOption('text', 'json'))
    .addHelpText(
      'after',
      examples(
        ['logcaster verify ./logs', 'changes nothing, and can be used beside a collector'],
        ['logcaster verify ./logs --repair', 'while no collector uses the directory'],
        ['logcaster verify ./logs --format json | jq .findings', 'for tools'],
      ),
    )
    .action((directory: string, options) =>
      execute(async (context) => (await import('../commands/verify.ts')).verify(directory, options, context)),
    );

  program
    .command('doctor')
    .description('check whether this machine suits a configuration')
    .addOption(configOption())
    .addOption(formatOption('text', 'json'))
    .addHelpText(
      'after',
      examples(
        ['logcaster doctor', 'for the configuration that is found here, else the built-in pipeline'],
        ['logcaster doctor -c pipelines.yaml', 'for your own pipelines'],
        ['logcaster doctor --format json | jq .findings', 'for tools'],
      ),
    )
    .action((options) =>
      execute(async (context) => (await import('../commands/doctor.ts')).doctor(options, context)),
    );
}
