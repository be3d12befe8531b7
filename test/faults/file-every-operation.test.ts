/** Every operation of the file sink goes wrong in every way, with every durability; see test/sinks/file/. */
import { describe, expect, test } from 'vitest';
import {
  compressedLife,
  type Filter,
  failEveryOperation,
  LEFT_BEHIND,
  LEFT_COMPRESSING,
  leaveBehind,
  leaveCompressing,
  startCompressing,
  startOnly,
  wholeLife,
} from '../sinks/file/fail-every-operation.ts';
import { workInMemory } from '../support/work-in-memory.ts';

workInMemory();

const all: Filter = () => true;
const takesSpace: Filter = ({ name }) =>
  ['open', 'file.writev', 'link', 'rename', 'mkdir', 'file.sync', 'file.datasync'].includes(name);
const takesDescriptor: Filter = ({ name }) => ['open', 'readEntries'].includes(name);
const writes: Filter = ({ name }) => name === 'file.writev';

const faults = [
  ['EIO', all],
  ['ENOSPC', takesSpace],
  ['EMFILE', takesDescriptor],
  ['short', all],
  ['short-error', all],
  ['slow', all],
  ['crash-before', all],
  ['crash-within', writes],
  ['crash-after', all],
] as const;

describe.each(['none', 'interval', 'always'] as const)('durability: %s', (durability) => {
  test.each(faults)('a whole life survives %s at every operation', async (fault, only) => {
    const scenario = { options: { maxSize: 100, durability }, run: wholeLife };
    expect(await failEveryOperation(scenario, fault, only)).toBeGreaterThan(3);
  });

  test.each(faults)('a whole life with retention survives %s at every operation', async (fault, only) => {
    const scenario = {
      options: { maxSize: 50, durability, retention: { maxFiles: 2, maxTotalSize: 300 } },
      run: wholeLife,
    };
    expect(await failEveryOperation(scenario, fault, only)).toBeGreaterThan(3);
  });
});

describe.each(Object.keys(LEFT_BEHIND))('the start after %s', (kind) => {
  test.each(faults)('survives %s at every operation', async (fault, only) => {
    const { durability } = LEFT_BEHIND[kind]!;
    const scenario = { options: { maxSize: 100, durability }, prepare: leaveBehind(kind), run: startOnly };
    expect(await failEveryOperation(scenario, fault, only)).toBeGreaterThan(0);
  });
});

describe.each(['none', 'always'] as const)('compressing, durability: %s', (durability) => {
  test.each(faults)('survives %s at every operation', async (fault, only) => {
    const scenario = {
      options: { maxSize: 100, durability, compress: 'gzip' } as const,
      run: compressedLife,
    };
    expect(await failEveryOperation(scenario, fault, only)).toBeGreaterThan(3);
  });

  test.each(faults)('with retention survives %s at every operation', async (fault, only) => {
    const retention = { maxFiles: 2, maxTotalSize: 300 };
    const scenario = {
      options: { maxSize: 100, durability, compress: 'zstd', retention } as const,
      run: compressedLife,
    };
    expect(await failEveryOperation(scenario, fault, only)).toBeGreaterThan(3);
  });
});

describe.each(Object.keys(LEFT_COMPRESSING))('the start after %s', (kind) => {
  test.each(faults)('survives %s at every operation', async (fault, only) => {
    const options = { maxSize: 100, compress: 'gzip' } as const;
    const scenario = { options, prepare: leaveCompressing(kind), run: startCompressing };
    expect(await failEveryOperation(scenario, fault, only)).toBeGreaterThan(0);
  });
});
