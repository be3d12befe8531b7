/**
 * The file sink on a disk that loses its power at any moment and keeps only what was synced, and any part of the rest: see
 * power-cut-rig.ts for what is promised then. POWER_CUTS=N tries N lives in place of a few.
 */

import { expect } from 'vitest';
import { fc, test } from '../../support/properties.ts';
import { type Action, anAction, durabilities, live } from './power-cut-actions.ts';
import { type Durability, PowerCutRig } from './power-cut-rig.ts';

const sizes = fc.integer({ min: 1, max: 200 });
const numRuns = Number(process.env['POWER_CUTS'] ?? 150);

const write = (...batches: number[][]): Action => ({ do: 'write', batches, gaps: false });

/** What was found so, and mended: durability, `maxSize`, what happens, what the last power cut keeps. */
const found: [Durability, number, Action[], number][] = [
  // The directory was made, and its name in its parent never synced.
  ['always', 1, [write([0])], 0],
  // The state was cut in the middle, and the next start refused it.
  ['none', 1, [], 432_779_916],
  // The file was made, then a stat failed; the next attempt found it there, and took its name for durable.
  [
    'interval',
    6,
    [{ do: 'fail', fault: 'EIO', at: 14, times: 1 }, write([0, 0], [0]), { do: 'advance', ms: 1000 }],
    0,
  ],
  // A sync failed, the file was cut back and sealed; the cut was never synced.
  ['always', 6, [write([0]), { do: 'failSync', at: 1, times: 1 }, write([0])], 2],
  ['always', 6, [write([0]), { do: 'failSync', at: 1, times: 2 }, write([0])], 2],
  // The sync of what a killed process left failed; the start failed, and the next one took the file for synced.
  ['interval', 1, [{ do: 'failSync', at: 2, times: 1 }, write([0]), { do: 'kill' }], 0],
];

test.prop([durabilities, sizes, fc.array(anAction(sizes), { maxLength: 25 }), fc.nat()], {
  numRuns,
  examples: found,
})('a power cut takes no more than the durability allows', async (durability, maxSize, actions, seed) => {
  const rig = new PowerCutRig({ durability, maxSize });
  await live(rig, actions, seed);
  expect(rig.disk.cuts).toBeGreaterThan(0);
});

test.prop(
  [
    durabilities,
    sizes,
    fc.record({ maxFiles: fc.integer({ min: 1, max: 4 }) }),
    fc.array(anAction(sizes), { maxLength: 25 }),
    fc.nat(),
  ],
  { numRuns: Math.ceil(numRuns / 2) },
)('nor with retention', async (durability, maxSize, retention, actions, seed) => {
  await live(new PowerCutRig({ durability, maxSize, retention }), actions, seed);
});
