/** Any topology, any conduct of its components, any sequence of what can happen: every line is in exactly one account. */
import { expect } from 'vitest';
import { fc, test } from '../support/properties.ts';
import { type RandomTopology, randomTopology, World } from '../support/random-topology.ts';
import { passUntil, settle } from '../support/turns.ts';

type Step =
  | { readonly kind: 'push'; readonly source: number; readonly count: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'change'; readonly topology: RandomTopology; readonly deadline: number };

const push: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('push' as const),
  source: fc.nat({ max: 2 }),
  count: fc.integer({ min: 1, max: 6 }),
});
const pass: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('pass' as const),
  ms: fc.constantFrom(0, 20, 500),
});
const change: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('change' as const),
  topology: randomTopology,
  deadline: fc.constantFrom(100, 1000),
});
const steps = fc.array(
  fc.oneof({ weight: 8, arbitrary: push }, { weight: 3, arbitrary: pass }, { weight: 1, arbitrary: change }),
  { maxLength: 40 },
);

/** Runs the steps, looking at the books after each. Changes go on while the next steps happen. */
async function run(world: World, first: RandomTopology, sequence: readonly Step[]): Promise<void> {
  const { running } = world;
  const { runtime, clock } = running;
  const changes: Promise<unknown>[] = [];
  const begin = async (topology: RandomTopology, deadline: number): Promise<void> => {
    try {
      await running.change(world.toSpec(topology), deadline);
    } catch (error) {
      expect(String(error)).toContain('cannot start');
    }
  };
  await begin(first, 1000);
  for (const step of sequence) {
    if (step.kind === 'push') world.push(step.source, step.count);
    else if (step.kind === 'change') changes.push(begin(step.topology, step.deadline));
    else clock.advance(step.ms);
    await settle(1);
    world.expectBalance();
  }
  await Promise.all(changes);
  world.expectBalance();
  expect(runtime.topology.sources.size).toBeLessThanOrEqual(3);
}

test.prop([randomTopology, steps], { numRuns: 150 })('until a stop', async (topology, sequence) => {
  const world = new World();
  await run(world, topology, sequence);
  const abandoned = await passUntil(world.running.clock, world.running.runtime.stop(2000));
  expect(abandoned).toBeGreaterThanOrEqual(0);
  await world.expectEnd();
});

test.prop([randomTopology, steps, randomTopology], { numRuns: 100 })(
  'until an abort in the middle of a change or a stop',
  async (topology, sequence, last) => {
    const world = new World();
    const { clock, runtime } = world.running;
    await run(world, topology, sequence);
    const changing = world.running.change(world.toSpec(last), 500).catch(() => {});
    await settle(1);
    const stopping = runtime.stop(500);
    runtime.abort();
    world.expectBalance();
    await passUntil(clock, Promise.all([changing, stopping]));
    await world.expectEnd();
  },
);
