/**
 * The n-th operation on the file system goes wrong, for every n: see fail-every-operation.ts. This is a choice that is fast;
 * all faults with all modes are in test/faults/.
 */
import { expect, test, vi } from 'vitest';
import {
  compressedLife,
  type Filter,
  failEveryOperation,
  LEFT_BEHIND,
  leaveBehind,
  startOnly,
  wholeLife,
} from './fail-every-operation.ts';

// Hundreds of runs a test, with all that their disk takes.
vi.setConfig({ testTimeout: 120_000 });

const usedByRetention: Filter = ({ name }) => ['lstat', 'unlink'].includes(name);

test.each(['EIO', 'short', 'short-error', 'crash-before', 'crash-within'])(
  'a whole life survives %s at every operation',
  async (fault) => {
    const scenario = { options: { maxSize: 100 }, run: wholeLife };
    const only = ({ name }: { name: string }) => fault !== 'crash-within' || name === 'file.writev';
    expect(await failEveryOperation(scenario, fault, only)).toBeGreaterThan(5);
  },
);

test('retention survives EIO at every operation', async () => {
  const options = { maxSize: 50, durability: 'none', retention: { maxFiles: 2 } } as const;
  expect(await failEveryOperation({ options, run: wholeLife }, 'EIO', usedByRetention)).toBeGreaterThan(5);
});

test.each(Object.keys(LEFT_BEHIND))(
  'the start after %s survives a crash before every operation',
  async (kind) => {
    const { durability } = LEFT_BEHIND[kind]!;
    const scenario = { options: { maxSize: 100, durability }, prepare: leaveBehind(kind), run: startOnly };
    expect(await failEveryOperation(scenario, 'crash-before')).toBeGreaterThan(5);
  },
);

const ofCompression: Filter = ({ name, path }) =>
  ['file.sync', 'file.writev', 'link', 'unlink'].includes(name) && /compress|log-.*\.log(\.gz)?$/.test(path);

test.each(['EIO', 'short', 'crash-after'])('compressing survives %s at every change', async (fault) => {
  const options = { maxSize: 100, compress: 'gzip' } as const;
  const scenario = { options, run: compressedLife };
  expect(await failEveryOperation(scenario, fault, ofCompression)).toBeGreaterThan(fault === 'short' ? 2 : 8);
});
