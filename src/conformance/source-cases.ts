/** What is asked of every source. */
import assert from 'node:assert/strict';
import { systemClock } from '../core/clock.ts';
import type { SourceContext, SourceDefinition } from '../core/component.ts';
import { Credit } from '../core/credit.ts';
import { systemFileSystem } from '../core/file-system.ts';
import { silentLogger } from '../core/logger.ts';
import { Bench, leavingNothing } from './bench.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { checkOptions } from './options.ts';

/** A world for a source: where one case gets lines from. */
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

/** How a source is put to the test. */
export interface SourceSetup {
  /** Makes a world for one case. @defaultValue one with no options */
  world?(): SourceWorld | Promise<SourceWorld>;
}

/** Small enough that a source meets it soon, in bytes. */
const TIGHT = 4096;

export function sourceCases(definition: SourceDefinition, setup: SourceSetup): ConformanceCase[] {
  const inWorld =
    (work: (world: SourceWorld, bench: Bench) => Promise<void>): (() => Promise<void>) =>
    async () => {
      const world = (await setup.world?.()) ?? {};
      const bench = new Bench();
      try {
        await leavingNothing(async () => {
          try {
            await work(world, bench);
          } finally {
            await bench.stop();
          }
        });
      } finally {
        await world.dispose?.();
      }
    };
  return [
    {
      name: 'disposing is safe before the start, and twice',
      run: inWorld(async ({ options = {} }) => {
        const context: SourceContext = {
          name: 'source',
          log: silentLogger,
          clock: systemClock,
          fs: systemFileSystem,
          credit: new Credit(TIGHT),
          admit: () => undefined,
          discard: () => {},
          note: () => {},
        };
        const source = definition.create(await checkOptions(definition, options), context);
        await source[Symbol.asyncDispose]?.();
        await source[Symbol.asyncDispose]?.();
      }),
    },
    {
      name: 'lines arrive whole and in order, and the ledger adds up',
      run: inWorld(async (world, bench) => {
        await bench.source(definition, world.options ?? {});
        const lines = Array.from({ length: 500 }, (_, index) => `line ${index} ${'é'.repeat(index % 50)}`);
        const sending = world.send?.(lines, bench.runtime.addresses()['source']);
        await bench.until(() => received(bench) >= (world.send ? lines.length : 1), 'the lines arrive');
        await sending;
        if (world.send) assert.deepEqual(bench.keptLines().map(String), lines);
        await bench.stop();
        bench.balance();
      }),
    },
    {
      name: 'without credit it waits, and loses nothing',
      run: inWorld(async (world, bench) => {
        await bench.source(definition, world.options ?? {}, TIGHT);
        bench.hold();
        const lines = Array.from({ length: 200 }, (_, index) => `line ${index} ${'x'.repeat(100)}`);
        const sending = world.send?.(lines, bench.runtime.addresses()['source']);
        await bench.until(() => received(bench) > 0, 'the first lines arrive');
        await new Promise<void>((resolve) => void systemClock.after(50, resolve));
        const { received: read, bytes } = bench.runtime.ledger.toJSON().sources['source']!;
        const batches = bench.kept.length;
        // A batch that is larger than the whole credit may pass alone.
        assert.ok(
          batches <= 1 || bytes <= TIGHT,
          `${read} lines, ${bytes} bytes were emitted on ${TIGHT} bytes of credit`,
        );
        bench.release();
        if (world.send) await bench.until(() => received(bench) === lines.length, 'the other lines arrive');
        await sending;
        await bench.stop();
        bench.balance();
      }),
    },
    {
      name: 'stopping keeps what was read, and ends the source',
      run: inWorld(async (world, bench) => {
        await bench.source(definition, world.options ?? {});
        const sending = world.send?.(['one', 'two'], bench.runtime.addresses()['source']);
        await bench.until(() => received(bench) >= (world.send ? 2 : 1), 'the lines arrive');
        await sending;
        assert.equal(await bench.stop(), 0);
        await bench.runtime.sourcesEnded;
        bench.balance();
        const { received: read } = bench.runtime.ledger.toJSON().sources['source']!;
        assert.equal(received(bench), read, 'lines were read and did not reach the sink');
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

/** Lines that came through. */
function received(bench: Bench): number {
  return bench.keptLines().length;
}
