/** Declares the commands that tell about components, and completion. */
import { Argument, type Command, Option } from 'commander';
import { configOption, examples, formatOption } from '../command-options.ts';
import type { Execute } from '../context.ts';

export function declareComponentCommands(program: Command, execute: Execute): void {
  program
    .command('list')
    .description('list the types of sources, operators and sinks')
    .addArgument(new Argument('[kind]', 'only these').choices(['sources', 'operators', 'sinks']))
    .addOption(configOption())
    .addOption(formatOption('text', 'json'))
    .addHelpText(
      'after',
      examples(
        ['logcaster list', 'everything there is'],
        ['logcaster list sinks -c pipelines.yaml', 'with those of its plugins'],
      ),
    )
    .action((kind: string | undefined, options) =>
      execute(async (context) => (await import('../commands/list.ts')).list(kind, options, context)),
    );

  program
    .command('describe')
    .description('describe a component: its options, its guarantees, examples')
    .argument('<type>', 'its type: tcp')
    .addOption(
      new Option('--kind <kind>', 'where several have the type').choices(['source', 'operator', 'sink']),
    )
    .addOption(configOption())
    .addOption(formatOption('text', 'json', 'markdown'))
    .addHelpText(
      'after',
      examples(
        ['logcaster describe file', 'all about the sink `file`'],
        ['logcaster describe shout -c pipelines.yaml', 'a component of a plugin'],
      ),
    )
    .action((type: string, options) =>
      execute(async (context) => (await import('../commands/describe.ts')).describe(type, options, context)),
    );

  program
    .command('completion')
    .description('print a script that completes commands in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      examples(
        ['source <(logcaster completion bash)', 'in ~/.bashrc'],
        ['logcaster completion zsh > "${fpath[1]}/_logcaster"', 'once; zsh finds it at its next start'],
        ['logcaster completion fish > ~/.config/fish/completions/logcaster.fish', 'once'],
      ),
    )
    .action((shell: string) =>
      execute(async (context) =>
        (await import('../commands/completion.ts')).printCompletion(shell, program, context),
      ),
    );
}
