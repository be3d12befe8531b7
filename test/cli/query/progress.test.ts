import { expect, test } from 'vitest';
import { type CommandContext, processContext } from '../../../src/cli/context.ts';
import { describeProgress, Progress } from '../../../src/cli/query/progress.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const GIB = 2 ** 30;

test.each([
  [{ done: GIB, total: 4 * GIB }, 10_000, '[#####...............] 25 %  1 GiB of 4 GiB, 30 s left'],
  [{ done: 0, total: 4 * GIB }, 2_000, '[....................] 0 %  0 B of 4 GiB'],
  [{ done: 0, total: undefined }, 4_400, 'searching, 4 s'],
  [{ done: 2048, total: undefined }, 4_400, 'searching, 2 KiB, 4 s'],
])('%j after %d ms', (extent, elapsed, expected) => {
  expect(describeProgress(extent, elapsed)).toBe(expected);
});

function begin(isTerminal: boolean, env: Readonly<Record<string, string>> = {}) {
  const written: string[] = [];
  const err = {
    write: (text: string | Uint8Array) => void written.push(String(text)),
    ready: async () => true,
    isTerminal,
    columns: 20,
    colors: false,
  };
  const context: CommandContext = { ...processContext(), err, env };
  const clock = new ManualClock();
  const progress = Progress.begin(context, clock, () => ({ done: 0, total: undefined }));
  return { written, clock, progress };
}

test('is drawn when it takes long, and is gone when it is over', () => {
  const { written, clock, progress } = begin(true);
  clock.advance(900);
  expect(written).toEqual([]);
  clock.advance(200);
  expect(written.join('')).toBe('\r\u001b[Ksearching, 1 s');
  progress!.end();
  expect(written.at(-1)).toBe('\r\u001b[K');
  clock.advance(5_000);
  expect(written).toHaveLength(2);
});

test('is never wider than the terminal', () => {
  const written: string[] = [];
  const { clock, written: all } = begin(true);
  clock.advance(100_000);
  written.push(...all);
  for (const text of written) expect(text.replace('\r\u001b[K', '').length).toBeLessThan(20);
});

test('is not there without a terminal', () => {
  expect(begin(false).progress).toBeUndefined();
  expect(begin(true, { TERM: 'dumb' }).progress).toBeUndefined();
});
