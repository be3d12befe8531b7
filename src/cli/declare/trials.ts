/** Declares the commands that try out pipelines. */
import type { Command } from 'commander';
import { configOption, examples, formatOption } from '../command-options.ts';
import type { Execute } from '../context.ts';

export function declareTrialCommands(program: Command, execute: Execute): void {
  program
    .command('test')
    .description('run the tests that stand in the configuration')
    .argument('[name]', 'run only tests whose name contains this')
    .addOption(configOption())
    .addOption(formatOption('text', 'json'))
    .addHelpText(
      'after',
      examples(
        ['logcaster test', 'all of them; the exit code is 1 if one fails'],
        ['logcaster test errors -c pipelines.yaml', 'those with "errors" in their name'],
      ),
    )
    .addHelpText('after', TESTS)
    .action((name: string | undefined, options) =>
      execute(async (context) => (await import('../commands/test.ts')).test(name, options, context)),
    );

  program
    .command('explain')
    .description('show what becomes of a line')
    .argument('[line]', 'the line; without it, the lines of standard input')
    .addOption(configOption())
    .option('--pipeline <name>', 'the pipeline that gets the line; by default the only one')
    .option('--source <name>', 'the source that the line comes from')
    .addOption(formatOption('text', 'json'))
    .addHelpText(
      'after',
      examples(
        ["logcaster explain 'GET /health 200'", 'which operator did what, and where it goes'],
        [
          'tail -n 3 app.log | logcaster explain --pipeline errors',
          'several lines, through one of several pipelines',
        ],
      ),
    )
    .action((line: string | undefined, options) =>
      execute(async (context) => (await import('../commands/explain.ts')).explain(line, options, context)),
    );
}

const TESTS = `
A test in a configuration:
  tests:
    - name: errors are kept, the rest is not
      pipeline: main
      input: [ERROR disk full, all is well]
      expect:
        sinks: { ring: [ERROR disk full] }
        filtered: { filter: 1 }
`;
