/** Puts the life of a component into a case: a world for it, a bench, its end, and a look at what it leaves behind. */
import assert from 'node:assert/strict';
import type { ComponentDefinition } from '../core/component.ts';
import { Bench } from './bench.ts';
import { leavingNothing, openedBy } from './leaks.ts';
import { checkOptions } from './options.ts';

/** What a component lives in. */
interface World {
  readonly options?: unknown;
  dispose?(): void | Promise<void>;
}

/** How a case makes worlds, and how long it waits. */
export interface Lives<W extends World> {
  world(): W | Promise<W>;
  readonly patience: number | undefined;
}

/** A case: lives once, ends, and leaves nothing behind. */
export function onBench<W extends World>(
  lives: Lives<W>,
  work: (world: W, bench: Bench) => Promise<void>,
): () => Promise<void> {
  return () =>
    leavingNothing(async (watch) => {
      const world = await lives.world();
      const bench = new Bench(lives.patience);
      try {
        await watch(async () => {
          try {
            await work(world, bench);
            await bench.stop();
            bench.checkBytes();
          } catch (error) {
            await bench.abort();
            throw error;
          }
        });
      } finally {
        await world.dispose?.();
      }
    });
}

/** What is made of a definition, off the runtime. */
interface Made {
  start?(): void | Promise<void>;
  [Symbol.asyncDispose]?(): Promise<void>;
}

/** The cases of the life of a component that no line ever reaches. */
export function lifeCases<W extends World>(
  lives: Lives<W>,
  definition: ComponentDefinition,
  make: (bench: Bench, options: unknown) => Made,
): { readonly name: string; readonly run: () => Promise<void> }[] {
  const made = async (world: W, bench: Bench): Promise<Made> =>
    make(bench, await checkOptions(definition, world.options ?? {}));
  return [
    {
      name: 'making it opens nothing: that is for its start',
      run: onBench(lives, async (world, bench) => {
        const options = await checkOptions(definition, world.options ?? {});
        let component: Made | undefined;
        const opened = await openedBy(() => (component = make(bench, options)));
        await component?.[Symbol.asyncDispose]?.();
        assert.deepEqual(opened, [], `it opened or began, in create: ${opened.join(', ')}`);
      }),
    },
    {
      name: 'disposing is safe before the start, and twice',
      run: onBench(lives, async (world, bench) => {
        const component = await made(world, bench);
        await bench.within(disposeTwice(component), 'it is disposed of, twice');
      }),
    },
    {
      name: 'disposing is safe right after the start, and twice',
      run: onBench(lives, async (world, bench) => {
        const component = await made(world, bench);
        await bench.within((async () => component.start?.())(), 'it starts');
        await bench.within(disposeTwice(component), 'it is disposed of, twice');
      }),
    },
  ];
}

async function disposeTwice(component: Made): Promise<void> {
  await component[Symbol.asyncDispose]?.();
  await component[Symbol.asyncDispose]?.();
}
