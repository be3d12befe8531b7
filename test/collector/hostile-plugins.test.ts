/**
 * Plugins that do wrong whatever they can, one at each way into them, in a collector on the machine's clock. Beside them stand
 * a good source, a good operator and a good sink: they get every line, the ledger adds up, and the log names who it was.
 */
import { Observable, type Subscriber, throwError } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type Batch, type Collector, type Config, startCollector, untyped } from '../../src/index.ts';
import {
  defineOperator,
  defineSink,
  defineSource,
  type LineSource,
  type Operator,
  type Sink,
  type SinkContext,
  type Source,
  type SourceContext,
  type StreamOperatorContext,
} from '../../src/plugin.ts';
import { MemoryLogger } from '../support/memory-logger.ts';

const common = { summary: 'Does wrong.', options: z.strictObject({}), examples: [] };

interface Parts {
  readonly source?: (context: SourceContext) => LineSource | Source;
  readonly operator?: (context: StreamOperatorContext) => Operator;
  readonly sink?: (context: SinkContext) => Sink;
  readonly sinkKeys?: object;
}

const LINES = ['one', 'two', 'three', 'four', 'five'];

const goodSink = (): Sink => ({ write: () => {} });
const goodOperator = (): Operator => ({ transform: (batch) => batch });
const quietSource = (): LineSource => ({
  async *lines() {},
});

function fail(): never {
  throw new TypeError('boom');
}

/** Waits until something is true. */
async function until(isTrue: () => boolean): Promise<void> {
  await expect.poll(isTrue, { timeout: 20_000 }).toBe(true);
}

function block(): void {
  for (const end = performance.now() + 700; performance.now() < end; );
}

const steady = (): LineSource => ({
  async *lines() {
    for (const line of LINES) yield line;
  },
});

function change(batch: Batch): void {
  (batch as { length: number }).length = 0;
}

const never = (): Promise<never> => new Promise(() => {});

/** Something that throws whatever one does with it. */
const untouchable = new Proxy(
  {},
  {
    get: fail,
    has: fail,
    ownKeys: fail,
    getPrototypeOf: fail,
    getOwnPropertyDescriptor: fail,
  },
);

function configOf({
  source = quietSource,
  operator = goodOperator,
  sink = goodSink,
  sinkKeys,
}: Parts): Config {
  return {
    plugins: [
      defineSource({ ...common, type: 'steady', create: steady }),
      defineSource({ ...common, type: 'bad-source', create: (_, context) => source(context) }),
      defineOperator({ ...common, type: 'bad-operator', create: (_, context) => operator(context) }),
      defineSink({ ...common, type: 'bad-sink', keepsHistory: true, create: (_, context) => sink(context) }),
    ],
    sources: { good: { type: untyped('steady') }, bad: { type: untyped('bad-source') } },
    pipelines: {
      main: { from: ['good', 'bad'], to: ['ring', 'out'] },
      other: { from: 'good', through: [{ type: untyped('bad-operator') }], to: 'rest' },
    },
    sinks: {
      out: { type: untyped('bad-sink'), ...sinkKeys },
      ring: { type: 'ring' },
      rest: { type: 'blackhole' },
    },
    query: { port: 0 },
    log: { loopLag: '300ms' },
    shutdown: { timeout: '1s' },
  };
}

async function start(parts: Parts): Promise<{ collector: Collector; log: MemoryLogger }> {
  const log = new MemoryLogger();
  const collector = await startCollector(configOf(parts), { log });
  onTestFinished(() => void collector.abort());
  return { collector, log };
}

/** Runs it until the good lines have arrived, looks at everything it tells, stops it, and expects that the good were not harmed. */
async function run(parts: Parts, during: (collector: Collector) => unknown = () => {}) {
  const strays: unknown[] = [];
  const onStray = (error: unknown): void => void strays.push(error);
  process.on('uncaughtException', onStray).on('unhandledRejection', onStray);
  onTestFinished(() => void process.off('uncaughtException', onStray).off('unhandledRejection', onStray));
  const { collector, log } = await start(parts);
  await expect
    .poll(() => collector.ledger().sinks['ring']!.stored, { timeout: 20_000 })
    .toBeGreaterThanOrEqual(LINES.length);
  await during(collector);
  expect(typeof collector.clients()).toBe('number');
  expect(collector.addresses['query']).toMatch(/^127/);
  JSON.stringify(collector.ledger());
  await collector.stop();
  const ledger = collector.ledger();
  expect(ledger.unaccounted).toBe(0);
  expect(ledger.sources['good']).toMatchObject({
    received: LINES.length,
    emitted: LINES.length,
    inFlight: 0,
  });
  for (const part of ['sources', 'pipelines', 'sinks'] as const) {
    for (const account of Object.values(ledger[part]))
      expect(account).toMatchObject({ inFlight: 0, unaccounted: 0 });
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(strays).toEqual([]);
  return { ledger, messages: log.messages() };
}

/** An observable by hand: what it emits, it emits past all that RxJS would check. */
function emitting(emit: (subscriber: Subscriber<Batch>, context: SourceContext) => void) {
  return (context: SourceContext): Source => ({
    batches$: new Observable((subscriber) => {
      emit(subscriber, context);
    }),
  });
}

const joined = (text: string) => ({
  bytes: Buffer.from(`${text}\n`),
  bounds: Uint32Array.of(0, text.length),
});

test.each<readonly [string, () => Sink, object]>([
  [
    'an error that throws when it is looked at',
    () => ({
      write: () => {
        // oxlint-disable-next-line typescript/only-throw-error -- plugins do
        throw untouchable;
      },
    }),
    { rejected: { error: { lines: 5 } } },
  ],
  [
    'a promise of such an error',
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- plugins do
    () => ({ write: () => Promise.reject(untouchable) }),
    { rejected: { error: { lines: 5 } } },
  ],
  [
    'nothing',
    () => ({
      write: () => {
        // oxlint-disable-next-line typescript/only-throw-error -- plugins do
        throw undefined;
      },
    }),
    { rejected: { error: { lines: 5 } } },
  ],
  [
    'an answer that throws when it is looked at',
    () => ({ write: () => untouchable as never }),
    { rejected: { TypeError: { lines: 5 } } },
  ],
  [
    'reasons that are none',
    () => ({
      write: (batch) => ({
        rejected: Array.from(batch.texts(), (_, index) => ({ index, reason: {} as string })),
      }),
    }),
    { rejected: { other: { lines: 5 } } },
  ],
])('a sink that throws or answers %s', async (_, sink, account) => {
  const { ledger } = await run({ sink });
  expect(ledger.sinks['out']).toMatchObject({ offered: 5, stored: 0, ...account });
});

test('a sink with a reason of its own for each line does not make the ledger grow', async () => {
  let number = 0;
  const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
  const { ledger } = await run(
    {
      source: () => ({
        async *lines() {
          yield lines;
        },
      }),
      sink: () => ({
        write: (batch) => ({
          rejected: Array.from({ length: batch.length }, (_, index) => ({
            index,
            reason: `${number++}`.padEnd(500, 'x'),
          })),
        }),
      }),
    },
    (collector) => until(() => collector.ledger().sinks['out']!.offered === 1005),
  );
  const { rejected } = ledger.sinks['out']!;
  expect(Object.keys(rejected)).toHaveLength(101);
  expect(rejected['other']!.lines).toBe(905);
  expect(JSON.stringify(rejected).length).toBeLessThan(12_000);
});

test('a sink that changes the list that it was given, and what it answered', async () => {
  const answers: { rejected: { index: number; reason: string }[] }[] = [];
  const { ledger } = await run({
    sink: () => ({
      writeAll(batches) {
        (batches as Batch[]).length = 0;
        const answer = { rejected: [{ index: 0, reason: 'first' }] };
        answers.push(answer);
        return new Promise((resolve) => {
          resolve(answer);
          setImmediate(() => answer.rejected.push({ index: 1, reason: 'late' }));
        });
      },
      write: fail,
    }),
  });
  const { stored, rejected } = ledger.sinks['out']!;
  expect(rejected).toEqual({ first: { lines: answers.length, intentional: false } });
  expect(stored).toBe(5 - answers.length);
});

test('a sink and an operator that change a batch harm only themselves', async () => {
  const { ledger, messages } = await run({
    sink: () => ({ write: change }),
    operator: () => ({
      transform: (batch) => {
        change(batch);
        return batch;
      },
    }),
  });
  expect(ledger.sinks['out']).toMatchObject({ rejected: { TypeError: { lines: 5 } } });
  expect(ledger.sinks['ring']).toMatchObject({ stored: 5 });
  expect(ledger.pipelines['other']).toMatchObject({ failed: { 'bad-operator': { lines: 5 } } });
  expect(messages.join('\n')).toMatch(
    /out: \d lines? rejected: Cannot assign to read only property 'length'/,
  );
});

test('a sink that settles twice, and releases what is not its own', async () => {
  const { ledger, messages } = await run({
    sink: () => ({
      write(batch) {
        batch.delivery.release();
        return {
          // oxlint-disable-next-line unicorn/no-thenable
          then: (resolve: (value?: unknown) => void, reject: (error: unknown) => void) => {
            resolve();
            resolve({ rejected: [{ index: 0, reason: 'twice' }] });
            reject(new Error('thrice'));
          },
        } as unknown as Promise<void>;
      },
    }),
  });
  expect(ledger.sinks['out']).toMatchObject({ stored: 5, rejected: {} });
  expect(messages.join('\n')).toMatch(/a delivery of lines of good is broken/);
});

test('a write that never answers is named, and told to end at the stop', async () => {
  let signal: AbortSignal | undefined;
  const { ledger, messages } = await run(
    {
      sinkKeys: { retry: { writeTimeout: '1s' }, breaker: {} },
      sink: () => ({
        write(_, context) {
          ({ signal } = context!);
          return never();
        },
      }),
    },
    (collector) => until(() => collector.ledger().sinks['out']!['hung'] === 1),
  );
  expect(signal?.aborted).toBe(true);
  expect(ledger.sinks['out']).toMatchObject({
    stored: 0,
    dropped: { deadline: { lines: 5, intentional: false } },
  });
  expect(messages.join('\n')).toMatch(/out: hangs: a write of \d lines? has not ended after 1s/);
});

test.each<readonly [string, Partial<Sink>, RegExp]>([
  ['flush throws', { flush: fail }, /out: could not be closed cleanly: boom/],
  ['flush never answers', { flush: never }, /^$/],
  ['dispose throws', { [Symbol.asyncDispose]: fail }, /out: could not be closed cleanly: boom/],
  ['dispose never answers', { [Symbol.asyncDispose]: never }, /^$/],
])('a sink whose %s', async (_, part, message) => {
  const { ledger, messages } = await run({ sink: () => ({ ...goodSink(), ...part }) });
  expect(ledger.sinks['out']).toMatchObject({ stored: 5 });
  expect(messages.join('\n')).toMatch(message);
});

const circle: Record<string, unknown> = {};
circle['self'] = circle;

test.each<readonly [string, unknown, RegExp]>([
  ['throws', fail, /boom/],
  ['answers a promise that fails', async () => fail(), /answered a promise/],
  ['answers what goes round in circles', () => circle, /circular/],
  ['answers what JSON does not know', () => ({ big: 1n }), /BigInt/],
  ['answers too much', () => ({ big: 'x'.repeat(1e6) }), /it told 10\d+ characters/],
  ['answers text', () => 'fine', /answered no object/],
  ['answers what throws when it is looked at', () => untouchable, /boom/],
])('an inspect that %s, of a sink and of a source', async (_, inspect, message) => {
  const parts: Parts = {
    sink: () => ({ ...goodSink(), inspect }) as Sink,
    source: () => ({ ...quietSource(), inspect }) as LineSource,
  };
  const { ledger } = await run(parts);
  expect(ledger.sinks['out']).toMatchObject({
    stored: 5,
    inspectFailed: expect.stringMatching(message) as string,
  });
  expect(ledger.sources['bad']!['inspectFailed']).toMatch(message);
});

test.each([fail, () => 7, async () => fail(), () => untouchable])(
  'an address or a number of clients that is none: %s',
  async (answer) => {
    const { ledger } = await run({
      sink: () => ({ ...goodSink(), address: answer as never }),
      source: () => ({ ...quietSource(), address: answer as never, clients: () => Number.NaN }),
    });
    expect(ledger.sinks['out']).toMatchObject({ stored: 5 });
  },
);

test('a search that throws, and one that answers nonsense, fail and do no more', async () => {
  for (const search of [fail, () => 'nothing', async () => untouchable]) {
    await run({ sink: () => ({ ...goodSink(), search: search as never }) }, async (collector) => {
      await collector.search({ keyword: 'one' }, { sink: 'out' }).catch(() => {});
      const { matches } = await collector.search({ keyword: 'one' }, { sink: 'ring' });
      expect(matches).toBe(1);
    });
  }
});

test('a history that fails, and a refill that does, are named', async () => {
  const { ledger, messages } = await run({
    sink: () => ({
      ...goodSink(),
      refillFrom: 'out',
      // oxlint-disable-next-line require-yield
      history: async function* () {
        fail();
      },
      refill: async (history) => {
        for await (const _ of history({ maxLines: 1, maxBytes: 1 }));
      },
    }),
  });
  expect(ledger.sinks['out']).toMatchObject({ stored: 5 });
  expect(messages).toContain('error: out: could not take up all of the history of out: boom');
});

test.each<readonly [string, (context: SourceContext) => LineSource | Source, RegExp]>([
  [
    'no batch',
    emitting((subscriber) => subscriber.next('text' as never)),
    /bad: what the source emitted is no batch/,
  ],
  [
    'nothing',
    emitting((subscriber) => subscriber.next(undefined as never)),
    /bad: what the source emitted is no batch/,
  ],
  [
    'a batch whose bounds lie outside of its bytes',
    emitting((subscriber, context) => {
      const batch = context.admit(joined('six'))!;
      subscriber.next(batch.withLines({ bytes: Buffer.alloc(3), bounds: Uint32Array.of(0, 4000) }));
    }),
    /bad: what the source emitted is no batch/,
  ],
  [
    'an error that throws when it is looked at',
    () => ({ batches$: throwError(() => untouchable) }),
    /bad: the source failed and has ended/,
  ],
  [
    'an exception at once',
    () => ({ batches$: { subscribe: fail } as never }),
    /bad: the source failed and has ended: boom/,
  ],
  ['no observable', () => ({ batches$: {} as never }), /bad: the source failed and has ended/],
])('a source that gives %s', async (_, source, message) => {
  const { ledger, messages } = await run({ source });
  expect(ledger.sinks['ring']).toMatchObject({ stored: 5 });
  expect(messages.join('\n')).toMatch(message);
});

test('a source that emits after its end, releases twice, and counts what is no number', async () => {
  const errors: unknown[] = [];
  let context: SourceContext | undefined;
  let subscriber: Subscriber<Batch> | undefined;
  const { ledger } = await run(
    {
      source: emitting((aSubscriber, aContext) => {
        subscriber = aSubscriber;
        context = aContext;
        const batch = context.admit(joined('six'))!;
        batch.delivery.release();
        subscriber.next(batch);
        for (const count of [
          () => context!.note('x', Number.NaN),
          () => context!.discard('x', -1, { intentional: true }),
        ]) {
          try {
            count();
          } catch (error) {
            errors.push(error);
          }
        }
      }),
    },
    () => {
      for (let event = 0; event < 500; event++) context!.note(`event ${event}`);
    },
  );
  expect(errors).toHaveLength(2);
  expect(ledger.sources['bad']).toMatchObject({ received: 1, emitted: 1 });
  expect(Object.keys(ledger.sources['bad']!.noted).length).toBeLessThanOrEqual(101);
  subscriber!.next(Object.assign(Object.create(null), { length: 5 }) as Batch);
  expect(context!.admit(joined('seven'))).toBeUndefined();
  expect(ledger.unaccounted).toBe(0);
});

test.each<readonly [string, Partial<LineSource>]>([
  ['throws', { [Symbol.asyncDispose]: fail }],
  ['never answers', { [Symbol.asyncDispose]: never }],
])('a source whose dispose %s', async (_, part) => {
  const { ledger } = await run({ source: () => ({ ...quietSource(), ...part }) });
  expect(ledger.sinks['ring']).toMatchObject({ stored: 5 });
});

test('a source that never ends, whatever it is told', async () => {
  const { ledger } = await run({
    source: () => ({
      async *lines() {
        yield 'six';
        await never();
      },
    }),
  });
  expect(ledger.sinks['ring']!.stored).toBe(6);
});

test.each<readonly [string, () => Operator]>([
  ['nothing that throws when it is looked at', () => ({ transform: () => untouchable as never })],
  [
    'what only looks like a batch',
    () => ({
      transform: (batch) =>
        ({
          bounds: batch.bounds,
          bytes: batch.bytes,
          delivery: batch.delivery,
          length: batch.length,
        }) as Batch,
    }),
  ],
  [
    'bounds that lie outside of the bytes',
    () => ({
      transform: (batch) => batch.withLines({ bytes: Buffer.alloc(1), bounds: Uint32Array.of(0, 99) }),
    }),
  ],
  [
    'a stream of no batches',
    () => ({ operate: (batches$) => new Observable((s) => batches$.subscribe(() => s.next(7 as never))) }),
  ],
  ['an error from a stream', () => ({ operate: () => throwError(() => untouchable) })],
  ['no stream', () => ({ operate: () => untouchable as never })],
])('an operator that answers %s', async (_, operator) => {
  const { ledger, messages } = await run({ operator });
  expect(ledger.pipelines['other']).toMatchObject({
    received: 5,
    failed: { 'bad-operator': { lines: 5 } },
    offered: 0,
  });
  expect(messages.join('\n')).toMatch(/error: other: bad-operator failed on \d lines?: /);
});

test('an operator that emits after it was disposed of, and releases twice', async () => {
  const kept: Batch[] = [];
  let late: Subscriber<Batch> | undefined;
  const { ledger } = await run({
    operator: () => ({
      operate: (batches$) =>
        new Observable((subscriber) => {
          late = subscriber;
          return batches$.subscribe((batch) => {
            kept.push(batch);
            batch.delivery.release();
            subscriber.next(batch);
          });
        }),
    }),
  });
  expect(ledger.sinks['rest']).toMatchObject({ offered: 5, stored: 5 });
  for (const batch of kept) late!.next(batch);
  expect(ledger.unaccounted).toBe(0);
});

test.each([fail, never])('an operator whose dispose fails or never answers', async (dispose) => {
  const { ledger } = await run({
    operator: () => ({ ...goodOperator(), [Symbol.asyncDispose]: dispose as () => Promise<void> }),
  });
  expect(ledger.sinks['rest']).toMatchObject({ stored: 5 });
});

test('timers that fail are named, and those that are left running are stopped', async () => {
  let ticks = 0;
  const leak = ({ clock }: { readonly clock: SinkContext['clock'] }): void => {
    clock.after(1, fail);
    clock.every(1, () => void ticks++);
    clock.after(3_600_000, () => {}, { keepAlive: true });
  };
  const { messages } = await run(
    {
      sink: (context) => ({ ...goodSink(), start: () => leak(context) }),
      operator: (context) => ({ ...goodOperator(), start: () => leak(context) }),
      source: (context) => ({ ...quietSource(), start: () => leak(context) }),
    },
    () => until(() => ticks > 10),
  );
  for (const who of ['sink out', 'operator bad-operator of other', 'source bad']) {
    expect(messages).toContain(`error: ${who}: a timer failed: boom`);
    expect(messages).toContain(`warn: ${who}: left 2 timers running, which are stopped now`);
  }
  const after = ticks;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(ticks).toBe(after);
});

test('who blocks the event loop is named', async () => {
  let isFirst = true;
  const { messages } = await run(
    {
      sink: () => ({
        write() {
          if (isFirst) block();
          isFirst = false;
        },
      }),
    },
    (collector) => until(() => collector.ledger().process!.loop.blocked.times > 0),
  );
  expect(messages.join('\n')).toMatch(/the event loop was blocked for [^:]+: sink out took \d+ ms of it/);
});

test('a log that throws harms nobody', async () => {
  const level = fail as () => void;
  const collector = await startCollector(configOf({ sink: () => ({ write: fail }) }), {
    log: { debug: level, info: level, warn: level, error: level },
  });
  await collector.sourcesEnded;
  await collector.stop();
  expect(collector.ledger()).toMatchObject({
    unaccounted: 0,
    sinks: { out: { rejected: { TypeError: { lines: 5 } } }, ring: { stored: 5 } },
  });
});
