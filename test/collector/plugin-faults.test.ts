/** What a plugin does wrong is told with its name, and the ledger knows where the lines are. */
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import {
  type Collector,
  type Config,
  type LedgerStatement,
  startCollector,
  untyped,
} from '../../src/index.ts';
import {
  defineOperator,
  defineSink,
  defineSource,
  type LineSource,
  type Operator,
  type Sink,
} from '../../src/plugin.ts';
import { MemoryLogger } from '../support/memory-logger.ts';

const common = { summary: 'May be wrong.', options: z.strictObject({}), examples: [] };

interface Parts {
  readonly source?: () => LineSource;
  readonly operator?: () => Operator;
  readonly sink?: () => Sink;
}

const goodSource = (): LineSource => ({
  async *lines() {
    yield ['one', 'two'];
    yield 'three';
  },
});
const goodOperator = (): Operator => ({ transform: (batch) => batch });
const goodSink = (): Sink => ({ write: () => {} });

function fail(): never {
  throw new TypeError('boom');
}

function configOf({ source = goodSource, operator = goodOperator, sink = goodSink }: Parts): Config {
  return {
    plugins: [
      defineSource({ ...common, type: 'my-source', create: source }),
      defineOperator({ ...common, type: 'my-operator', create: operator }),
      defineSink({ ...common, type: 'my-sink', create: sink }),
    ],
    sources: { in: { type: untyped('my-source') } },
    pipelines: { main: { from: 'in', through: [{ type: untyped('my-operator') }], to: ['out', 'other'] } },
    sinks: { out: { type: untyped('my-sink') }, other: { type: 'ring' } },
    shutdown: { timeout: '300ms' },
  };
}

interface Outcome {
  readonly ledger: LedgerStatement;
  readonly messages: readonly string[];
}

/** Runs it until its source has ended, and stops it. */
async function run(parts: Parts): Promise<Outcome> {
  const log = new MemoryLogger();
  const collector = await startCollector(configOf(parts), { log });
  onTestFinished(() => void collector.abort());
  await collector.sourcesEnded;
  await collector.stop();
  const ledger = collector.ledger();
  expect(ledger.unaccounted).toBe(0);
  return { ledger, messages: log.messages() };
}

test.each<readonly [string, Parts, string]>([
  ['a sink whose create throws', { sink: fail }, 'sink out (my-sink) cannot be made: boom'],
  [
    'a sink without write',
    { sink: () => ({}) as never },
    'sink out (my-sink) cannot be made: what `create` answered has no `write` or `writeAll`',
  ],
  [
    'a source without lines',
    { source: () => ({}) as never },
    'source in (my-source) cannot be made: what `create` answered has no `lines` or `batches$`',
  ],
  [
    'an operator that is made later',
    { operator: async () => goodOperator() } as never,
    'operator my-operator of main cannot be made: `create` answered a promise; what takes time belongs into `start`',
  ],
  [
    'a sink whose start throws',
    { sink: () => ({ ...goodSink(), start: fail }) },
    'sink out (my-sink) cannot be started: boom',
  ],
  [
    'a sink whose start rejects',
    { sink: () => ({ ...goodSink(), start: async () => fail() }) },
    'sink out (my-sink) cannot be started: boom',
  ],
  [
    'an operator whose create throws',
    { operator: fail },
    'operator my-operator of main cannot be made: boom',
  ],
  [
    'an operator whose start rejects',
    { operator: () => ({ ...goodOperator(), start: async () => fail() }) },
    'operator my-operator of main cannot be started: boom',
  ],
  ['a source whose create throws', { source: fail }, 'source in (my-source) cannot be made: boom'],
  [
    'a source whose start rejects',
    { source: () => ({ ...goodSource(), start: async () => fail() }) },
    'source in (my-source) cannot be started: boom',
  ],
])('%s is named', async (_, parts, message) => {
  let started: Collector | undefined;
  const start = startCollector(configOf(parts)).then((collector) => (started = collector));
  await expect(start).rejects.toMatchObject({ code: 'LC_COMPONENT_FAILED', message });
  expect(started).toBeUndefined();
});

test.each([
  ['throws', (): Sink => ({ write: fail })],
  ['rejects', (): Sink => ({ write: async () => fail() })],
])('a write that %s', async (_, sink) => {
  const { ledger, messages } = await run({ sink });
  expect(ledger.sinks['out']).toMatchObject({
    offered: 3,
    stored: 0,
    rejected: { TypeError: { lines: 3, intentional: false } },
  });
  expect(ledger.sinks['other']).toMatchObject({ stored: 3 });
  expect(messages).toEqual(['error: out: 2 lines rejected: boom']);
});

test('a write that never answers', async () => {
  const { ledger, messages } = await run({ sink: () => ({ write: () => new Promise(() => {}) }) });
  expect(ledger.sinks['out']).toMatchObject({
    stored: 0,
    dropped: { deadline: { lines: 3, intentional: false } },
  });
  expect(ledger.sinks['other']).toMatchObject({ stored: 3 });
  expect(messages).toContain('error: out: 3 lines were not stored before the deadline');
});

test.each<readonly [string, () => Operator, string]>([
  ['throws', () => ({ transform: fail }), 'boom'],
  [
    'answers a promise',
    () => ({ transform: (batch) => Promise.resolve(batch) as never }),
    'transform answered something that is no batch',
  ],
  [
    'answers text',
    () => ({ transform: () => 'text' as never }),
    'transform answered something that is no batch',
  ],
  ['throws as a stream', () => ({ operate: fail }), 'boom'],
])('a transform that %s', async (_, operator, message) => {
  const { ledger, messages } = await run({ operator });
  expect(ledger.pipelines['main']).toMatchObject({
    received: 3,
    failed: { 'my-operator': { lines: 3, intentional: false } },
    offered: 0,
  });
  expect(messages[0]).toMatch(/^error: main: my-operator failed on \d lines?: /);
  expect(messages.join('\n')).toContain(message);
});

test.each<readonly [string, () => LineSource, string]>([
  [
    'throws',
    () => ({
      async *lines() {
        yield 'one';
        fail();
      },
    }),
    'boom',
  ],
  [
    'gives what is no line',
    () => ({
      async *lines() {
        yield 'one';
        yield 7 as never;
      },
    }),
    'something was given that is no line',
  ],
])('a source that %s', async (_, source, message) => {
  const { ledger, messages } = await run({ source });
  expect(ledger.sources['in']).toMatchObject({ received: 1, emitted: 1 });
  expect(ledger.sinks['out']).toMatchObject({ stored: 1 });
  expect(messages).toEqual([`error: in: the source failed and has ended: ${message}`]);
});

test('a dispose that rejects', async () => {
  const { messages } = await run({
    sink: () => ({ ...goodSink(), [Symbol.asyncDispose]: async () => fail() }),
  });
  expect(messages).toEqual(['error: out: could not be closed cleanly: boom']);
});
