/**
 * The file sink against a model: whatever is written, however the sink is restarted, disturbed or killed meanwhile, the
 * archives in the order of their numbers and then current.log are exactly the lines that were stored. The judge is in
 * rig.ts.
 */
import { expect } from 'vitest';
import { fc, test } from '../../support/properties.ts';
import { anAction, perform, surviving } from './actions.ts';
import { FileRig } from './rig.ts';

const sizes = fc.integer({ min: 1, max: 200 });

test.prop(
  [
    fc.constantFrom('none', 'interval', 'always'),
    fc.constantFrom('none', 'gzip', 'zstd'),
    sizes,
    fc.array(anAction(sizes), { maxLength: 25 }),
  ],
  {
    numRuns: 60,
  },
)('files hold exactly what was stored', async (durability, compress, maxSize, actions) => {
  const rig = await FileRig.make({ durability, compress, maxSize });
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
