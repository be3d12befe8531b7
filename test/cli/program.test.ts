import { describe, expect, test } from 'vitest';
import { processContext, type Writer } from '../../src/cli/context.ts';
import { createProgram } from '../../src/cli/program.ts';
import { runCli } from './run-cli.ts';

const names = createProgram(() => {}).commands.map((command) => command.name());

test('there are all commands', () => {
  expect(names).toEqual([
    'run',
    'query',
    'tail',
    'config',
    'check',
    'init',
    'schema',
    'graph',
    'test',
    'explain',
    'verify',
    'doctor',
    'spill',
    'list',
    'describe',
    'completion',
  ]);
});

describe.each(names)('%s --help', (name) => {
  test('has examples, and tells about every flag', async () => {
    const { code, out, err } = await runCli([name, '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/\nExamples:\n {2}# .+\n {2}\$ .*logcaster/);
    const command = createProgram(() => {}).commands.find((each) => each.name() === name)!;
    const shown = command.options.filter(({ hidden }) => !hidden);
    for (const { description } of shown) expect(description).not.toBe('');
  });
});

describe('slips', () => {
  test.each([
    [['chekc'], "error: unknown command 'chekc' (Did you mean check?) (see logcaster --help)\n"],
    [
      ['config.yaml'],
      "error: unknown command 'config.yaml' (Did you mean -c config.yaml?) (see logcaster --help)\n",
    ],
    [['--prot', '1'], "error: unknown option '--prot' (Did you mean --port?) (see logcaster --help)\n"],
    [
      ['check', '--deny-warning'],
      "error: unknown option '--deny-warning' (Did you mean --deny-warnings?) (see logcaster --help)\n",
    ],
    [
      ['graph', 'a'],
      "error: too many arguments for 'graph'. Expected 0 arguments but got 1: a. (see logcaster --help)\n",
    ],
    [['-p', '70000'], expect.stringContaining('A port is a number from 0 to 65535.')],
    [['zzzzzzz'], expect.stringMatching(/There is run, query, tail, config, check/)],
  ])('%j: one line with a hint, code 2', async (argv, expected) => {
    const { code, out, err } = await runCli(argv);
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: expected });
    expect(err.trimEnd()).not.toContain('\n');
  });
});

test('a fault of the program is thrown, not hidden', async () => {
  const out: Writer = {
    write() {
      throw new TypeError('a fault');
    },
    ready: async () => true,
    isTerminal: false,
    colors: false,
  };
  const program = createProgram(() => {}, { ...processContext(), out });
  await expect(program.parseAsync(['completion', 'bash'], { from: 'user' })).rejects.toThrow('a fault');
});
