/**
 * The archive sink on a disk that loses its power at any moment and keeps only what was synced, and any part of the rest: see
 * test/sinks/file/power-cut-rig.ts for what is promised then.
 */

import { fc, test } from '../../support/properties.ts';
import { anAction, durabilities, live } from '../file/power-cut-actions.ts';
import { PowerCutRig } from '../file/power-cut-rig.ts';
import { archiveKind } from './archive-rig.ts';

const sizes = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 200, max: 2000 }));
const compressions = fc.constantFrom('gzip' as const, 'zstd' as const);

test.prop(
  [
    compressions,
    durabilities,
    sizes,
    fc.integer({ min: 1, max: 300 }),
    fc.array(anAction(sizes), { maxLength: 20 }),
    fc.nat(),
  ],
  { numRuns: Number(process.env['POWER_CUTS'] ?? 60) },
)(
  'a power cut takes no more than the durability allows',
  async (compression, durability, maxSize, frameSize, actions, seed) => {
    const options = { durability, maxSize, frameSize, flushInterval: '0ms' };
    await live(new PowerCutRig(options, archiveKind(compression)), actions, seed);
  },
);
