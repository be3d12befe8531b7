/**
 * Secrets are in no output: not in that of any command, not in the log of a collector that starts, runs, is reloaded, fails and stops,
 * and not in what the query port answers.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { CommandProcess, LogcasterProcess, temporaryDirectory } from '../support/logcaster-process.ts';

/** One from the environment, one from a file, one that is written down, one in a URL, one of the HTTP port. */
const SECRETS = [
  's3cret-from-env-1',
  's3cret-from-file-2',
  's3cret-written-3',
  's3cret-in-url-4',
  's3cret-of-http-5',
];
const [FROM_ENV, FROM_FILE, WRITTEN, IN_URL, OF_HTTP] = SECRETS as [string, string, string, string, string];

const PLUGIN = `
const text = (more) => ({ type: 'string', description: 'Something', unit: 'text', ...more });
const options = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => (value.keyy || (value.count ?? 1) !== 1 ? { issues: [{ message: 'is too much', path: ['count'] }] } : { value }),
    jsonSchema: {
      input: () => ({
        type: 'object',
        properties: {
          url: text(),
          token: text({ secret: true }),
          password: text({ secret: true }),
          key: text({ secret: true }),
          count: { type: 'integer', default: 1, description: 'How many', unit: 'lines' },
        },
        additionalProperties: false,
      }),
    },
  },
};
export const remote = {
  kind: 'sink',
  apiVersion: 1,
  type: 'remote',
  summary: 'Fails.',
  options,
  examples: [{ title: 'One', yaml: 'type: remote\\n' }],
  create: () => ({ write() { throw new Error('the other end is gone'); } }),
};
`;

const THROWER = `export default (line) => {
  if (line.text === 'throw') throw new Error('no');
  return line;
};
`;

const config = (more = ''): string => `
plugins: [./plugin.js]
sources: { tcp: { type: tcp, port: 0 } }
pipelines:
  main:
    from: tcp
    through: [{ type: js, module: ./thrower.js }]
    to: [ring, remote]
sinks:
  ring: { type: ring }
  remote:
    type: remote
    url: "https://me:${IN_URL}@example.org/"
    token: "\${API_TOKEN}"
    password: "\${file:./password}"
    key: ${WRITTEN}
    queue: { maxBytes: 1KiB, whenFull: dropOldest }
    ${more}
query: { port: 0, http: { port: 0, token: ${OF_HTTP} } }
`;

const BROKEN: Readonly<Record<string, string>> = {
  'unknown option': 'keyy: 1',
  'wrong type': 'count: [1]',
  'refused by the plugin': 'count: 7',
  'missing variable': 'extra: "${NOT_THERE} ${API_TOKEN}"',
  'no YAML': 'count: [',
};

function setUp(): string {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'plugin.js'), PLUGIN);
  writeFileSync(join(cwd, 'thrower.js'), THROWER);
  writeFileSync(join(cwd, 'password'), `${FROM_FILE}\n`);
  writeFileSync(join(cwd, 'good.yaml'), config());
  for (const [name, more] of Object.entries(BROKEN)) writeFileSync(join(cwd, `${name}.yaml`), config(more));
  return cwd;
}

const env = { API_TOKEN: FROM_ENV };

function secretsIn(text: string): string[] {
  return SECRETS.filter(
    (secret) => text.includes(secret) || text.includes(Buffer.from(secret).toString('base64')),
  );
}

const COMMANDS = [
  'check',
  'config',
  'graph',
  'graph --format dot',
  'graph --format mermaid',
  'list',
  'describe remote',
  'explain line',
  'test',
  'doctor',
  'schema',
];

test.each(['good', ...Object.keys(BROKEN)])('no command shows one: %s', async (name) => {
  const cwd = setUp();
  let shown = '';
  for (const command of COMMANDS) {
    const argv = [...command.split(' '), ...(command === 'schema' ? [] : ['-c', `${name}.yaml`])];
    for (const terminal of [false, true]) {
      const { out, err } = await runCli(argv, { cwd, env, terminal, colors: terminal, input: 'a line\n' });
      shown += out + err;
    }
  }
  expect(shown.length).toBeGreaterThan(1000);
  expect(secretsIn(shown)).toEqual([]);
});

test('a collector that starts, runs, fails, is reloaded and stops says none', async () => {
  const cwd = setUp();
  const collector = await LogcasterProcess.start(['-c', 'good.yaml', '--log-level', 'debug'], { cwd, env });
  await collector.sendLines(['one', 'throw', 'two']);
  await collector.entry('the other end is gone');
  let answers = '';
  for (const command of ['STATS', 'LEDGER', 'HELP', 'COUNT', 'QUERY keyword=', 'SEARCH x', 'NONSENSE'])
    answers += await collector.ask(command);
  let count = 0;
  for (const more of Object.values(BROKEN)) {
    writeFileSync(join(cwd, 'good.yaml'), config(more));
    collector.signal('SIGHUP');
    await collector.entry('not reloaded', ++count);
  }
  const { stdout, stderr } = await collector.stop();
  expect(stderr).toContain('stopped: ');
  expect(secretsIn(answers + stdout + stderr)).toEqual([]);
});

test('nor does one that cannot start', async () => {
  const cwd = setUp();
  for (const name of Object.keys(BROKEN)) {
    const { code, stdout, stderr } = await new CommandProcess(['run', '-c', `${name}.yaml`], { cwd, env })
      .exited;
    expect(code).toBe(78);
    expect(secretsIn(stdout + stderr)).toEqual([]);
  }
});
