import { describe, expect, test } from 'vitest';
import type { Origin } from '../../../src/core/batch.ts';
import type { OriginRun } from '../../../src/core/search.ts';
import { Origins } from '../../../src/sinks/ring/origins.ts';
import { fc } from '../../support/properties.ts';

function from(source: string, peer?: string): Origin {
  return { source, peer };
}

describe('the origins of lines', () => {
  test('are known by the number of the line', () => {
    const origins = new Origins(100);
    origins.add(from('a'), 0, 0);
    origins.add(from('a'), 5, 0);
    origins.add(from('a', 'peer'), 7, 0);
    expect([0, 6, 7, 99].map((number) => origins.of(number)?.peer ?? origins.of(number)?.source)).toEqual([
      'a',
      'a',
      'peer',
      'peer',
    ]);
  });

  test('of a batch whose lines were all refused are none', () => {
    const origins = new Origins(100);
    origins.add(from('a'), 0, 0);
    origins.add(from('refused'), 3, 0);
    origins.add(from('b'), 3, 0);
    expect([2, 3].map((number) => origins.of(number)?.source)).toEqual(['a', 'b']);
  });

  test('are forgotten, the oldest first, when there are too many', () => {
    const origins = new Origins(2);
    for (const number of [0, 1, 2]) origins.add(from(`source ${number}`), number, 0);
    expect([0, 1, 2].map((number) => origins.of(number)?.source)).toEqual([
      undefined,
      'source 1',
      'source 2',
    ]);
    expect(origins.forgotten).toBe(1);
    const runs: OriginRun[] = [];
    origins.collect(0, 3, 10, runs);
    expect(runs.map((run) => [run.from, run.origin?.source])).toEqual([
      [10, undefined],
      [11, 'source 1'],
      [12, 'source 2'],
    ]);
  });

  test('are those of a list of all lines', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ source: fc.constantFrom('a', 'b'), lines: fc.nat(3), gone: fc.nat(3) })),
        fc.nat(50),
        fc.nat(50),
        (batches, start, count) => {
          const origins = new Origins(1000);
          const all: string[] = [];
          let oldest = 0;
          for (const { source, lines, gone } of batches) {
            oldest = Math.min(oldest + gone, all.length);
            origins.add(from(source), all.length, oldest);
            for (let line = 0; line < lines; line++) all.push(source);
          }
          const first = Math.min(oldest + start, all.length);
          const behind = Math.min(first + count, all.length);
          const numbers = Array.from({ length: behind - first }, (_, index) => first + index);
          expect(numbers.map((number) => origins.of(number)?.source)).toEqual(all.slice(first, behind));
          const runs: OriginRun[] = [];
          origins.collect(first, behind, 0, runs);
          const collected = numbers.map(
            (_, index) => runs.findLast((run) => run.from <= index)?.origin?.source,
          );
          expect(collected).toEqual(all.slice(first, behind));
        },
      ),
    );
  });
});
