import { isAscii } from 'node:buffer';
import { expect, test } from 'vitest';
import { chooseSpan, drawHistogram, TimeCounts } from '../../../../src/cli/query/show/histogram.ts';
import { fc, test as property } from '../../../support/properties.ts';

const NOON = Date.UTC(2026, 0, 31, 12);
const plain = { columns: 60, unicode: true, paint: (bars: string) => bars };

test('a picture', () => {
  const counts = new Map([
    [NOON, 8],
    [NOON + 60_000, 1200],
    [NOON + 180_000, 600],
  ]);
  expect(drawHistogram(counts, 60_000, plain)).toBe(
    [
      '1,200 ┤            ████████████',
      '      │            ████████████',
      '      │            ████████████',
      '      │            ████████████',
      '      │            ████████████            ████████████',
      '      │            ████████████            ████████████',
      '      │            ████████████            ████████████',
      '      │▁▁▁▁▁▁▁▁▁▁▁▁████████████            ████████████',
      '    0 ┼────────────────────────────────────────────────',
      '       12:00       12:01       12:02       12:03',
      '1,808 lines, 1m a bar, 2026-01-31 12:00:00 to 2026-01-31 12:04:00 UTC',
      '',
    ].join('\n'),
  );
});

test('in ASCII what is there at all is seen', () => {
  const counts = new Map([
    [NOON, 1],
    [NOON + 1000, 1000],
  ]);
  const drawn = drawHistogram(counts, 1000, { ...plain, unicode: false });
  expect(isAscii(Buffer.from(drawn))).toBe(true);
  expect(drawn.split('\n')[7]).toBe(`      |${'#'.repeat(48)}`);
});

test.each([
  [0, 0, 10, 1],
  [0, 999, 10, 100],
  [0, 59_000, 60, 1000],
  [0, 3_600_000, 60, 120_000],
  [0, 40 * 86_400_000, 50, 86_400_000],
])('from %d to %d in %d columns: %d ms', (first, last, columns, span) => {
  expect(chooseSpan(first, last, columns)).toBe(span);
});

const times = fc.array(fc.integer({ min: 0, max: 4_000_000_000_000 }), { minLength: 1, maxLength: 50 });

property.prop([times, fc.integer({ min: 10, max: 200 })])(
  'every line is in one bar, and bars fit',
  (all, columns) => {
    const counts = new TimeCounts();
    for (const time of all) counts.add(time);
    const span = chooseSpan(counts.first, counts.last, columns);
    const bars = counts.by(span);
    expect([...bars.values()].reduce((sum, count) => sum + count, 0)).toBe(all.length);
    for (const time of all) expect(bars.get(Math.floor(time / span) * span)).toBeGreaterThan(0);
    expect((Math.max(...bars.keys()) - Math.min(...bars.keys())) / span).toBeLessThan(columns);
  },
);

test('however many times there are, what is kept is bounded', () => {
  const counts = new TimeCounts();
  for (let index = 0; index < 100_000; index++) counts.add(NOON + index * 37);
  counts.add(Number.NaN);
  const span = chooseSpan(counts.first, counts.last, 100);
  const bars = counts.by(span);
  expect(counts.unknown).toBe(1);
  expect([...bars.values()].reduce((sum, count) => sum + count, 0)).toBe(100_000);
  expect(bars.size).toBeLessThanOrEqual(100);
});
