/** The n-th operation on the file system goes wrong, for every n: a choice that is fast. All of it is in test/faults/. */
import { expect, test } from 'vitest';
import {
  failEveryOperation,
  LEFT_BEHIND,
  leaveBehind,
  startOnly,
  wholeLife,
} from '../file/fail-every-operation.ts';
import { archiveKind } from './archive-rig.ts';

const zstd = archiveKind('zstd');

test.each(['short-error', 'crash-within'])('a whole life survives %s at every write', async (fault) => {
  const scenario = { options: { maxSize: 250, flushInterval: '0ms' }, kind: zstd, run: wholeLife };
  expect(await failEveryOperation(scenario, fault, ({ name }) => name === 'file.writev')).toBeGreaterThan(5);
});

test.each(Object.keys(LEFT_BEHIND).slice(0, 2))(
  'the start after %s survives a crash before every operation',
  async (kind) => {
    const options = { maxSize: 250, flushInterval: '0ms', durability: LEFT_BEHIND[kind]!.durability };
    const scenario = { options, kind: zstd, prepare: leaveBehind(kind), run: startOnly };
    expect(await failEveryOperation(scenario, 'crash-before')).toBeGreaterThan(5);
  },
);
