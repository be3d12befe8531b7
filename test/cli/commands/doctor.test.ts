/** On this machine as it is; what only other machines have, test/cli/doctor shows. */
import { mkdir, readdir, stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { thisMachine } from '../../../src/cli/doctor/machine.ts';
import { freePort, LogcasterProcess } from '../../support/logcaster-process.ts';
import { folder, runCli } from '../run-cli.ts';

async function config(port: number, query: number): Promise<string> {
  return folder({
    'logcaster.yaml': `
sources:
  tcp: { type: tcp, port: ${port}, maxConnections: 10 }
pipelines:
  main: { from: tcp, to: files }
sinks:
  files: { type: file, directory: ./logs, maxSize: 1KiB, queue: { maxBytes: 1MiB }, retention: { maxFiles: 3 } }
query: { port: ${query}, enabled: false }
`,
  });
}

test('says that all is well, ends with 0, and leaves nothing behind', async () => {
  const cwd = await config(await freePort(), 0);
  expect(await runCli(['doctor'], { cwd })).toEqual({
    code: 0,
    out: expect.stringMatching(
      /^memory: at most \d+ MiB: 200 MiB Node and LogCaster, .*\nlogcaster.yaml: good\n$/,
    ),
    err: '',
  });
  expect(await readdir(cwd)).toEqual(['logcaster.yaml']);
  await mkdir(`${cwd}/logs`);
  const { mtimeMs } = await stat(`${cwd}/logs`);
  expect(await runCli(['doctor', '-c', 'logcaster.yaml'], { cwd })).toMatchObject({ code: 0 });
  expect(await readdir(`${cwd}/logs`)).toEqual([]);
  expect((await stat(`${cwd}/logs`)).mtimeMs).toBe(mtimeMs);
});

test('tells of a port that is taken, for people and for tools, and ends with 1', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const cwd = await config(port, 0);
  const { code, out } = await runCli(['doctor'], { cwd });
  expect(code).toBe(1);
  expect(out).toMatch(
    new RegExp(
      `^error: source tcp: 127.0.0.1:${port} is taken \\(.*\\) \\[port-taken\\]\nmemory: .*\nlogcaster.yaml: 1 error\n$`,
    ),
  );
  const tools = await runCli(['doctor', '--format', 'json'], { cwd });
  expect(tools.code).toBe(1);
  expect(JSON.parse(tools.out)).toMatchObject({
    file: 'logcaster.yaml',
    ok: false,
    findings: [{ code: 'port-taken', severity: 'error', hint: expect.any(String) }],
  });
});

test('a configuration with errors ends with 78', async () => {
  const cwd = await folder({ 'bad.yaml': 'sources: []\n' });
  const { code, err } = await runCli(['doctor', '-c', 'bad.yaml'], { cwd });
  expect(code).toBe(78);
  expect(err).toContain('bad.yaml');
});

test('beside the collector itself, says what is its', async () => {
  const cwd = await config(await freePort(), 0);
  await LogcasterProcess.start(['-c', 'logcaster.yaml'], { cwd });
  const { out, code } = await runCli(['doctor'], { cwd });
  expect(code).toBe(1);
  expect(out).toContain('[port-taken]');
  expect(out).toContain('[directory-in-use]');
});

test('what this machine says of itself', async () => {
  const machine = thisMachine();
  expect(machine.memory).toBeGreaterThan(2 ** 27);
  expect(await machine.descriptorLimit()).toBeGreaterThan(100);
  const cwd = await folder();
  const { free, total } = await machine.diskRoom(cwd);
  expect(free).toBeGreaterThan(0);
  expect(total).toBeGreaterThanOrEqual(free);
  expect(await machine.writeProblem(cwd)).toBeUndefined();
  expect(await machine.writeProblem(`${cwd}/missing`)).toBe('ENOENT');
  expect(await machine.listenProblem('127.0.0.1', 0)).toBeUndefined();
  expect(await machine.listenProblem('192.0.2.1', 0)).toBe('EADDRNOTAVAIL');
  expect(await machine.kernelSetting('no/such/setting')).toBeUndefined();
});

test.runIf(process.platform === 'linux')('what Linux says', async () => {
  const machine = thisMachine();
  expect(await machine.kernelSetting('net/core/somaxconn')).toEqual([expect.any(Number)]);
});
