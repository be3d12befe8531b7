/**
 * What is shown on a terminal is escaped, wherever it comes from: names, values and paths in configurations, arguments, lines, the names
 * and the content of files, errors of the system and of plugins.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { escapeText } from '../../src/core/escape.ts';
import { BIN, CommandProcess, eventually } from '../support/logcaster-process.ts';
import { folder, runCli } from './run-cli.ts';

/** It clears the screen, sets the title, and turns the reading direction; as C0, C1 and Unicode. */
const EVIL = '\u001b[2J\u001b]0;evil\u0007\u009b31m\u202e';
const IN_YAML = '\\e[2J\\e]0;evil\\a\\x9b31m\\u202e';

// oxlint-disable-next-line no-control-regex -- what a terminal would obey
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const CONFIGS: Readonly<Record<string, string>> = {
  'evil.yaml': `
sources: { "in${IN_YAML}": { type: tcp, port: 0, "host${IN_YAML}": 1 } }
pipelines: { "main${IN_YAML}": { from: "nowhere${IN_YAML}", through: [{ type: "odd${IN_YAML}" }], to: "out${IN_YAML}" } }
sinks: { "out${IN_YAML}": { type: file, directory: "./logs${IN_YAML}", maxSize: "${IN_YAML}", durability: "${IN_YAML}" } }
"section${IN_YAML}": 1
`,
  'values.yaml': `
sources: { in: { type: unix, path: "./in${IN_YAML}" } }
pipelines:
  main:
    from: in
    through:
      - { type: filter, name: "name${IN_YAML}", word: "word${IN_YAML}" }
      - { type: set, fields: { "field${IN_YAML}": "value${IN_YAML}" } }
    to: out
sinks: { out: { type: file, directory: "./logs${IN_YAML}" } }
tests:
  "a test${IN_YAML}":
    pipeline: main
    input: ["line${IN_YAML}", "another"]
    output: ["expected${IN_YAML}"]
`,
  'plugin.yaml': 'plugins: [./evil.js]\n',
  'evil.js': `throw new Error(${JSON.stringify(EVIL)});\n`,
  'syntax.yaml': `a: [ "\u202e\n`,
};

/** A folder with all that is evil. */
async function evilFolder(): Promise<string> {
  const cwd = await folder(CONFIGS);
  const logs = join(cwd, 'logs');
  mkdirSync(logs);
  for (const name of [
    'current.log',
    `log-20260101-000000-000001.log${EVIL}`,
    `other${EVIL}`,
    'log-20260101-000000-000002.log',
  ])
    writeFileSync(join(logs, name), `a line${EVIL}\nhalf a line${EVIL}`);
  writeFileSync(join(logs, '.logcaster.json'), `{"format":"${EVIL}"`);
  mkdirSync(join(cwd, `dir${EVIL}`));
  return cwd;
}

const configs = ['evil.yaml', 'values.yaml', 'plugin.yaml', 'syntax.yaml', `missing${EVIL}.yaml`];

const commands: readonly (readonly string[])[] = [
  ...configs.flatMap((config) =>
    ['check', 'config', 'graph', 'test', 'explain', 'doctor', 'list', 'describe file'].map((command) => [
      ...command.split(' '),
      '-c',
      config,
    ]),
  ),
  ['graph', '-c', 'values.yaml', '--format', 'dot'],
  ['graph', '-c', 'values.yaml', '--format', 'mermaid'],
  ['explain', '-c', 'values.yaml', `a line${EVIL}`],
  ['verify', 'logs'],
  ['verify', `missing${EVIL}`],
  ['verify', `dir${EVIL}`],
  ['describe', `what${EVIL}`],
  [`command${EVIL}`],
  ['run', `--flag${EVIL}`],
  ['run', '--port', `x${EVIL}`],
  ['completion', `shell${EVIL}`],
  ['init', `file${EVIL}/x.yaml`],
  ['query', `a${EVIL} (`],
  ['query', 'a', `missing${EVIL}`],
  ['query', 'a', '--since', `x${EVIL}`],
  ['query', 'a', '--connect', `x:${EVIL}`],
  ['query', 'a', '--token-file', `x${EVIL}`],
  ['query', 'line', '-', '--fields', '@line'],
  ['query', 'line', '-', '--json'],
  ['query', 'line', '-', '--json', '--fields', '@line'],
  ['tail', `a${EVIL} (`],
  ['tail', '--connect', `http://x${EVIL}`],
];

test.each(commands.map((argv) => [escapeText(argv.join(' ')), argv] as const))(
  '%s shows no control character of a terminal',
  async (_, argv) => {
    const cwd = await evilFolder();
    const { out, err } = await runCli(argv, { cwd, terminal: true, input: `a line${EVIL}\n` });
    expect(`${out}${err}`).not.toBe('');
    expect(out).not.toMatch(CONTROLS);
    expect(err).not.toMatch(CONTROLS);
  },
);

test.each([
  ['-c', 'evil.yaml'],
  ['-c', 'plugin.yaml'],
  ['-c', `missing${EVIL}.yaml`],
  ['-P', '--max-size', `x${EVIL}`],
  ['-p', '0', '-q', '0', '--host', `host${EVIL}`],
  ['-p', '0', '-q', '0', '-P', '-d', `evil.yaml/${EVIL}`],
])('run %s %s shows none either', async (...args) => {
  const { stdout, stderr, code } = await new CommandProcess(['run', ...args], { cwd: await evilFolder() })
    .exited;
  expect(code).not.toBe(0);
  expect(stderr).not.toBe('');
  expect(`${stdout}${stderr}`).not.toMatch(CONTROLS);
});

const hasScript = spawnSync('script', ['--version']).stdout?.toString().includes('util-linux') ?? false;

test.skipIf(!hasScript)('its own log shows none on a terminal (needs script of util-linux)', async () => {
  const cwd = await evilFolder();
  const command = `exec '${process.execPath}' '${BIN}' run -p 0 -q 0 -P -d "$EVIL"`;
  const terminal = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '1', EVIL: `evil${EVIL}` },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // Without its terminal it would live on: SIGHUP makes it reload.
  const exited = new Promise((resolve) => terminal.once('exit', resolve));
  const interrupt = () => {
    terminal.stdin.write('\u0003');
    return exited;
  };
  onTestFinished(() => void (terminal.exitCode === null && interrupt()));
  let screen = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  await eventually(() => expect(screen).toContain('keeps lines in'));
  expect(screen).toContain('evil\\x1b[2J');
  expect(screen.replaceAll('\r', '')).not.toMatch(CONTROLS);
  expect(await interrupt()).toBe(0);
});
