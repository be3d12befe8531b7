/**
 * What the process uses over time, and whether that grows: descriptors at rest, and in each long life memory, descriptors, timers and
 * handles in its last third against those in the second. In the first it takes what it needs.
 */
import type { CollectorProcess, Sample } from './collector-process.ts';

/** How many descriptors may be open at rest: three for each thing that listens or keeps files, and those of Node itself. */
const RESTING_DESCRIPTORS = 55;

/** A life that is shorter than this says nothing about growth, in ms. */
const LONG_LIFE = 60_000;

const MIB = 2 ** 20;

/** What may not grow: by how much it may be more all the same, as a part and beyond that. */
const FLAT: readonly {
  readonly what: string;
  readonly of: (sample: Sample) => number;
  readonly factor: number;
  readonly beyond: number;
  readonly unit: number;
}[] = [
  {
    what: 'resident MiB',
    of: ({ residentBytes }) => residentBytes,
    factor: 1.25,
    beyond: 16 * MIB,
    unit: MIB,
  },
  { what: 'heap MiB', of: ({ heapBytes }) => heapBytes, factor: 1.25, beyond: 8 * MIB, unit: MIB },
  { what: 'descriptors', of: ({ descriptors }) => descriptors, factor: 1.1, beyond: 10, unit: 1 },
  { what: 'timers', of: ({ timers }) => timers, factor: 1.1, beyond: 10, unit: 1 },
  { what: 'handles', of: ({ handles }) => handles, factor: 1.1, beyond: 15, unit: 1 },
];

/** What grows, and what is open at rest that should not be. */
export function checkUse({ samples, lives }: Pick<CollectorProcess, 'samples' | 'lives'>): string[] {
  const breaches: string[] = [];
  const resting = samples.at(-1)?.descriptors ?? 0;
  if (resting > RESTING_DESCRIPTORS) breaches.push(`${resting} descriptors are open at rest`);
  for (const { startedAt, endedAt } of lives) {
    const length = endedAt - startedAt;
    if (length < LONG_LIFE) continue;
    const within = (from: number, to: number): readonly Sample[] =>
      samples.filter(({ at }) => at >= startedAt + from * length && at < startedAt + to * length);
    for (const { what, of, factor, beyond, unit } of FLAT) {
      const [middle, last] = [within(1 / 3, 2 / 3), within(2 / 3, 1)].map((part) => median(part.map(of)));
      if (last! <= factor * middle! + beyond) continue;
      breaches.push(`${what} grow: ${Math.round(middle! / unit)}, then ${Math.round(last! / unit)}`);
    }
  }
  return breaches;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
