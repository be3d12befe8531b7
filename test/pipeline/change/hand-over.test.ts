/** A sink that cannot store its lines is exchanged: they go to the sink in its place. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { RetryableError } from '../../../src/core/errors.ts';
import { systemFileSystem } from '../../../src/core/file-system.ts';
import { Runtime } from '../../../src/pipeline/runtime.ts';
import { temporaryDirectory } from '../../core/log-directory/temporary-directory.ts';
import { FakeSink, hang, Manual } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { MemoryLogger } from '../../support/memory-logger.ts';
import { Running } from '../../support/running.ts';
import { type SinkSpec, topologyOf } from '../../support/topology.ts';
import { settle } from '../../support/turns.ts';
import { spilling } from '../sink/spill-rig.ts';

const LINES = Array.from({ length: 20 }, (_, index) => `line ${index}`);
const claims = ['directory /var/log/app'];

const full = (): never => {
  throw new RetryableError('no space', { retryAfter: 3_600_000 });
};

async function start(old: SinkSpec) {
  const source = new FakeSource();
  const other = new FakeSink();
  const specOf = (files?: SinkSpec) => ({
    sources: { in: { create: source.create, credit: 1e6 } },
    pipelines: { main: { from: ['in'], to: files ? ['files', 'other'] : ['other'] } },
    sinks: { ...(files && { files }), other },
  });
  const running = await Running.start(specOf(old));
  return {
    source,
    other,
    running,
    change: (files?: SinkSpec, deadline?: number) => running.change(specOf(files), deadline),
    files: () => running.ledger.sinks['files']!,
  };
}

function push(source: FakeSource, lines: readonly string[] = LINES): void {
  for (const line of lines) source.push(line);
}

describe.each([
  ['of the same directory', { claims }, { claims }],
  ['of another directory', { claims: ['directory /full'] }, { claims: ['directory /empty'] }],
])('a new sink %s', (_, before, after) => {
  test.each(['block', 'dropNewest', 'dropOldest'] as const)(
    'gets all lines of one that fails (%s), at once and in order',
    async (whenFull) => {
      const queue = { whenFull };
      const { source, other, running, change, files } = await start({
        sink: new FakeSink(full),
        queue,
        ...before,
      });
      push(source);
      const next = new FakeSink();
      const began = running.clock.monotonic();
      await change({ sink: next, key: 'next', queue, ...after }, 60_000);
      expect(running.clock.monotonic() - began).toBeLessThan(1000);
      source.push('after');
      expect(next.stored).toEqual([...LINES, 'after']);
      expect(files()).toMatchObject({ offered: 21, stored: 21, dropped: {}, rejected: {} });
      expect(other.stored).toEqual([...LINES, 'after']);
      await settle();
      expect(source.settled.every(({ stored }) => stored)).toBe(true);
      expect(source.settled).toHaveLength(21);
      expect(running.log.messages('info')).toContain(
        'info: files: 20 lines that are not stored yet are handed over to the sink in its place',
      );
      running.expectBalance();
    },
  );

  test('gets what a breaker holds back, too', async () => {
    const { source, running, change } = await start({
      sink: new FakeSink((_lines, attempt) => (attempt === 1 ? undefined : full())),
      breaker: { failures: 1 },
      ...before,
    });
    push(source);
    const next = new FakeSink();
    await change({ sink: next, key: 'next', breaker: { failures: 1 }, ...after });
    expect(next.stored).toEqual(LINES.slice(1));
    running.expectBalance();
  });

  test('gives up nobody: one that only drops lines keeps the credit of none', async () => {
    const { source, running, change } = await start({ sink: new FakeSink(full), ...before });
    push(source);
    const next = new FakeSink(full);
    await change({ sink: next, key: 'next', queue: { whenFull: 'dropOldest' }, ...after });
    await settle();
    expect(source.settled).toHaveLength(20);
    expect(running.ledger.sinks['files']).toMatchObject({ inFlight: 20, dropped: {} });
    running.expectBalance();
  });
});

test('what is being written when the deadline comes is not handed over: it may yet be stored', async () => {
  const { source, running, change, files } = await start({ sink: new FakeSink(hang), claims });
  push(source);
  const next = new FakeSink();
  await change({ sink: next, key: 'next', claims }, 1000);
  expect(next.stored).toEqual(LINES.slice(1));
  expect(files()).toMatchObject({ stored: 19, dropped: { deadline: { lines: 1, intentional: false } } });
  running.expectBalance();
});

test('a sink that is well is waited for, and stores its lines itself', async () => {
  const manual = new Manual();
  const old = new FakeSink(manual.conduct);
  const { source, running, change } = await start({ sink: old, claims });
  push(source, ['a', 'b']);
  const next = new FakeSink();
  const changing = change({ sink: next, key: 'next', claims }, 60_000);
  for (let write = 0; write < 2; write++) {
    await settle(2);
    manual.finish();
  }
  await changing;
  expect([old.stored, next.stored]).toEqual([['a', 'b'], []]);
  running.expectBalance();
});

test('a sink that is taken out has until the deadline, as ever', async () => {
  const { source, running, change, files } = await start({ sink: new FakeSink(full), claims });
  push(source);
  await change(undefined, 1000);
  expect(files()).toMatchObject({ dropped: { deadline: { lines: 20 } }, inFlight: 0 });
  running.expectBalance();
});

test('what a sink can leave on disk is not handed over, nor dropped', async () => {
  const source = new FakeSource();
  const log = new MemoryLogger();
  const runtime = new Runtime({ clock: systemClock, fs: systemFileSystem, log });
  onTestFinished(() => void runtime.abort());
  const specOf = (out: SinkSpec) =>
    topologyOf({
      sources: { in: source },
      pipelines: { main: { from: ['in'], to: ['out'] } },
      sinks: { out },
    });
  const queue = spilling(`${await temporaryDirectory()}/spill`);
  await runtime.change(specOf({ sink: new FakeSink(full), queue }));
  push(source);
  const next = new FakeSink();
  await runtime.change(specOf({ sink: next, key: 'next' }), 2000);
  source.push('after');
  await settle();
  // What the source had not given yet went to the new one.
  const left = LINES.length + 1 - next.stored.length;
  expect(left).toBeGreaterThan(0);
  expect(next.stored).toEqual([...LINES.slice(left), 'after']);
  expect(runtime.ledger.toJSON()).toMatchObject({
    unaccounted: 0,
    sinks: { out: { dropped: {} } },
  });
  expect(log.messages('warn').join('\n')).toContain(`out: ${left} lines wait on disk for the next start`);
});

test('an exchange that fails gives the lines back to the old sink', async () => {
  const old = new FakeSink(full);
  const { source, running, change } = await start({ sink: old, claims });
  push(source);
  const bad = new FakeSink();
  bad.onStart = () => {
    old.conduct = () => {};
    throw new Error('cannot start');
  };
  await expect(change({ sink: bad, key: 'bad', claims })).rejects.toThrow('cannot start');
  expect(old.stored).toEqual(LINES);
  running.expectBalance();
});

/** Fails to exchange a sink that has lines, and to start it again. */
async function lose(queue: NonNullable<SinkSpec['queue']>) {
  const old = new FakeSink(full);
  const started = await start({ sink: old, queue, claims });
  push(started.source, LINES.slice(0, 10));
  const bad = new FakeSink();
  bad.onStart = () => {
    old.onStart = full;
    throw new Error('cannot start');
  };
  await expect(started.change({ sink: bad, key: 'bad', queue, claims })).rejects.toThrow('cannot start');
  return started;
}

describe('a sink that can be neither exchanged nor started again', () => {
  test('keeps what its queue holds, and makes the sources wait if it blocks', async () => {
    const queue = { maxBytes: 100, whenFull: 'block' as const };
    const { source, other, running, change, files } = await lose(queue);
    push(source, LINES.slice(10));
    expect(files().inFlight).toBeLessThan(20);
    expect(source.waiting).toBe(20 - files().inFlight);
    expect(files().dropped).toEqual({});
    const next = new FakeSink();
    await change({ sink: next, key: 'next', queue, claims });
    await settle();
    expect(next.stored).toEqual(LINES);
    expect(other.stored).toEqual(LINES);
    running.expectBalance();
  });

  test('drops by its policy, if that drops', async () => {
    const queue = { maxBytes: 100, whenFull: 'dropNewest' as const };
    const { source, other, running, change, files } = await lose(queue);
    push(source, LINES.slice(10));
    expect(other.stored).toEqual(LINES);
    const { dropped, inFlight } = files();
    expect(dropped).toEqual({ dropNewest: { lines: 20 - inFlight, intentional: true } });
    const next = new FakeSink();
    await change({ sink: next, key: 'next', queue, claims });
    expect(next.stored).toEqual(LINES.slice(0, inFlight));
    running.expectBalance();
  });

  test('gives its lines up at a stop, which does not wait for it', async () => {
    const { source, other, running, files } = await lose({ maxBytes: 100, whenFull: 'block' });
    push(source, LINES.slice(10));
    const began = running.clock.monotonic();
    expect(await running.stop(60_000)).toBe(20);
    expect(running.clock.monotonic() - began).toBeLessThan(1000);
    expect(other.stored).toEqual(LINES);
    expect(files()).toMatchObject({
      offered: 20,
      dropped: { unavailable: { lines: 20, intentional: false } },
    });
    running.expectBalance();
  });

  test('gives its lines up when it is taken out', async () => {
    const { running, change, files } = await lose({ whenFull: 'block' });
    await change(undefined);
    expect(files()).toMatchObject({ dropped: { unavailable: { lines: 10 } }, inFlight: 0 });
    running.expectBalance();
  });
});

test('an abort in the middle counts what was on its way from one to the other', async () => {
  const { source, running, change, files } = await start({ sink: new FakeSink(full), claims });
  push(source);
  const slow = new FakeSink();
  slow.onStart = hang;
  void change({ sink: slow, key: 'slow', claims }).catch(() => {});
  await settle(20);
  expect(files().inFlight).toBe(20);
  expect(running.runtime.abort()).toBe(20);
  expect(files()).toMatchObject({ inFlight: 0, dropped: { abandoned: { lines: 20, intentional: false } } });
  running.expectBalance();
});
