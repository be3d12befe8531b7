/**
 * The guide for plugins, followed by the letter: its TypeScript blocks are the files of a folder in which LogCaster is
 * installed. Every component passes the conformance kit, the tests of the guide pass, and its configurations run.
 * (That the blocks compile is tested with those of the other documents.)
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeConsumer } from '../support/consumer.ts';
import { BIN, eventually, LogcasterProcess, PATIENCE } from '../support/logcaster-process.ts';
import { codeBlocks } from '../support/markdown.ts';

const GUIDE = 'docs/plugins.md';

/** The blocks that begin with a comment like `// append.ts` or `# logcaster.yaml`. */
const files = codeBlocks(GUIDE).flatMap(({ text }) => {
  const name = /^(?:\/\/|#) ([\w.-]+)\n/.exec(text)?.[1];
  return name === undefined ? [] : [{ name, text }];
});

const execute = promisify(execFile);
const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;

let consumer: Awaited<ReturnType<typeof makeConsumer>>;

beforeAll(async () => {
  consumer = await makeConsumer();
  for (const { name, text } of files) await writeFile(join(consumer.directory, name), text);
});

afterAll(() => consumer?.[Symbol.asyncDispose]());

function logcaster(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return execute(process.execPath, [BIN, ...args], { cwd: consumer.directory, env, timeout: PATIENCE });
}

test('the guide has components of each kind', () => {
  expect(files.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'append.ts',
      'webhook.ts',
      'drop-short.ts',
      'in-pairs.ts',
      'poll.ts',
      'posts.ts',
    ]),
  );
});

test('its first configuration is good, is described, and stores lines', async () => {
  await logcaster('check', '-c', 'logcaster.yaml');
  expect((await logcaster('describe', 'append', '-c', 'logcaster.yaml')).stdout).toContain('Appends lines');
  const args = ['-c', 'logcaster.yaml', '-p', '0'];
  const collector = await LogcasterProcess.start(args, { cwd: consumer.directory });
  await collector.sendLines(['hello']);
  await eventually(async () => {
    expect(await readFile(join(consumer.directory, 'lines.txt'), 'utf8')).toBe('hello\n');
  });
  expect((await collector.stop()).code).toBe(0);
});

test('its TypeScript configuration is good', async () => {
  await expect(logcaster('check', '-c', 'logcaster.ts')).resolves.toBeDefined();
});

test('its own tests pass', async () => {
  const tests = files.filter(({ name }) => name.endsWith('.test.ts')).map(({ name }) => name);
  expect(tests).toHaveLength(2);
  const { stdout } = await execute(process.execPath, ['--test', '--test-reporter=tap', ...tests], {
    cwd: consumer.directory,
    env,
  });
  expect(stdout).toMatch(/^# fail 0$/m);
});

test('every component of it passes the conformance kit', async () => {
  const service = createServer((request, response) => {
    request.resume();
    response.end('one\ntwo\n');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => service.once('listening', resolve));
  const { port } = service.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  const options: Readonly<Record<string, object>> = {
    webhook: { url },
    poll: { url, every: '10ms' },
    posts: { port: 0 },
    typed: { path: './typed.txt' },
  };
  const script = `
    import { conformance } from 'logcaster/testing';
    const options = ${JSON.stringify(options)};
    const failures = [];
    const send = async (lines, address) => {
      for (let at = 0; at < lines.length; ) {
        const body = lines.slice(at, at + 10).join('\\n');
        const { status } = await fetch('http://' + address, { method: 'POST', body });
        if (status === 204) at += 10;
      }
    };
    for (const file of process.argv.slice(2)) {
      for (const definition of Object.values(await import(file))) {
        if (definition?.kind === undefined || definition.type === 'append') continue;
        const { type } = definition;
        const world = () => ({ options: options[type] ?? {}, ...(type === 'posts' && { send }) });
        const setup = { options: options[type] ?? {}, world };
        for (const { name, run } of conformance(definition, setup)) {
          await run().catch((error) => failures.push(type + ': ' + name + ': ' + error.stack));
        }
        console.log('tested ' + type);
      }
    }
    for (const failure of failures) console.log(failure);
  `;
  await writeFile(join(consumer.directory, 'conform.mjs'), script);
  const modules = files.map(({ name }) => name).filter((name) => /^(?!.*\.test|logcaster).*\.ts$/.test(name));
  const { stdout } = await execute(
    process.execPath,
    ['conform.mjs', ...modules.map((name) => pathToFileURL(join(consumer.directory, name)).href)],
    { cwd: consumer.directory, env },
  );
  service.closeAllConnections();
  service.close();
  const tested = ['webhook', 'drop-short', 'shout', 'join-batches', 'poll', 'posts', 'typed'];
  expect(stdout.split('\n').filter(Boolean)).toEqual(tested.map((type) => `tested ${type}`));
}, 120_000);

test('a package with the manifest of the guide is found by its name', async () => {
  const manifest = codeBlocks(GUIDE).find(({ language }) => language === 'json')!.text;
  const { name, exports } = JSON.parse(manifest) as { name: string; exports: { default: string } };
  const folder = join(consumer.directory, 'node_modules', name);
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), manifest);
  const append = files.find((file) => file.name === 'append.ts')!.text;
  await writeFile(join(folder, exports.default), append);
  const config = files.find((file) => file.name === 'logcaster.yaml')!.text;
  expect(config).toContain('- ./append.ts');
  await writeFile(join(consumer.directory, 'package.yaml'), config.replace('- ./append.ts', `- ${name}`));
  await expect(logcaster('check', '-c', 'package.yaml')).resolves.toBeDefined();
});
