/** What is asked of every source. */
import assert from 'node:assert/strict';
import { sleep, systemClock } from '../core/clock.ts';
import type { SourceDefinition } from '../core/component.ts';
import { Credit } from '../core/credit.ts';
import type { Bench } from './bench.ts';
import type { CommonSetup, ConformanceCase } from './conformance-case.ts';
import { staysBounded } from './growth.ts';
import { lifeCases, onBench } from './on-bench.ts';
import { KEEPS_BOUNDED, TEXTS, unknownTexts } from './unknown-lines.ts';

/**
 * A world for a source: where one case gets lines from.
 *
 * @remarks Since 0.1.0
 */
export interface SourceWorld {
  /** Options as they are written in a configuration. */
  readonly options?: unknown;
  /**
   * Gives the source lines, each ended as its format wants it, and resolves when it has taken them or will. `address` is
   * what the source says of where it listens. Without it, the source is expected to come up with lines by itself.
   */
  send?(lines: readonly string[], address: string | undefined): Promise<void>;
  /** Removes it. */
  dispose?(): void | Promise<void>;
}

/**
 * How a source is put to the test.
 *
 * @remarks Since 0.1.0
 */
export interface SourceSetup extends CommonSetup {
  /** Makes a world for one case. @defaultValue one with no options */
  world?(): SourceWorld | Promise<SourceWorld>;
}

/** How often a source is given lines in a round of what it has never seen. */
const SENDINGS = 150;

/** How many lines are waited for of a source that comes up with lines by itself. */
const BY_ITSELF = 300;

/** Small enough that a source meets it soon, in bytes. */
const TIGHT = 4096;

export function sourceCases(definition: SourceDefinition, setup: SourceSetup): ConformanceCase[] {
  const lives = {
    world: async (): Promise<SourceWorld> => (await setup.world?.()) ?? {},
    patience: setup.patience,
  };
  const inWorld = (work: (world: SourceWorld, bench: Bench) => Promise<void>): (() => Promise<void>) =>
    onBench(lives, work);
  return [
    ...lifeCases(lives, definition, (bench, options) =>
      definition.create(options, {
        ...bench.context,
        credit: new Credit(TIGHT),
        admit: () => undefined,
        discard: () => {},
        note: () => {},
      }),
    ),
    {
      name: 'lines arrive whole and in order, and the ledger adds up',
      run: inWorld(async (world, bench) => {
        await bench.source(definition, world.options ?? {});
        const lines = Array.from({ length: 500 }, (_, index) => `line ${index} ${'é'.repeat(index % 50)}`);
        const sending = world.send?.(lines, bench.runtime.addresses()['source']);
        await bench.until(() => bench.keptCount >= (world.send ? lines.length : 1), 'the lines arrive');
        await bench.within(Promise.resolve(sending), 'the lines are sent');
        if (world.send) assert.deepEqual(bench.keptLines().map(String), lines);
        await bench.stop();
        bench.balance();
        bench.checkLog();
      }),
    },
    {
      name: 'without credit it waits, and loses nothing',
      run: inWorld(async (world, bench) => {
        await bench.source(definition, world.options ?? {}, TIGHT);
        bench.hold();
        const lines = Array.from({ length: 200 }, (_, index) => `line ${index} ${'x'.repeat(100)}`);
        const sending = world.send?.(lines, bench.runtime.addresses()['source']);
        await bench.until(() => bench.keptCount > 0, 'the first lines arrive');
        await sleep(systemClock, 50, undefined, { keepAlive: true });
        const { batches, bytes } = bench.emitted;
        // A batch that is larger than the whole credit may pass alone.
        const isWithin = batches <= 1 || bytes <= TIGHT;
        assert.ok(isWithin, `it emitted ${batches} batches, ${bytes} bytes, on ${TIGHT} bytes of credit`);
        bench.release();
        if (world.send) await bench.until(() => bench.keptCount === lines.length, 'the other lines arrive');
        await bench.within(Promise.resolve(sending), 'the lines are sent');
        await bench.stop();
        bench.balance();
      }),
    },
    {
      name: 'stopping keeps what was read, and ends the source',
      run: inWorld(async (world, bench) => {
        await bench.source(definition, world.options ?? {});
        const sending = world.send?.(['one', 'two'], bench.runtime.addresses()['source']);
        await bench.until(() => bench.keptCount >= (world.send ? 2 : 1), 'the lines arrive');
        await bench.within(Promise.resolve(sending), 'the lines are sent');
        assert.equal(await bench.stop(), 0);
        await bench.runtime.sourcesEnded;
        bench.balance();
        bench.checkLog();
        const { received: read } = bench.runtime.ledger.toJSON().sources['source']!;
        assert.equal(bench.keptCount, read, 'lines were read and did not reach the sink');
      }),
    },
    {
      name: KEEPS_BOUNDED,
      run: inWorld(async (world, bench) => {
        await bench.source(definition, world.options ?? {});
        const address = bench.runtime.addresses()['source'];
        let hasEnded = false;
        void bench.runtime.sourcesEnded.then(() => (hasEnded = true));
        await staysBounded(async (round) => {
          // Each time it is given lines is a peer of its own, where there are such.
          for (let time = 0; world.send && time < SENDINGS; time++) {
            await bench.within(world.send(unknownTexts(round, time), address), 'the lines are sent');
          }
          const expected = world.send ? SENDINGS * TEXTS : BY_ITSELF;
          await bench.until(() => hasEnded || bench.keptCount >= expected, 'the lines arrive');
          bench.forget();
        });
      }),
    },
    {
      name: 'an end at once leaves nothing behind',
      run: inWorld(async (world, bench) => {
        await bench.source(definition, world.options ?? {});
        bench.runtime.abort();
        await bench.runtime.sourcesEnded;
        bench.balance();
      }),
    },
  ];
}
