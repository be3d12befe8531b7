/** Pauses of the event loop, on a clock on which components take time. */
import { type Observable, tap } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { Batch } from '../../../src/core/batch.ts';
import { type Callee, Calls } from '../../../src/pipeline/containment/calls.ts';
import { LoopWatch } from '../../../src/pipeline/containment/loop-watch.ts';
import { FakeSink } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryLogger } from '../../support/memory-logger.ts';
import { Running } from '../../support/running.ts';

/** Time passes while somebody has the event loop: no timer can fire. */
class BusyClock extends ManualClock {
  #busy = 0;

  work(ms: number): void {
    this.#busy += ms;
  }

  override monotonic(): number {
    return super.monotonic() + this.#busy;
  }
}

function watch() {
  const clock = new BusyClock();
  const log = new MemoryLogger();
  const calls = new Calls(clock);
  let worked = 0;
  const loop = new LoopWatch({ clock, log, calls, processorTime: () => worked });
  loop.start();
  const callees = new Map<string, Callee>();
  const take = (name: string, ms: number): void => {
    if (!callees.has(name)) callees.set(name, calls.callee(name));
    callees.get(name)!.run(() => work(ms));
  };
  const work = (ms: number): void => {
    clock.work(ms);
    worked += ms;
  };
  return { clock, log, calls, loop, take, work };
}

test('are measured by how late a timer is, over the last minute', () => {
  const { clock, loop, work } = watch();
  expect(loop.figures()).toEqual({ lag: { p50: 0, p99: 0, max: 0 }, blocked: { times: 0, ms: 0 } });
  for (let look = 0; look < 1000; look++) {
    if (look % 50 === 0) work(look === 0 ? 600 : 20);
    clock.advance(50);
  }
  expect(loop.figures().lag).toEqual({ p50: 0, p99: 20, max: 600 });
  clock.advance(60_000);
  expect(loop.figures().lag).toEqual({ p50: 0, p99: 0, max: 0 });
});

describe('that are longer than the threshold', () => {
  test('are said with those who had the loop, who took longest first', () => {
    const { clock, log, loop, take, work } = watch();
    take('operator a of main', 300);
    take('sink out', 900);
    take('operator a of main', 300);
    take('sink quick', 5);
    work(10);
    clock.advance(50);
    expect(log.messages()).toEqual([
      'warn: the event loop was blocked for 1.5 s: sink out took 900 ms of it, operator a of main took 600 ms of it',
    ]);
    expect(loop.figures().blocked).toEqual({
      times: 1,
      ms: 1515,
      longest: {
        ms: 1515,
        until: '2026-01-01T00:00:00.050Z',
        by: [
          { name: 'sink out', ms: 900 },
          { name: 'operator a of main', ms: 600 },
        ],
        processorMs: 1515,
      },
    });
  });

  test('are not blamed on who was called before', () => {
    const { clock, log, take, work } = watch();
    take('sink out', 900);
    clock.advance(50);
    work(2000);
    clock.advance(50);
    expect(log.messages()).toEqual([
      'warn: the event loop was blocked for 2.0 s: by no operator or sink while it was called; a source, a timer of a plugin, or a garbage collection',
    ]);
  });

  test('of a process that did not run are told apart', () => {
    const { clock, log } = watch();
    clock.work(5000);
    clock.advance(50);
    expect(log.messages()).toEqual([
      'warn: the event loop was blocked for 5.0 s: this process was hardly running: it was stopped, or the machine is overloaded',
    ]);
  });

  test('are said once in a while only, and all counted', () => {
    const { clock, log, loop, take } = watch();
    for (let time = 0; time < 10; time++) {
      take('sink out', 2000);
      clock.advance(50);
    }
    expect(loop.figures().blocked).toMatchObject({ times: 10, ms: 20_000 });
    expect(log.messages()).toHaveLength(2);
    expect(log.messages()[1]).toMatch(
      /^warn: the event loop was blocked for 2.0 s, and \d times before that: sink out/,
    );
  });

  test('may be as short as one likes', () => {
    const { clock, log, loop, take } = watch();
    loop.threshold = 100;
    take('sink out', 150);
    clock.advance(50);
    expect(log.messages()).toHaveLength(1);
  });
});

test('who is called by another one counts for itself', () => {
  const { calls, clock } = watch();
  const outer = calls.callee('outer');
  const inner = calls.callee('inner');
  outer.run(() => {
    clock.work(10);
    inner.run(() => clock.work(20));
    clock.work(30);
  });
  expect(calls.take()).toEqual([
    { name: 'outer', ms: 40 },
    { name: 'inner', ms: 20 },
  ]);
  expect(calls.take()).toEqual([]);
});

test.each(['transform', 'stream', 'write', 'writeAll', 'throw'] as const)(
  'a runtime knows that it was called for %s',
  async (where) => {
    const clock = new BusyClock();
    const running = new Running(clock);
    const source = new FakeSource();
    const block = (): void => clock.work(3000);
    const sink = new FakeSink(() => {
      if (where === 'write' || where === 'writeAll') block();
    });
    if (where === 'writeAll') sink.grouped();
    const operator = {
      create: () =>
        where === 'stream'
          ? {
              operate: (batches$: Observable<Batch>) => batches$.pipe(tap(block)),
            }
          : {
              transform: (batch: Batch) => {
                if (where === 'transform' || where === 'throw') block();
                if (where === 'throw') throw new Error('boom');
                return batch;
              },
            },
    };
    await running.change({
      sources: { in: source },
      pipelines: { main: { from: ['in'], through: [operator], to: ['out'] } },
      sinks: { out: sink },
    });
    source.push('a');
    running.clock.advance(50);
    const who = where.startsWith('write') ? 'sink out' : 'operator operator1 of main';
    expect(running.log.messages('warn')).toEqual([
      expect.stringMatching(
        new RegExp(`^warn: the event loop was blocked for 3.0 s: ${who} took 3.0 s of it`),
      ),
    ]);
    await running.stop();
    expect(clock.timers).toBe(0);
  },
);
