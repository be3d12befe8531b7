/** Every operation of a spill goes wrong; see fail-every-operation.ts. In all ways: test/faults. */
import { expect, test } from 'vitest';
import { type Filter, failEveryOperation } from './fail-every-operation.ts';

const all: Filter = () => true;

test.each([
  ['short', all],
  ['crash-within', ({ name }) => name === 'file.writev'],
] as const satisfies readonly (readonly [string, Filter])[])('%s', async (fault, only) => {
  expect(await failEveryOperation(fault, only, { maxBytes: 8000, durability: 'none' })).toBeGreaterThan(5);
});
