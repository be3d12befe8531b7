/** `logcaster query` and `logcaster tail` against a collector that runs, through pipes, as processes of their own. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import {
  BIN,
  CommandProcess,
  eventually,
  freePort,
  LogcasterProcess,
  temporaryDirectory,
} from '../support/logcaster-process.ts';

const LINES = [
  'start',
  '{"level":"error","status":503}',
  '{"level":"info","status":200}',
  'level=warn took=12 msg="a timeout"',
  'stop',
];

async function collectorWith(
  lines: readonly string[],
  args: readonly string[] = [],
): Promise<LogcasterProcess> {
  const collector = await LogcasterProcess.start(args);
  await collector.sendLines(lines);
  await collector.stored(lines.length);
  return collector;
}

/** Runs `logcaster query` against a collector: in this process, which is much faster. */
async function query(collector: LogcasterProcess, args: readonly string[]) {
  const env = { LOGCASTER_CONNECT: `127.0.0.1:${collector.queryPort}` };
  const { code, out, err } = await runCli(['query', ...args], { cwd: collector.cwd, env });
  return { code, stdout: out, stderr: err };
}

describe('a collector is asked', () => {
  test('for lines and figures, as files are', async () => {
    const collector = await collectorWith(LINES, ['-P', '-s', '1KiB']);
    const ask = (...args: string[]) => query(collector, args);
    expect(await ask('st')).toEqual({
      code: 0,
      stdout: `${[LINES[0], LINES[1], LINES[2], LINES[4]].join('\n')}\n`,
      stderr: '',
    });
    expect((await ask('st', '-v')).stdout).toBe(`${LINES[3]}\n`);
    expect((await ask('', '-n', '2')).stdout).toBe(`${LINES[3]}\nstop\n`);
    expect((await ask('', '-m', '1', '--reverse', '-H')).stdout).toBe('tcp | stop\n');
    expect((await ask('status:>=500', '--fields', 'level,status,@source')).stdout).toBe('error\t503\ttcp\n');
    expect((await ask('timeout', '-C', '1')).stdout).toBe(`${LINES[2]}\n${LINES[3]}\nstop\n`);
    expect((await ask('st', '--count')).stdout).toBe('4\n');
    expect((await ask('', '--top', 'level', '-n', '5')).stdout).toBe(
      '1\terror\n1\tinfo\n1\twarn\n2\t(none)\n',
    );
    expect((await ask('', '--since', '1h', '--count-by', '@source')).stdout).toBe('5\ttcp\n');
    expect((await ask('nothing')).code).toBe(1);
    expect(await ask('st', '-q')).toEqual({ code: 0, stdout: '', stderr: '' });
    const { stdout } = await ask('start', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ source: 'tcp', message: 'start' });
    const picture = await ask('', '--histogram');
    expect(picture.stdout).toMatch(/5 lines, \w+ a bar, /);
  });

  test('bytes come as they were sent', async () => {
    const collector = await LogcasterProcess.start();
    const bytes = Buffer.from([0xff, 0x1b, 0x00, 0xc3, 0x0a]);
    await collector.send(bytes);
    await collector.stored(1);
    const args = [BIN, 'query', '', '--connect', `127.0.0.1:${collector.queryPort}`];
    const { stdout } = spawnSync(process.execPath, args, { cwd: temporaryDirectory() });
    expect(stdout).toEqual(bytes);
  });

  test('over HTTP, with a token that no list of processes shows', async () => {
    const port = await freePort();
    const cwd = temporaryDirectory();
    writeFileSync(
      join(cwd, 'logcaster.yaml'),
      `sources: { tcp: { type: tcp, port: 0 } }
pipelines: { main: { from: tcp, to: ring } }
sinks: { ring: { type: ring } }
query: { port: 0, http: { port: ${port}, token: secret } }
`,
    );
    writeFileSync(join(cwd, 'token'), 'secret\n');
    const collector = await LogcasterProcess.start(['-c', 'logcaster.yaml'], { cwd });
    await collector.sendLines(LINES);
    await collector.stored(LINES.length);
    const url = `http://127.0.0.1:${port}`;
    const run = (args: readonly string[], env = {}) => runCli(args, { cwd, env });
    expect(await run(['query', 'stop', '--connect', url, '--token-file', 'token'])).toMatchObject({
      code: 0,
      out: 'stop\n',
    });
    expect(
      await run(['query', 'st', '--count', '--connect', url], { LOGCASTER_TOKEN: 'secret' }),
    ).toMatchObject({ out: '4\n' });
    expect(
      await run(['query', '', '--top', 'level', '-n', '1', '--connect', url], { LOGCASTER_TOKEN: 'secret' }),
    ).toMatchObject({
      out: expect.stringContaining('1\terror\n'),
    });
    const refused = await run(['query', 'stop', '--connect', url]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('--token-file');
    const tail = new CommandProcess(['tail', '-n', '1', '--connect', url, '--token-file', 'token'], { cwd });
    await eventually(() => expect(tail.stdout).toBe('stop\n'));
    await collector.sendLines(['more']);
    await eventually(() => expect(tail.stdout).toBe('stop\nmore\n'));
  });
});

describe('what ends it', () => {
  test('a reader that has seen enough, without a word', () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'a.log'), 'line\n'.repeat(500_000));
    const command = `set -o pipefail; '${process.execPath}' '${BIN}' query line a.log | head -n 2`;
    const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { cwd, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'line\nline\n', stderr: '' });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s: %d', async (signal, code) => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    const asked = new Promise<Socket>((resolve) => {
      server.on('connection', (socket) => socket.on('error', () => {}).once('data', () => resolve(socket)));
    });
    const port = await eventually(() => (server.address() as { port: number }).port);
    const command = new CommandProcess(['query', 'x', '--connect', String(port)]);
    const socket = await asked;
    command.signal(signal);
    expect(await command.exited).toMatchObject({ code, stdout: '', stderr: '' });
    socket.destroy();
  });

  test('an answer that breaks off is an error, and what came of it is shown', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {}).once('data', () => socket.end('{"message":"one"}\n{"mess'));
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    const port = await eventually(() => (server.address() as { port: number }).port);
    const { code, stdout, stderr } = await new CommandProcess(['query', 'x', '--connect', String(port)])
      .exited;
    expect({ code, stdout }).toEqual({ code: 2, stdout: 'one\n' });
    expect(stderr).toContain('broke off');
  });

  test('what answers is no query port', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH\r\n')).listen(
      0,
      '127.0.0.1',
    );
    onTestFinished(() => void server.close());
    const port = await eventually(() => (server.address() as { port: number }).port);
    const { code, stderr } = await new CommandProcess(['query', 'x', '--connect', String(port)]).exited;
    expect(code).toBe(2);
    expect(stderr).toContain('no query port of LogCaster');
  });
});

function connectTo(collector: LogcasterProcess): string[] {
  return ['--connect', `127.0.0.1:${collector.queryPort}`];
}

describe('tail', () => {
  test('lines that are there, and then those that come', async () => {
    const collector = await collectorWith(LINES);
    const tail = new CommandProcess(['tail', 'st', '-n', '2', '-H', ...connectTo(collector)]);
    await eventually(() => expect(tail.stdout).toBe(`tcp | ${LINES[2]}\ntcp | stop\n`));
    await collector.sendLines(['nothing', 'more st']);
    await eventually(() => expect(tail.stdout).toContain('tcp | more st\n'));
    expect(tail.stdout).not.toContain('nothing');
    const json = new CommandProcess(['tail', 'st', '-n', '1', '--json', ...connectTo(collector)]);
    await eventually(() =>
      expect(JSON.parse(json.stdout)).toMatchObject({ source: 'tcp', message: 'more st' }),
    );
    tail.signal('SIGINT');
    expect(await tail.exited).toMatchObject({ code: 130, stderr: '' });
  });

  test('goes on when the collector is back, with what came meanwhile; with --no-reconnect it ends', async () => {
    const [port, queryPort] = [await freePort(), await freePort()];
    const ports = ['-p', String(port), '-q', String(queryPort)];
    const first = await LogcasterProcess.start(ports);
    const tail = new CommandProcess(['tail', '-n', '0', ...connectTo(first)]);
    const once = new CommandProcess(['tail', '--no-reconnect', ...connectTo(first)]);
    await eventually(async () => {
      await first.sendLines(['first']);
      expect(tail.stdout).toContain('first\n');
      expect(once.stdout).toContain('first\n');
    });
    await first.stop();
    expect(await once.exited).toMatchObject({ code: 0, stderr: '' });
    await eventually(() => expect(tail.stderr).toContain('again until it answers'));
    const second = await LogcasterProcess.start(ports);
    await second.sendLines(['second']);
    await eventually(() => expect(tail.stdout).toContain('second\n'));
    expect(tail.stderr).toContain(`127.0.0.1:${queryPort} answers again`);
  });

  test('says how many lines it had to skip', async () => {
    const server = createServer((socket) => {
      socket
        .on('error', () => {})
        .once('data', () => socket.write('{"message":"one"}\n{"skipped":1234}\n{"message":"two"}\n'));
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    const port = await eventually(() => (server.address() as { port: number }).port);
    const tail = new CommandProcess(['tail', '--connect', String(port)]);
    await eventually(() => expect(tail.stdout).toBe('one\ntwo\n'));
    expect(tail.stderr).toBe('logcaster: skipped 1,234 lines: they came faster than they were read here\n');
    await tail.kill();
  });

  test('nobody is there at the start: an error', async () => {
    const { code, stderr } = await new CommandProcess(['tail', '--connect', String(await freePort())]).exited;
    expect(code).toBe(2);
    expect(stderr).toContain('nobody listens there');
  });
});

test('a log directory is read once while it is written and rotated', async () => {
  const collector = await LogcasterProcess.start(['-P', '-s', '2KiB']);
  const all = Array.from({ length: 1200 }, (_, index) => `line ${index} of many`);
  const directory = join(collector.cwd, 'logs');
  const sending = (async () => {
    for (let at = 0; at < all.length; at += 20) await collector.sendLines(all.slice(at, at + 20));
  })();
  let found: readonly string[] = [];
  while (found.length < all.length) {
    const { out, code } = await runCli(['query', '', directory]);
    const next = out.split('\n').slice(0, -1);
    expect(next).toEqual(all.slice(0, next.length));
    expect(next.length).toBeGreaterThanOrEqual(found.length);
    expect(code).toBe(next.length > 0 ? 0 : 1);
    found = next;
  }
  await sending;
});

test('what a log directory knows of times is used, whatever lines say', async () => {
  const collector = await LogcasterProcess.start(['-P']);
  const before = Date.now();
  await collector.sendLines(['1999-01-01T00:00:00Z an old line']);
  await collector.stored(1, 'files');
  await collector.stop();
  const directory = join(collector.cwd, 'logs');
  const { out } = await runCli(['query', 'old', directory, '--since', '1h', '--json']);
  const time = Date.parse((JSON.parse(out) as { time: string }).time);
  expect(time).toBeGreaterThanOrEqual(before);
  expect((await runCli(['query', 'old', directory, '--until', new Date(before).toISOString()])).code).toBe(1);
});
