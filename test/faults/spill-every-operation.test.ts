/** Every operation of a spill goes wrong in every way, with every durability; see test/spill/fail-every-operation.ts. */
import { describe, expect, test } from 'vitest';
import { type Filter, failEveryOperation } from '../spill/fail-every-operation.ts';
import { workInMemory } from '../support/work-in-memory.ts';

workInMemory();

const all: Filter = () => true;
/** A close that hangs would keep the file system from coming to rest. */
const noClose: Filter = ({ name }) => name !== 'file.close';
const writes: Filter = ({ name }) => name === 'file.writev';
const takesSpace: Filter = ({ name }) =>
  ['open', 'file.writev', 'rename', 'mkdir', 'file.sync', 'file.datasync'].includes(name);
const takesDescriptor: Filter = ({ name }) => ['open', 'readEntries'].includes(name);

describe.each(['none', 'interval', 'always'] as const)('durability: %s', (durability) => {
  test.each([
    ['EIO', all],
    ['ENOSPC', takesSpace],
    ['EMFILE', takesDescriptor],
    ['short', all],
    ['short-error', all],
    ['slow', noClose],
    ['slow-error', noClose],
    ['crash-before', all],
    ['crash-within', writes],
    ['crash-after', all],
  ] as const)('%s', async (fault, only) => {
    expect(await failEveryOperation(fault, only, { maxBytes: 8000, durability })).toBeGreaterThan(2);
  });
});
