/** The example of a transport for pino. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { type Collector, startCollector } from '../../src/index.ts';
import { eventually } from '../support/logcaster-process.ts';
import { copyExample, freePort, node } from './support.ts';

const target = fileURLToPath(new URL('../../examples/pino-transport/transport.js', import.meta.url));
const { default: toLogCaster } = (await import(target)) as {
  default: (options: { port: number; maxBytes?: number; endTimeout?: number }) => Writable;
};

async function collect(port = 0): Promise<{ readonly collector: Collector; readonly port: number }> {
  const collector = await startCollector({
    sources: { tcp: { type: 'tcp', port } },
    pipelines: { main: { from: 'tcp', to: 'ring' } },
    sinks: { ring: { type: 'ring', maxLines: 1_000_000 } },
  });
  onTestFinished(async () => void (await collector.stop()));
  return { collector, port: Number(collector.addresses['tcp']!.split(':').at(-1)) };
}

async function messagesOf(collector: Collector): Promise<string[]> {
  const { pieces } = await collector.search({ keyword: '' });
  const lines = Buffer.concat(pieces.map(({ bytes }) => bytes)).toString();
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${from + index}`);

test('pino-transport: lines arrive, whole and in order, also those of the last moment', async () => {
  const { collector, port } = await collect();
  const transport = pino.transport({ target, options: { port } });
  const log = pino(transport);
  for (const message of numbered(0, 20_000)) log.info(message);
  transport.end();
  await eventually(async () => expect(await messagesOf(collector)).toEqual(numbered(0, 20_000)));
});

test('pino-transport: the lines of a program arrive before it ends', async () => {
  const { collector, port } = await collect();
  const folder = await copyExample('pino-transport');
  process.env['LOG_PORT'] = `${port}`;
  onTestFinished(() => void delete process.env['LOG_PORT']);
  await node(folder, 'app.js');
  await eventually(async () => expect(await messagesOf(collector)).toEqual(['signed in', 'cannot ship']));
});

test('pino-transport: it connects again, and what was logged meanwhile arrives', async () => {
  const { collector: first, port } = await collect();
  const transport = toLogCaster({ port });
  onTestFinished(() => void transport.end());
  const log = pino(transport);
  log.info('before');
  await eventually(async () => expect(await messagesOf(first)).toEqual(['before']));
  await first.stop();
  log.info('meanwhile');
  const { collector: second } = await collect(port);
  log.info('after');
  await eventually(async () => expect(await messagesOf(second)).toContain('after'));
});

test('pino-transport: its memory is bounded, and it says what it let go', async () => {
  const port = await freePort();
  const transport = toLogCaster({ port, maxBytes: 1000 });
  onTestFinished(() => void transport.end());
  for (let index = 0; index < 1000; index++) transport.write(`{"msg":"${index}"}\n`);
  const { collector } = await collect(port);
  await eventually(async () => expect(await messagesOf(collector)).toContain('999'));
  const [report, ...kept] = await messagesOf(collector);
  expect(report).toBe(`${1000 - kept.length} lines were let go: LogCaster was away`);
  expect(kept).toEqual(numbered(1000 - kept.length, 1000));
  expect(kept.length).toBeLessThan(90);
});

test('pino-transport: lines are whole, however they are cut', async () => {
  const { collector, port } = await collect();
  const transport = toLogCaster({ port });
  for (const part of ['{"msg":"o', 'n', 'e"}\n{"msg":"two"}\n{"ms', 'g":"three"}\n']) transport.write(part);
  transport.end();
  await once(transport, 'finish');
  await eventually(async () => expect(await messagesOf(collector)).toEqual(['one', 'two', 'three']));
});

test('pino-transport: the end does not wait for ever', async () => {
  const transport = toLogCaster({ port: await freePort(), endTimeout: 100 });
  transport.end('{"msg":"never"}\n');
  await once(transport, 'close');
  expect(transport.errored).toBeNull();
});
