import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { joinLines } from '../../../src/core/batch.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { LineSource, SourceContext } from '../../../src/core/component.ts';
import { systemFileSystem } from '../../../src/core/file-system.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { Runtime } from '../../../src/pipeline/runtime.ts';
import { FakeSink, hang, Manual } from '../../support/fake-sink.ts';
import { Running } from '../../support/running.ts';
import { topologyOf } from '../../support/topology.ts';
import { settle } from '../../support/turns.ts';

type LinesOf = LineSource['lines'];

async function start(source: LineSource, { sink = new FakeSink(), credit = 2 ** 20 } = {}) {
  const running = await Running.start({
    sources: { in: { create: () => source, credit } },
    pipelines: { main: { from: ['in'], to: ['out'] } },
    sinks: { out: sink },
  });
  return { running, sink, account: () => running.ledger.sources['in']! };
}

const of = (...items: unknown[]): LinesOf =>
  async function* lines() {
    yield* items as string[];
  };

/** Never gives a line; ends when it is told to, as what waits in Node does: by an error. */
const waiting: LinesOf = async function* lines(signal) {
  await wait(600_000, undefined, { signal });
  yield 'never';
};

test('lines come one by one or several at a time, as text, as bytes, or as a framer makes them', async () => {
  const { running, sink, account } = await start({
    lines: of('a', Uint8Array.of(98, 0xff), ['c', Uint8Array.of(100)], [], joinLines(['e', 'f'])),
  });
  await running.runtime.sourcesEnded;
  expect(sink.writes).toEqual([['a'], ['b\uFFFD'], ['c', 'd'], ['e', 'f']]);
  expect(account()).toMatchObject({ received: 6, bytes: 2 + 3 + 4 + 4, emitted: 6 });
  running.expectBalance();
});

test('the next lines are asked for when there is credit for those before', async () => {
  let asked = 0;
  const manual = new Manual();
  const { running, sink } = await start(
    {
      async *lines() {
        while (asked < 6) yield `${asked++}`;
      },
    },
    { sink: new FakeSink(manual.conduct), credit: 1600 },
  );
  await settle();
  // Two are on their way, and one waits for credit.
  expect(asked).toBe(3);
  for (let write = 1; write <= 6; write++) {
    manual.finish();
    await settle();
    expect(asked).toBe(Math.min(6, 3 + write));
  }
  await running.runtime.sourcesEnded;
  expect(sink.stored).toEqual(['0', '1', '2', '3', '4', '5']);
  running.expectBalance();
});

test('lines without end leave time for everything else', async () => {
  const stored: number[] = [];
  const runtime = new Runtime({ clock: systemClock, fs: systemFileSystem, log: silentLogger });
  const source: LineSource = {
    async *lines(signal) {
      for (let line = 0; !signal.aborted; line++) yield `${line}`;
    },
  };
  await runtime.change(
    topologyOf({
      sources: { in: { create: () => source } },
      pipelines: { main: { from: ['in'], to: ['out'] } },
      sinks: { out: { write: (batch) => void stored.push(batch.length) } },
    }),
  );
  await wait(50);
  expect(await runtime.stop()).toBe(0);
  expect(stored.length).toBeGreaterThan(0);
  expect(runtime.ledger.unaccounted).toBe(0);
});

describe('told to stop', () => {
  test('it emits what it has, and its generator is closed', async () => {
    const events: string[] = [];
    const { running, sink } = await start({
      async *lines(signal) {
        try {
          yield 'first';
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          yield 'has arrived';
          yield 'too late';
        } finally {
          events.push('closed');
        }
      },
      async [Symbol.asyncDispose]() {
        events.push('dispose');
      },
    });
    await settle();
    expect(await running.stop()).toBe(0);
    expect(sink.stored).toEqual(['first', 'has arrived']);
    expect(events).toEqual(['closed', 'dispose']);
    running.expectBalance();
  });

  test('it may end by the error of its signal', async () => {
    const { running } = await start({ lines: waiting });
    await settle();
    expect(await running.stop()).toBe(0);
    expect(running.log.entries).toEqual([]);
  });

  test('but lines wait for credit until the deadline, it gives them up', async () => {
    const { running, account } = await start(
      { lines: of('a', ['b', 'c'], 'd') },
      { sink: new FakeSink(hang), credit: 600 },
    );
    await settle();
    expect(await running.stop(1000)).toBe(3);
    expect(account()).toMatchObject({
      received: 3,
      emitted: 1,
      dropped: { abandoned: { lines: 2, intentional: false } },
    });
    running.expectBalance();
  });

  test('and it does not, the deadline ends it', async () => {
    const { running } = await start({
      async *lines() {
        await hang();
        yield 'never';
      },
    });
    const before = running.clock.monotonic();
    expect(await running.stop(1000)).toBe(0);
    expect(running.clock.monotonic() - before).toBeLessThan(2000);
  });

  test('before it has begun, it does not begin', async () => {
    const { running, sink } = await start({ lines: of('a') });
    expect(running.runtime.abort()).toBe(0);
    await settle();
    expect(
      sink.stored.length + (running.ledger.sources['in']!.dropped['abandoned']?.lines ?? 0),
    ).toBeLessThan(2);
    running.expectBalance();
  });
});

test('an error ends it, and is said', async () => {
  const { running, sink } = await start({
    async *lines() {
      yield 'a';
      throw new Error('cannot read');
    },
  });
  await running.runtime.sourcesEnded;
  expect(sink.stored).toEqual(['a']);
  expect(running.log.messages()).toEqual(['error: in: the source failed and has ended: cannot read']);
});

test('something that is no line ends it, and is said', async () => {
  const { running, sink } = await start({ lines: of('a', 7) });
  await running.runtime.sourcesEnded;
  expect(sink.stored).toEqual(['a']);
  expect(running.log.messages()).toEqual([
    expect.stringMatching(/^error: in: the source failed and has ended/),
  ]);
});

test('what else it offers is there, with its own `this`', async () => {
  class Lines {
    readonly name = 'mine';
    readonly context: SourceContext;
    readonly events: string[] = [];
    constructor(context: SourceContext) {
      this.context = context;
    }
    start(): void {
      this.events.push(`start ${this.name}`);
    }
    clients(): number {
      return this.name.length;
    }
    address(): string {
      return `address of ${this.name}`;
    }
    inspect(): Readonly<Record<string, unknown>> {
      return { inspected: this.name };
    }
    async *lines(): AsyncGenerator<string> {
      yield this.name;
    }
    async [Symbol.asyncDispose](): Promise<void> {
      this.events.push(`dispose ${this.name}`);
    }
  }
  let made: Lines | undefined;
  const sink = new FakeSink();
  const running = await Running.start({
    sources: { in: { create: (context) => (made = new Lines(context)) } },
    pipelines: { main: { from: ['in'], to: ['out'] } },
    sinks: { out: sink },
  });
  await running.runtime.sourcesEnded;
  expect(running.runtime.addresses()).toEqual({ in: 'address of mine' });
  expect(running.ledger.sources['in']).toMatchObject({ clients: 4, inspected: 'mine' });
  expect(sink.stored).toEqual(['mine']);
  await running.stop();
  expect(made!.events).toEqual(['start mine', 'dispose mine']);
});
