/** What the README says is true: its commands are run as they are written, its flags exist, its program works. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createProgram } from '../src/cli/program.ts';
import { defaultConfig } from '../src/config/default-config.ts';
import {
  BIN,
  eventually,
  LogcasterProcess,
  PATIENCE,
  temporaryDirectory,
} from './support/logcaster-process.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** The blocks of code in one language, in one section or anywhere. */
function blocks(language: string, section?: string): string[] {
  const text = section === undefined ? README : sectionOf(section);
  return Array.from(text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm))
    .filter(([, name]) => name === language)
    .map(([, , code]) => code!);
}

function sectionOf(title: string): string {
  const [, text] = README.split(`\n## ${title}\n`);
  if (text === undefined) throw new Error(`the README has no section "${title}"`);
  return text.split('\n## ')[0]!;
}

/** Runs a line in a shell in which `nc` is the stand-in; answers what it prints. */
function shell(line: string, cwd: string, ports: Readonly<Record<number, number>> = {}): string {
  const nc = join(cwd, 'nc');
  writeFileSync(nc, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'test/support/nc.ts')}' "$@"\n`);
  chmodSync(nc, 0o755);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    cwd,
    encoding: 'utf8',
    timeout: PATIENCE,
    env: {
      ...process.env,
      PATH: `${cwd}:${process.env['PATH']}`,
      NC_PORTS: Object.entries(ports)
        .map(([from, to]) => `${from}=${to}`)
        .join(' '),
    },
  });
  expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' });
  return stdout;
}

describe('the quick start', () => {
  const commands = blocks('sh', 'Quick start').flatMap((block) => block.trimEnd().split('\n'));

  test('has commands that this test knows', () => {
    expect(commands).toEqual([
      'npm ci && npm start',
      expect.stringMatching(/^echo hello \| nc -N /),
      expect.stringMatching(/^echo 'QUERY keyword=hello' \| nc /),
      'npm ci && npm test',
    ]);
    expect(scripts['test']).toBe('vitest run');
  });

  test('works', async () => {
    // What `npm start` runs, on free ports: those of the README may be taken on this machine.
    const [node, bin, ...args] = scripts['start']!.split(' ');
    expect([node, bin]).toEqual(['node', 'bin/logcaster.ts']);
    expect(join(ROOT, bin!)).toBe(BIN);
    const [first, ...flags] = args;
    expect(first).toBe('run');
    const collector = await LogcasterProcess.start(flags);
    const ports = { 9999: collector.port, 9998: collector.queryPort };

    const [, send, query] = commands;
    expect(shell(send!, collector.cwd, ports)).toBe('');
    await collector.stored(1, 'files');
    expect(shell(query!, collector.cwd, ports)).toBe('FOUND: 1 matches\nhello\n');
    expect(readFileSync(join(collector.cwd, 'logs/current.log'), 'utf8')).toBe('hello\n');

    const { code } = await collector.stop('SIGINT');
    expect(code).toBe(0);
    expect((await collector.entry('stopped: ')).msg).toBe(
      'stopped: 1 line received; ring: 1 stored; files: 1 stored; 0 unaccounted',
    );
  });

  test('is what the collector suggests at its start, too', async () => {
    const collector = await LogcasterProcess.start();
    const suggested = async (word: string): Promise<string> => {
      const { msg } = await collector.entry(`${word}: `);
      return msg.slice(word.length + 2);
    };
    const [, send, query] = commands;
    const ported = (line: string): string =>
      line.replace('9999', String(collector.port)).replace('9998', String(collector.queryPort));
    expect(await suggested('try')).toBe(ported(send!));
    expect(await suggested('then')).toBe(ported(query!));
    shell(await suggested('try'), collector.cwd);
    await eventually(async () => {
      expect(shell(await suggested('then'), collector.cwd)).toBe('FOUND: 1 matches\nhello\n');
    });
  });
});

/** The rows of the table: flags and default. */
function flagRows(): Map<string, string> {
  return new Map(
    Array.from(sectionOf('The command').matchAll(/^\| `(-[^`]*)` \|([^|]*)\|/gm), ([, flags, value]) => [
      flags!,
      value!.trim().replaceAll('`', ''),
    ]),
  );
}

describe('the flags', () => {
  let run: Command;
  beforeAll(() => {
    run = createProgram(() => {}).commands.find((command) => command.name() === 'run')!;
  });

  test('in the table are those of the program, and the other way round', () => {
    const known = run.options.map(({ flags }) => flags.replace(/ [<[].*$/, ''));
    expect([...flagRows().keys()].toSorted()).toEqual(known.toSorted());
  });

  test('have the defaults of the table', () => {
    const { sources, sinks, query } = defaultConfig({ persist: true }) as {
      sources: Record<string, Record<string, unknown>>;
      sinks: Record<string, Record<string, unknown>>;
      query: { host: string; port: number };
    };
    const table = flagRows();
    expect({
      port: table.get('-p, --port'),
      host: table.get('--host'),
      queryPort: table.get('-q, --query-port'),
      queryHost: table.get('--query-host'),
      directory: table.get('-d, --directory'),
      maxSize: `${table.get('-s, --max-size')}MiB`,
      durability: table.get('--durability'),
      ringLines: table.get('--ring-lines'),
      ringBytes: table.get('--ring-bytes'),
    }).toEqual({
      port: String(sources['tcp']!['port']),
      host: sources['tcp']!['host'],
      queryPort: String(query.port),
      queryHost: query.host,
      directory: sinks['files']!['directory'],
      maxSize: sinks['files']!['maxSize'],
      durability: sinks['files']!['durability'],
      ringLines: String(sinks['ring']!['maxLines']),
      ringBytes: sinks['ring']!['maxBytes'],
    });
  });
});

test('the commands that search are run as they are written', async () => {
  const commands = blocks('sh', 'Queries').flatMap((block) => block.trimEnd().split('\n'));
  expect(commands.length).toBeGreaterThan(4);
  const collector = await LogcasterProcess.start(['-P']);
  const { cwd } = collector;
  await collector.sendLines(['hello level=error', 'hello level=info', 'goodbye hello', 'other level=error']);
  await collector.stored(4, 'files');
  await collector.stored(4);
  const bin = join(cwd, 'logcaster');
  writeFileSync(bin, `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`);
  chmodSync(bin, 0o755);
  const env = {
    ...process.env,
    PATH: `${cwd}:${process.env['PATH']}`,
    LOGCASTER_CONNECT: `127.0.0.1:${collector.queryPort}`,
  };
  const last = commands.pop()!;
  const shown = commands.map((line) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
      cwd,
      env,
      encoding: 'utf8',
      timeout: PATIENCE,
    });
    expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' });
    return stdout;
  });
  const [words, newest, files, top, histogram] = shown;
  expect(words).toBe('hello level=error\nhello level=info\n');
  expect(newest).toBe('hello level=error\nother level=error\n');
  expect(files).toBe('hello level=error\nhello level=info\ngoodbye hello\nother level=error\n');
  expect(top).toBe('1\terror\n1\tinfo\n1\t(none)\n');
  expect(histogram).toContain('3 lines, ');

  // It does not end by itself.
  expect(last).toBe('logcaster tail level:error');
  const tail = spawn('sh', ['-c', `exec ${last}`], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void tail.kill('SIGKILL'));
  let text = '';
  tail.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await eventually(() => expect(text).toBe('hello level=error\nother level=error\n'));
});

test('the query commands of the table are answered, and HELP knows them all', async () => {
  const collector = await LogcasterProcess.start();
  const help = await collector.ask('HELP');
  const commands = Array.from(sectionOf('Queries').matchAll(/^\| `([A-Z][^`]*)` \|/gm), ([, name]) => name!);
  expect(commands.map((command) => command.split(/[ :]/)[0])).toEqual([
    'STATS',
    'COUNT',
    'QUERY',
    'LEDGER',
    'HELP',
  ]);
  for (const command of commands) {
    expect(help).toContain(command);
    expect(await collector.ask(command.replace('<text>', 'x'))).not.toContain('ERROR');
  }
});

test('the program in TypeScript runs', () => {
  const [program, ...others] = blocks('ts');
  expect(others).toEqual([]);
  const directory = temporaryDirectory();
  const file = join(directory, 'embed.ts');
  const index = new URL('../src/index.ts', import.meta.url).href;
  expect(program).toContain("from 'logcaster'");
  writeFileSync(file, program!.replace("from 'logcaster'", `from '${index}'`));
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }\n');
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
    cwd: directory,
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^\{ tcp: '127\.0\.0\.1:\d+' \}\n\[\]\n0\n$/);
});
