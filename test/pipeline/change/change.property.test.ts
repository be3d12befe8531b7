/** A hundred reloads under load. */
import { expect } from 'vitest';
import { fc, test } from '../../support/properties.ts';
import { randomTopology, World } from '../../support/random-topology.ts';
import { settle } from '../../support/turns.ts';

// The topologies come of a seed: a hundred of them are too much to show.
test.prop([fc.integer()], {
  numRuns: 3,
  endOnFailure: true,
})('lose no line, keep the order, and the ledger balances after each', async (seed) => {
  const topologies = fc.sample(randomTopology, { seed, numRuns: 100 });
  const world = new World();
  const { running } = world;
  let failed = 0;
  let pushed = 0;
  for (const topology of topologies) {
    const changing = running.change(world.toSpec(topology), 200).catch((error: unknown) => {
      expect(String(error)).toContain('cannot start');
      failed++;
    });
    for (let turn = 0; turn < 6; turn++) {
      world.push(turn % 3, 1 + (pushed++ % 4));
      await settle(1);
      world.expectBalance();
    }
    await changing;
    world.expectBalance();
  }
  expect(failed).toBeLessThan(100);
  await running.stop(1000);
  await world.expectEnd();
  const { sources } = running.ledger;
  expect(Object.values(sources).reduce((sum, { received }) => sum + received, 0)).toBeGreaterThan(300);
});
