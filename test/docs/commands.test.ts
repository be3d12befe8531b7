/**
 * Every command of the documentation and of the help texts exists, with the flags and arguments that it is given: `logcaster …`
 * is parsed by the program itself, which then does nothing; `npm run …` names a script.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import type { CommandContext, Writer } from '../../src/cli/context.ts';
import { createProgram } from '../../src/cli/program.ts';
import { codeBlocks, inlineCode, markdownFiles, ROOT, readDocument } from '../support/markdown.ts';
import { logcasterArguments, shellCommands } from './shell-commands.ts';

interface Written {
  readonly place: string;
  readonly text: string;
}

/** Commands of npm itself. */
const NPM_COMMANDS = ['ci', 'install', 'init', 'pack', 'pkg', 'publish'];

const written: Written[] = markdownFiles().flatMap((document) => [
  ...codeBlocks(document)
    .filter(({ language }) => ['sh', 'bash', 'shell', 'console'].includes(language))
    .map(({ text, line }) => ({ place: `${document}:${line}`, text })),
  ...inlineCode(readDocument(document))
    // Optional words, and ways to say that something may follow.
    .map((text) => text.replaceAll(/\[[^\]]*\]|…|\.\.\./g, ''))
    .filter((text) => /^(?:npx )?(?:logcaster|npm|node) /.test(`${text} `))
    .map((text) => ({ place: document, text })),
]);

const helpTexts: Written[] = allCommands(makeProgram().program).flatMap((name) =>
  helpOf(name)
    .split('\n')
    .filter((row) => row.startsWith('  $ '))
    .map((row) => ({ place: `${name} --help`, text: row.slice(4) })),
);

const commands = [...written, ...helpTexts].flatMap(({ place, text }) =>
  shellCommands(text).map((words) => ({ place, command: words.join(' '), words })),
);

const calls = commands.flatMap(({ words, ...rest }) => {
  const args = logcasterArguments(words);
  return args === undefined ? [] : [{ ...rest, args }];
});

const scripts = commands.filter(({ words }) => words[0] === 'npm');

test('there are commands to look at', () => {
  expect(calls.length).toBeGreaterThan(30);
  expect(scripts.length).toBeGreaterThan(5);
});

test.each(calls)('$place: $command', async ({ args }) => {
  const { program, errors } = makeProgram();
  const leftOver = new Promise<readonly string[]>((resolve) => {
    for (const command of program.commands.flatMap((each) => [each, ...each.commands]))
      command.action(() => resolve(command.args.slice(command.registeredArguments.length)));
    if (args.some((arg) => ['--help', '-h', '--version', '-V'].includes(arg))) resolve([]);
  });
  const failure = await program.parseAsync(args, { from: 'user' }).then(
    () => undefined,
    (error: unknown) => ((error as { exitCode?: number }).exitCode === 0 ? undefined : error),
  );
  expect(errors.join('')).toBe('');
  expect(failure).toBeUndefined();
  // `run` takes any word, to say what may be meant by it.
  expect(await leftOver).toEqual([]);
});

test.each(scripts)('$place: $command', ({ words }) => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  const [, command, script] = words.filter((word) => !word.startsWith('-'));
  const known = [...NPM_COMMANDS, ...Object.keys(manifest.scripts)];
  expect(known).toContain(command === 'run' ? script : command);
});

function toWriter(texts: string[]): Writer {
  return {
    write: (text) => void texts.push(String(text)),
    ready: async () => true,
    isTerminal: false,
    colors: false,
  };
}

/** The program, which writes to nobody and does nothing. */
function makeProgram(): { readonly program: Command; readonly output: string[]; readonly errors: string[] } {
  const output: string[] = [];
  const errors: string[] = [];
  const context: CommandContext = {
    out: toWriter(output),
    err: toWriter(errors),
    input: () => process.stdin,
    cwd: ROOT,
    env: {},
    flush: () => Promise.resolve(),
  };
  return { program: createProgram(() => {}, context), output, errors };
}

function allCommands(program: Command): string[] {
  return program.commands.map((command) => command.name());
}

function helpOf(name: string): string {
  const { program, output } = makeProgram();
  program.commands.find((command) => command.name() === name)!.outputHelp();
  return output.join('');
}
