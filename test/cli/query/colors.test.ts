import { expect, test } from 'vitest';
import type { Writer } from '../../../src/cli/context.ts';
import { hasColors } from '../../../src/cli/query/colors.ts';

const writer = (colors: boolean): Writer => ({
  write() {},
  ready: async () => true,
  isTerminal: colors,
  colors,
});

test.each([
  ['always', false, { NO_COLOR: '1' }, true],
  ['never', true, { FORCE_COLOR: '1' }, false],
  ['auto', true, {}, true],
  ['auto', false, {}, false],
  ['auto', true, { NO_COLOR: '1' }, false],
  ['auto', true, { NO_COLOR: '' }, true],
  ['auto', false, { FORCE_COLOR: '1' }, true],
  ['auto', true, { FORCE_COLOR: '0' }, false],
  ['auto', false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ['auto', false, { CLICOLOR_FORCE: '1' }, true],
  ['auto', false, { CLICOLOR_FORCE: '0' }, false],
  ['auto', true, { CLICOLOR: '0' }, false],
] as const)('%s on a terminal: %s, with %j', (choice, isTerminal, env, expected) => {
  expect(hasColors(choice, writer(isTerminal), env)).toBe(expected);
});
