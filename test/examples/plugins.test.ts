/** The examples of plugins, from their folders. `scripts/test-pack.ts` installs one from a tarball. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { command } from '../../examples/plugin-source-operator/command.ts';
import { dropRepeats } from '../../examples/plugin-source-operator/drop-repeats.ts';
import { startCollector } from '../../src/index.ts';
import { conformance } from '../../src/testing.ts';
import { eventually, LogcasterProcess } from '../support/logcaster-process.ts';
import { copyExample, freePort, install, logcaster, node } from './support.ts';

test('plugin-sink: a configuration names the package, and lines are posted', async () => {
  const posts: string[] = [];
  const service = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => posts.push(text));
    request.on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  onTestFinished(() => service.closeAllConnections());
  onTestFinished(() => void service.close());
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;

  const cwd = await copyExample('plugin-sink');
  await install(cwd, 'logcaster-sink-webhook');
  const env = { WEBHOOK_URL: `http://127.0.0.1:${port}/` };
  const collector = await LogcasterProcess.start(['-c', 'logcaster.yaml', '-p', '0'], { cwd, env });
  await collector.sendLines(['one', 'two']);
  await eventually(() => expect(posts.join('')).toBe('one\ntwo\n'));
  expect((await collector.stop()).code).toBe(0);
  expect(collector.finalLedger.sinks['service']).toMatchObject({ offered: 2, stored: 2, unaccounted: 0 });
});

test('plugin-sink: it waits for a service that is not there yet', async () => {
  const cwd = await copyExample('plugin-sink');
  await install(cwd, 'logcaster-sink-webhook');
  const env = { WEBHOOK_URL: `http://127.0.0.1:${await freePort()}/` };
  const collector = await LogcasterProcess.start(['-c', 'logcaster.yaml', '-p', '0'], { cwd, env });
  await collector.sendLines(['one']);
  const { level } = await collector.entry('service: cannot write, tries again');
  expect(level).toBe('warn');
});

test('plugin-sink: its own tests pass', async () => {
  const cwd = await copyExample('plugin-sink');
  const { stdout } = await node(cwd, '--test', '--test-reporter=tap');
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(stdout).toContain('ok 1 - it has a type in kebab-case');
});

test('plugin-sink: `describe` knows it, and hides its secret', async () => {
  const cwd = await copyExample('plugin-sink');
  await install(cwd, 'logcaster-sink-webhook');
  const { stdout } = await logcaster(cwd, 'describe', 'webhook', '-c', 'logcaster.yaml');
  expect(stdout).toContain('Posts lines to a URL.');
});

test('plugin-source-operator: the lines of a program, without repeats', async () => {
  const cwd = await copyExample('plugin-source-operator');
  const { stdout, stderr } = await logcaster(cwd, 'run', '-c', 'logcaster.yaml');
  expect(stdout).toBe('tick 1\ntick 2\ntick 3\n');
  expect(stderr).toContain('6 lines received, 3 dropped (repeated); out: 3 stored; 0 unaccounted');
});

const world = () => ({
  options: { run: [process.execPath, '-e', 'for (let i = 0; i < 50000; i++) console.log("line", i);'] },
});

describe('plugin-source-operator: conformance', () => {
  test.each(conformance(command, { world }))('command: $name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });

  test.each(conformance(dropRepeats, { lines: ['same', 'same', 'other'] }))(
    'drop-repeats: $name',
    async ({ run }) => {
      await expect(run()).resolves.toBeUndefined();
    },
  );
});

test('command: bytes are kept, and a program that fails is named in the log', async () => {
  const messages: string[] = [];
  const keep = (_: unknown, message: string) => void messages.push(message);
  const script = 'process.stdout.write(Buffer.from([65, 255, 0, 10, 66])); process.exitCode = 3;';
  const collector = await startCollector(
    {
      plugins: [command],
      sources: { app: { type: 'command', run: [process.execPath, '-e', script] } },
      pipelines: { main: { from: 'app', to: 'ring' } },
      sinks: { ring: { type: 'ring' } },
    },
    { log: { debug: keep, info: keep, warn: keep, error: keep } },
  );
  await collector.sourcesEnded;
  const { pieces } = await collector.search({ keyword: '' });
  await collector.stop();
  expect(Buffer.concat(pieces.map(({ bytes }) => bytes)).toString('latin1')).toBe('A\xff\0\nB\n');
  expect(messages).toEqual([
    `app: the source failed and has ended: ${process.execPath} ended with exit code 3`,
  ]);
});
