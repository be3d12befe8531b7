/** What is asked of every sink. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { Batch } from '../core/batch.ts';
import { sleep, systemClock } from '../core/clock.ts';
import type { SinkDefinition } from '../core/component.ts';
import type { Bench } from './bench.ts';
import type { CommonSetup, ConformanceCase } from './conformance-case.ts';
import { difficultLines } from './difficult-lines.ts';
import type { Trouble } from './failing-file-system.ts';
import { staysBounded } from './growth.ts';
import { lifeCases, onBench } from './on-bench.ts';
import { checkOptions } from './options.ts';
import { KEEPS_BOUNDED, pushUnknown } from './unknown-lines.ts';

/**
 * A world for a sink: where one case writes to.
 *
 * @remarks Since 0.1.0
 */
export interface SinkWorld {
  /** Options as they are written in a configuration. */
  readonly options?: unknown;
  /**
   * The lines that are stored, oldest first, read from outside the sink. With it, bytes and order are checked.
   * It is asked while the sink runs, as soon as the last line counts as stored (and `flush` was called, if there is one).
   */
  stored?(): (string | Uint8Array)[] | Promise<(string | Uint8Array)[]>;
  /**
   * Makes the world misbehave: slow, failing for a while (`retryable`), refusing for good (`permanent`), failing now and
   * then (`random`); `undefined` ends it. Answers `false` for what it cannot do. A sink that uses `context.fs` needs none.
   */
  trouble?(kind: Trouble | undefined): boolean | void;
  /**
   * Lets go of what is stored. A world that keeps lines in memory needs it: the kit looks whether the memory of the process grows
   * with what the sink has seen.
   */
  forget?(): void | Promise<void>;
  /** Removes it. */
  dispose?(): void | Promise<void>;
}

/**
 * How a sink is put to the test.
 *
 * @remarks Since 0.1.0
 */
export interface SinkSetup extends CommonSetup {
  /** Makes a world for one case. @defaultValue one with no options */
  world?(): SinkWorld | Promise<SinkWorld>;
}

const TROUBLES: readonly Trouble[] = ['slow', 'retryable', 'permanent', 'random'];
const WHAT: Readonly<Record<Trouble, string>> = {
  slow: 'while writing is slow',
  retryable: 'when writing fails for a while',
  permanent: 'when writing is refused',
  random: 'when writing fails now and then',
};

export function sinkCases(definition: SinkDefinition, setup: SinkSetup): ConformanceCase[] {
  const lives = {
    world: async (): Promise<SinkWorld> => (await setup.world?.()) ?? {},
    patience: setup.patience,
  };
  const inWorld = (work: (world: SinkWorld, bench: Bench) => Promise<void>): (() => Promise<void>) =>
    onBench(lives, work);

  return [
    ...lifeCases(lives, definition, (bench, options) => definition.create(options, bench.context)),
    {
      name: 'disposing is safe during a write',
      run: inWorld(async (world, bench) => {
        const sink = definition.create(await checkOptions(definition, world.options ?? {}), bench.context);
        await sink.start?.();
        bench.fs.trouble = 'slow';
        const isSlow = world.trouble ? world.trouble('slow') !== false : false;
        const batch = Batch.fromTexts(['one', 'two'], { origin: { source: 'bench' }, receivedAt: 0 });
        const write = (async () => (sink.writeAll ? sink.writeAll([batch]) : sink.write(batch)))();
        const disposed = sink[Symbol.asyncDispose]?.();
        // It may store the lines or not, but it must answer.
        await bench.within(
          write.catch(() => {}),
          'the write ends',
        );
        await bench.within(Promise.resolve(disposed), 'it is disposed of');
        if (isSlow) world.trouble?.(undefined);
        await sink[Symbol.asyncDispose]?.();
      }),
    },
    {
      name: 'it stores every line, byte for byte and in order, and the ledger adds up',
      run: inWorld(async (world, bench) => {
        await bench.sink(definition, world.options ?? {});
        const lines = difficultLines();
        const rounds = Array.from({ length: 20 }, (_, round) => lines.slice(round % lines.length));
        const sent = rounds.flat();
        for (const round of rounds) await bench.push(round);
        await bench.allSettled();
        // At once, so that what is stored later shows.
        await check(world, bench, sent);
        bench.balance();
        bench.checkLog();
        assert.equal(bench.lost, 0, 'lines were lost without trouble');
        assert.equal(await bench.stop(), 0);
        bench.balance();
      }),
    },
    {
      name: KEEPS_BOUNDED,
      run: inWorld(async (world, bench) => {
        await bench.sink(definition, world.options ?? {});
        await staysBounded(async (round) => {
          await pushUnknown(bench, round);
          await bench.allSettled();
          await world.forget?.();
          bench.forget();
        });
      }),
    },
    ...TROUBLES.map(
      (trouble): ConformanceCase => ({
        name: `no line is unaccounted for ${WHAT[trouble]}, and afterwards it goes on`,
        run: inWorld(async (world, bench) => {
          await bench.sink(definition, world.options ?? {});
          await bench.push([Buffer.from('before')]);
          await bench.allSettled();
          const own = world.trouble ? world.trouble(trouble) !== false : false;
          bench.fs.trouble = trouble;
          const lines = Array.from({ length: 50 }, (_, index) =>
            Buffer.from(`line ${index} ${'x'.repeat(index * 7)}`),
          );
          for (const line of lines) await bench.push([line]);
          if (trouble === 'random' || trouble === 'slow') await bench.allSettled();
          else await sleep(systemClock, 50, undefined, { keepAlive: true });
          bench.balance();
          bench.fs.trouble = undefined;
          if (own) world.trouble?.(undefined);
          await bench.push([Buffer.from('after')]);
          await bench.allSettled();
          // What was rejected is missing; everything else is there, in order.
          if (bench.lost === 0)
            await check(world, bench, [Buffer.from('before'), ...lines, Buffer.from('after')]);
          else await checkSubset(world, bench);
          bench.balance();
        }),
      }),
    ),
  ];
}

async function check(world: SinkWorld, bench: Bench, expected: readonly Uint8Array[]): Promise<void> {
  if (!world.stored) return;
  await bench.runtime.sink('sink')?.flush?.();
  const stored = (await world.stored()).map((line) => Buffer.from(line));
  assert.equal(
    stored.length,
    expected.length,
    `${stored.length} lines are stored in place of ${expected.length}`,
  );
  expected.forEach((line, index) => {
    assert.ok(stored[index]!.equals(line), `line ${index} is not stored as it was sent`);
  });
}

/** As many lines are stored as the ledger says, none twice. */
async function checkSubset(world: SinkWorld, bench: Bench): Promise<void> {
  if (!world.stored) return;
  await bench.runtime.sink('sink')?.flush?.();
  const stored = (await world.stored()).map((line) => Buffer.from(line).toString('latin1'));
  const counted = bench.runtime.ledger.toJSON().sinks['sink']!.stored;
  assert.equal(stored.length, counted, `${stored.length} lines are stored, and ${counted} are counted`);
  assert.equal(new Set(stored).size, stored.length, 'a line is stored twice');
}
