/** What the collector says of itself: on standard error, JSON lines for programs, plain lines for people on a terminal. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import {
  BIN,
  CommandProcess,
  connectTo,
  eventually,
  freePort,
  LogcasterProcess,
  readAll,
  temporaryDirectory,
} from '../support/logcaster-process.ts';

test('without a terminal every line is JSON, and standard output stays empty', async () => {
  const collector = await LogcasterProcess.start(['-P']);
  await collector.sendLines(['one', 'two']);
  await collector.stored(2, 'files');
  const { code, stdout, stderr } = await collector.stop();
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  const entries = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const entry of entries) {
    expect(entry).toMatchObject({ level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/) });
  }
  const { port, queryPort, cwd } = collector;
  expect(entries.map(({ msg }) => msg)).toEqual([
    `started, process ${collector.child.pid}`,
    `tcp: takes in lines on 127.0.0.1:${port}`,
    'ring: keeps the newest 10,000 lines, up to 64 MiB, in memory',
    `files: keeps lines in ${cwd}/logs/current.log, up to 10 MiB a file`,
    `query: answers on 127.0.0.1:${queryPort}`,
    `try: echo hello | nc -N 127.0.0.1 ${port}`,
    `then: echo 'QUERY keyword=hello' | nc 127.0.0.1 ${queryPort}`,
    'SIGTERM: stops, and stores what it has read',
    'stopped: 2 lines received; ring: 2 stored; files: 2 stored; 0 unaccounted',
  ]);
});

test.each(['warn', 'silent'])('--log-level %s says nothing of a life without trouble', async (level) => {
  const [port, queryPort] = await Promise.all([freePort(), freePort()]);
  const command = new CommandProcess([`--port=${port}`, `--query-port=${queryPort}`, `--log-level=${level}`]);
  const answer = await eventually(async () => {
    const query = await connectTo(queryPort);
    query.end('COUNT\n');
    return readAll(query);
  });
  expect(answer.toString()).toBe('COUNT: 0\n');
  command.signal('SIGTERM');
  expect(await command.exited).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
});

test('nobody has to read it', async () => {
  const collector = await LogcasterProcess.start();
  collector.child.stderr!.destroy();
  await collector.sendLines(['on and on']);
  await collector.stored(1);
  expect(await collector.stop()).toMatchObject({ code: 0, signal: null });
});

test('a reader that stands still holds up neither collecting nor the end', async () => {
  const cwd = temporaryDirectory();
  const file = join(cwd, 'collect.yaml');
  const config = `sources: { tcp: { type: tcp, port: 0 } }
pipelines: { main: { from: tcp, to: ring } }
sinks: { ring: { type: ring } }
query: { port: 0 }
`;
  writeFileSync(file, config);
  // Node would write its cache at the end, and so give the reader time.
  const env = { NODE_DISABLE_COMPILE_CACHE: '1' };
  const collector = await LogcasterProcess.start(['-c', 'collect.yaml'], { cwd, env });
  const exited = once(collector.child, 'exit');
  const reader = collector.child.stderr!;
  const begun = once(reader, 'data').then(() => reader.pause());
  // So much to say about it that no pipe takes it.
  writeFileSync(file, `${config}${Array.from({ length: 500 }, (_, index) => `slip${index}: 1\n`).join('')}`);
  collector.signal('SIGHUP');
  await begun;
  await collector.sendLines(['on and on']);
  await collector.stored(1);
  collector.signal('SIGTERM');
  expect(await exited).toEqual([0, null]);

  reader.resume();
  const { stderr } = await collector.exited;
  expect(stderr).not.toContain('stopped: ');
});

const hasScript = spawnSync('script', ['--version']).stdout?.toString().includes('util-linux') ?? false;

test.skipIf(!hasScript)(
  'on a terminal it writes lines for people, and Ctrl-C stops it (needs script of util-linux)',
  async () => {
    // `exec`: the shell of `script` would get the Ctrl-C, too.
    const command = `exec '${process.execPath}' '${BIN}' run -p 0 -q 0`;
    const terminal = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: temporaryDirectory(),
      env: { ...process.env, TERM: 'xterm', NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void terminal.kill('SIGKILL'));
    const exited = new Promise((resolve) => terminal.on('exit', resolve));
    let screen = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
    });
    await eventually(() => expect(screen).toContain("then: echo 'QUERY keyword=hello' | nc"));
    terminal.stdin.write('\u0003');
    expect(await exited).toBe(0);

    const lines = stripVTControlCharacters(screen)
      .split(/\r*\n/)
      .filter((line) => line !== '' && line !== '^C');
    for (const line of lines) expect(line).toMatch(/^(\^C)?\[\d\d:\d\d:\d\d\] INFO: /);
    expect(lines.map((line) => line.replace(/^.*?INFO: /, ''))).toEqual([
      expect.stringMatching(/^started, process \d+$/),
      expect.stringMatching(/^tcp: takes in lines on 127\.0\.0\.1:\d+$/),
      'ring: keeps the newest 10,000 lines, up to 64 MiB, in memory',
      expect.stringMatching(/^query: answers on /),
      expect.stringMatching(/^try: /),
      expect.stringMatching(/^then: /),
      'SIGINT: stops, and stores what it has read',
      'stopped: 0 lines received; ring: 0 stored; 0 unaccounted',
    ]);
  },
);
