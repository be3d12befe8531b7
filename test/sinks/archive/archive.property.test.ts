/**
 * The archive sink against a model: whatever is written, however the sink is restarted, disturbed or killed meanwhile, the
 * archives in the order of their numbers and then the current file hold exactly the lines that were stored.
 */
import { expect } from 'vitest';
import { fc, test } from '../../support/properties.ts';
import { anAction, perform, surviving } from '../file/actions.ts';
import { makeArchiveRig } from './archive-rig.ts';

const sizes = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 200, max: 2000 }));

test.prop(
  [
    fc.constantFrom('gzip' as const, 'zstd' as const),
    fc.constantFrom('none', 'interval', 'always'),
    sizes,
    fc.integer({ min: 1, max: 300 }),
    fc.array(anAction(sizes), { maxLength: 20 }),
  ],
  { numRuns: 50 },
)('archives hold exactly what was stored', async (compression, durability, maxSize, frameSize, actions) => {
  const rig = await makeArchiveRig(compression, { durability, maxSize, frameSize });
  try {
    await surviving(rig, () => rig.start());
    for (const next of actions) await surviving(rig, () => perform(rig, next));
    rig.fs.disarm();
    await surviving(rig, () => rig.stop());
    const { archives } = await rig.check();
    expect(archives.length).toBeLessThanOrEqual(rig.stored.length);
  } finally {
    await rig.remove();
  }
});
