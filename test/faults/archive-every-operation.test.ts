/** Every operation of the archive sink goes wrong in every way, with every durability; see test/sinks/archive/. */
import { describe, expect, test } from 'vitest';
import { archiveKind } from '../sinks/archive/archive-rig.ts';
import {
  type Filter,
  failEveryOperation,
  LEFT_BEHIND,
  leaveBehind,
  startOnly,
  wholeLife,
} from '../sinks/file/fail-every-operation.ts';
import { workInMemory } from '../support/work-in-memory.ts';

workInMemory();

const all: Filter = () => true;
const writes: Filter = ({ name }) => name === 'file.writev';

const faults = [
  ['EIO', all],
  ['short', all],
  ['short-error', all],
  ['slow', all],
  ['crash-before', all],
  ['crash-within', writes],
  ['crash-after', all],
] as const;

const common = { maxSize: 250, flushInterval: '0ms' } as const;

describe.each([
  ['zstd', 'none'],
  ['zstd', 'interval'],
  ['zstd', 'always'],
  ['gzip', 'interval'],
] as const)('%s, durability: %s', (compression, durability) => {
  const kind = archiveKind(compression);

  test.each(faults)('a whole life survives %s at every operation', async (fault, only) => {
    const scenario = { options: { ...common, durability }, kind, run: wholeLife };
    expect(await failEveryOperation(scenario, fault, only)).toBeGreaterThan(3);
  });

  test.each(faults)('a whole life with retention survives %s at every operation', async (fault, only) => {
    const retention = { maxFiles: 2, maxTotalSize: 600 };
    const scenario = { options: { ...common, durability, retention }, kind, run: wholeLife };
    expect(await failEveryOperation(scenario, fault, only)).toBeGreaterThan(3);
  });
});

describe.each(Object.keys(LEFT_BEHIND))('the start after %s', (state) => {
  test.each(faults)('survives %s at every operation', async (fault, only) => {
    const { durability } = LEFT_BEHIND[state]!;
    const options = { ...common, durability };
    const scenario = { options, kind: archiveKind('gzip'), prepare: leaveBehind(state), run: startOnly };
    expect(await failEveryOperation(scenario, fault, only)).toBeGreaterThan(0);
  });
});
