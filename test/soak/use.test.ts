import { expect, test } from 'vitest';
import type { Life, Sample } from './collector-process.ts';
import { checkUse } from './use.ts';

const MIB = 2 ** 20;

const life: Life = {
  startedAt: 0,
  endedAt: 90_000,
  ending: 'stopped',
  code: 0,
  entries: [],
  polled: undefined,
  final: undefined,
};

/** A sample each second, each figure as it is at that moment. */
function use(at: (second: number) => Partial<Sample>): { samples: Sample[]; lives: Life[] } {
  const samples = Array.from({ length: 90 }, (_, second) => ({
    at: second * 1000,
    residentBytes: 150 * MIB,
    descriptors: 40,
    sockets: 10,
    heapBytes: 20 * MIB,
    bufferBytes: 0,
    timers: 8,
    handles: 20,
    ...at(second),
  }));
  return { samples, lives: [life] };
}

test('what goes up and down, or rises at first only, does not grow', () => {
  expect(
    checkUse(use((second) => ({ timers: 8 + (second % 7), residentBytes: (120 + (second % 40)) * MIB }))),
  ).toEqual([]);
  expect(checkUse(use((second) => ({ heapBytes: Math.min(second, 25) * 4 * MIB })))).toEqual([]);
});

test.each<[keyof Sample, number, RegExp]>([
  ['residentBytes', 2 * MIB, /^resident MiB grow: /],
  ['heapBytes', MIB, /^heap MiB grow: /],
  ['descriptors', 1, /^descriptors grow: /],
  ['timers', 1, /^timers grow: /],
  ['handles', 2, /^handles grow: /],
])('%s that rises all the time is a breach', (name, step, message) => {
  const breaches = checkUse(use((second) => ({ [name]: 1 + second * step })));
  expect(breaches.filter((breach) => message.test(breach))).toHaveLength(1);
});

test('what is open at rest is counted', () => {
  expect(checkUse(use((second) => ({ descriptors: second === 89 ? 100 : 40 })))).toEqual([
    '100 descriptors are open at rest',
  ]);
});
