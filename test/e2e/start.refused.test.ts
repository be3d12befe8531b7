/** What keeps it from starting: one clear line, an exit code that is not 0, nothing opened and nothing made. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  BIN,
  CommandProcess,
  connectTo,
  freePort,
  LogcasterProcess,
  temporaryDirectory,
} from '../support/logcaster-process.ts';

/** Runs the command; answers its exit code and the one line that it says. */
async function refusal(args: readonly string[], cwd: string): Promise<{ code: number | null; line: string }> {
  const { code, stdout, stderr } = await new CommandProcess(args, { cwd }).exited;
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^[^\n]+\n$/);
  return { code, line: stderr.trimEnd() };
}

test.each([
  [['--port', '70000'], "argument '70000' is invalid"],
  [['-p', 'http'], 'A port is a number from 0 to 65535'],
  [['-p', '-1'], 'A port is a number from 0 to 65535'],
  [['-p'], "option '-p, --port <port>' argument missing"],
  [['--prot', '1'], "unknown option '--prot' (Did you mean --port?)"],
  [['-x'], "unknown option '-x'"],
  [['-P', '-s', '10XB'], '--max-size: `maxSize`: "10XB" is not a size'],
  [['-P', '-s', '-5'], 'It must be a number of MiB, or a size such as 512KiB'],
  [['-c', ''], 'It must be the name of a file'],
  [['--host', ''], 'It must be an address, or a name'],
  [['-P', '-s', '0'], '--max-size: '],
  [['-P', '--durability', 'maybe'], '--durability: `durability` must be `none`, `interval` or `always`'],
  [['--ring-lines', '0'], 'It must be a whole number from 1 on'],
  [['--ring-bytes', '64MeB'], '--ring-bytes: `maxBytes`: "64MeB" is not a size'],
  [['--log-level', 'loud'], 'Allowed choices are debug, info, warn, error, silent'],
  [['-d', 'elsewhere'], '--directory: '],
  [['rnu'], "unknown command 'rnu' (Did you mean run?)"],
])('%j is a slip of the command line', async (args, words) => {
  const cwd = temporaryDirectory();
  const { code, line } = await refusal(args, cwd);
  expect(line).toContain(words);
  expect(line).toMatch(/^error: /);
  expect(code).toBe(2);
  expect(readdirSync(cwd)).toEqual([]);
});

test.each([
  ['-p', '-q'],
  ['-q', '-p'],
])('a port that is taken (%s)', async (flag, other) => {
  const cwd = temporaryDirectory();
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const free = await freePort();
  const { code, line } = await refusal([flag, String(port), other, String(free), '-P'], cwd);
  expect(line).toMatch(/^logcaster: cannot listen on .*\[LC_LISTEN_FAILED\]$/);
  expect(line).toContain(`127.0.0.1:${port}`);
  expect(code).toBe(1);
  expect(readdirSync(cwd)).toEqual([]);
  await expect(connectTo(free)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a directory that another one writes to, by whatever path', async () => {
  const collector = await LogcasterProcess.start(['-P', '-d', 'here']);
  const { cwd } = collector;
  symlinkSync('here', join(cwd, 'link'));
  for (const directory of ['here', 'link', join(cwd, 'here')]) {
    const { code, line } = await refusal(['-p', '0', '-q', '0', '-P', '-d', directory], cwd);
    expect(line).toMatch(/^logcaster: another LogCaster.* writes to .*\[LC_DIRECTORY_IN_USE\]$/);
    expect(code).toBe(1);
  }
  // The first one goes on as if nothing had been.
  await collector.sendLines(['still here']);
  await collector.stored(1, 'files');
  expect(await collector.stop()).toMatchObject({ code: 0 });
  // The lock has gone with it.
  await LogcasterProcess.start(['-P', '-d', 'here'], { cwd });
});

test('a lock of a process that was killed is none', async () => {
  const collector = await LogcasterProcess.start(['-P']);
  await collector.kill();
  const next = await LogcasterProcess.start(['-P'], { cwd: collector.cwd });
  expect(await next.stop()).toMatchObject({ code: 0 });
});

test('a file where the directory should be is not touched', async () => {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'file'), 'precious');
  for (const directory of ['file', 'file/below']) {
    const { code, line } = await refusal(['-p', '0', '-q', '0', '-P', '-d', directory], cwd);
    expect(line).toMatch(/^logcaster: .*\[LC_DIRECTORY_UNUSABLE\]$/);
    expect(code).toBe(1);
  }
  expect(readFileSync(join(cwd, 'file'), 'utf8')).toBe('precious');
});

test('a link where the current file should be is not followed', async () => {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'victim'), 'precious');
  mkdirSync(join(cwd, 'logs'), { mode: 0o750 });
  symlinkSync('../victim', join(cwd, 'logs/current.log'));
  const { code, line } = await refusal(['-p', '0', '-q', '0', '-P'], cwd);
  expect(line).toMatch(/^logcaster: .*\[LC_DIRECTORY_OBSTRUCTED\]$/);
  expect(code).toBe(1);
  expect(readFileSync(join(cwd, 'victim'), 'utf8')).toBe('precious');
});

test.runIf(process.platform === 'linux')('a place where no directory can be made', async () => {
  const cwd = temporaryDirectory();
  const { code, line } = await refusal(['-p', '0', '-q', '0', '-P', '-d', '/proc/logcaster'], cwd);
  expect(line).toMatch(
    /^logcaster: the log directory \/proc\/logcaster cannot be used: .*\[LC_DIRECTORY_UNUSABLE\]$/,
  );
  expect(code).toBe(1);
});

test('a configuration that is wrong', async () => {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'bad.yaml'), 'sources:\n  tcp: { type: tcp, prot: 9999 }\n');
  const { code, stderr } = await new CommandProcess(['-c', 'bad.yaml'], { cwd }).exited;
  expect(stderr).toContain('bad.yaml:2:');
  expect(stderr).toContain('did you mean `port`?');
  expect(code).toBe(78);
  expect(readdirSync(cwd)).toEqual(['bad.yaml']);
});

test.runIf(process.platform === 'linux')('a working directory that is gone', async () => {
  const cwd = temporaryDirectory();
  const command = `mkdir gone && cd gone && rmdir ../gone && exec '${process.execPath}' '${BIN}' check`;
  const { status, stderr } = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8' });
  expect(stderr).toBe('logcaster: the working directory does not exist any more (cd to one that does)\n');
  expect(status).toBe(1);
});
