/** Declares the commands around the configuration file. */
import type { Command } from 'commander';
import {
  addCollectorFlags,
  configOption,
  examples,
  formatOption,
  logLevelOption,
} from '../command-options.ts';
import type { Execute } from '../context.ts';

export function declareConfigCommands(program: Command, execute: Execute): void {
  addCollectorFlags(
    program
      .command('config')
      .description('print the configuration that `run` would use, as YAML')
      .addOption(configOption())
      .addOption(logLevelOption()),
  )
    .addHelpText(
      'after',
      examples(
        ['logcaster config', 'the file that is found here, else the built-in pipeline'],
        ['logcaster config -P -s 64MiB > logcaster.yaml', 'turn flags into a file to go on from'],
        ['logcaster config -c pipelines.yaml', 'with references replaced, and secrets as ***'],
      ),
    )
    .action((options) =>
      execute(async (context) => (await import('../commands/config.ts')).printConfig(options, context)),
    );

  program
    .command('check')
    .description('check a configuration without opening anything')
    .argument('[file]', 'the configuration; by default the one that is found here')
    .addOption(configOption())
    .option('--deny-warnings', 'take warnings for errors')
    .addOption(formatOption('text', 'json'))
    .addHelpText(
      'after',
      examples(
        ['logcaster check', 'the logcaster.yaml that is found here'],
        ['logcaster check pipelines.yaml --deny-warnings', 'as a gate in CI'],
        ['logcaster check --format json | jq .diagnostics', 'for tools'],
      ),
    )
    .action((file: string | undefined, options) =>
      execute(async (context) => (await import('../commands/check.ts')).check(file, options, context)),
    );

  program
    .command('init')
    .description('write a commented configuration to start from')
    .option('--source <types>', 'where lines come from: one or several types, with commas between')
    .option('--sink <types>', 'where lines go: one or several types, with commas between')
    .option('-o, --output <file>', 'the file to write; - prints it (default: logcaster.yaml)')
    .option('--force', 'overwrite files that are there')
    .addHelpText(
      'after',
      examples(
        ['logcaster init', 'asks on a terminal; else tcp into ring and files'],
        ['logcaster init --source tcp,unix --sink file -o collect.yaml', 'chosen with flags'],
        ['logcaster init --source stdin --sink stdout -o -', 'look at one'],
      ),
    )
    .action((options) =>
      execute(async (context) => (await import('../commands/init.ts')).init(options, context)),
    );

  program
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .addOption(configOption())
    .addHelpText(
      'after',
      examples(
        ['logcaster schema > logcaster.schema.json', 'the file that the starter of `init` points to'],
        ['logcaster schema -c pipelines.yaml', 'with the components of its plugins'],
      ),
    )
    .action((options) =>
      execute(async (context) => (await import('../commands/schema.ts')).printSchema(options, context)),
    );

  program
    .command('graph')
    .description('show how sources, pipelines and sinks hang together')
    .addOption(configOption())
    .addOption(formatOption('tree', 'mermaid', 'dot'))
    .addHelpText(
      'after',
      examples(
        ['logcaster graph', 'as a tree on the terminal'],
        ['logcaster graph --format mermaid', 'for Markdown'],
        ['logcaster graph --format dot | dot -Tsvg > graph.svg', 'as a picture, with Graphviz'],
      ),
    )
    .action((options) =>
      execute(async (context) => (await import('../commands/graph.ts')).printGraph(options, context)),
    );
}
