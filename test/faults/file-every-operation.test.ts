/** Every operation of the file sink goes wrong in every way, with every durability; see test/sinks/file/. */
import { describe, expect, test } from 'vitest';
import {
  type Filter,
  failEveryOperation,
  LEFT_BEHIND,
  leaveBehind,
  startOnly,
  wholeLife,
} from '../sinks/file/fail-every-operation.ts';

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
