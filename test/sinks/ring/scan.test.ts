import { describe, expect, test } from 'vitest';
import { Batch } from '../../../src/core/batch.ts';
import type { LineCondition } from '../../../src/core/line-condition.ts';
import { type FoundLines, originOf, type ScanTally } from '../../../src/core/search.ts';
import { parseExpression } from '../../../src/expression/expression.ts';
import { Arena } from '../../../src/sinks/ring/arena.ts';
import { scanArena } from '../../../src/sinks/ring/search.ts';
import { batchOf } from './lines.ts';

function arenaOf(texts: readonly string[]): Arena {
  const arena = new Arena({ maxLines: 100_000, maxBytes: 2 ** 26 });
  texts.forEach((text, index) => arena.push(batchOf([text], index)));
  return arena;
}

function newTally(): ScanTally {
  return { lines: 0, bytes: 0, matched: 0 };
}

function textsIn({ bytes, bounds }: FoundLines): string[] {
  return Array.from({ length: bounds.length / 2 }, (_, index) =>
    bytes.toString('latin1', bounds[index * 2], bounds[index * 2 + 1]),
  );
}

describe('a scan', () => {
  test('finds what an expression matches, with receive times and origins', async () => {
    const arena = new Arena({ maxLines: 100, maxBytes: 2 ** 20 });
    const push = (text: string, source: string, peer: string, receivedAt: number): void => {
      arena.push(Batch.fromTexts([text], { origin: { source, peer }, receivedAt }));
    };
    push('{"status":500}', 'tcp', '10.0.0.7:1', 1);
    push('{"status":200}', 'tcp', '10.0.0.7:1', 2);
    push('{"status":503}', 'tcp', '10.0.0.8:2', 3);
    push('{"status":502}', 'unix', '', 4);
    const find = async (text: string, order: 'oldest' | 'newest' = 'oldest'): Promise<unknown[]> => {
      const found: unknown[] = [];
      const where = parseExpression(text).condition;
      for await (const piece of scanArena(arena, { where, order }, newTally())) {
        textsIn(piece).forEach((line, index) => {
          found.push([line.slice(10, 13), piece.receivedAt[index], originOf(piece, index)?.peer]);
        });
      }
      return found;
    };
    expect(await find('status:>=500')).toEqual([
      ['500', 1, '10.0.0.7:1'],
      ['503', 3, '10.0.0.8:2'],
      ['502', 4, ''],
    ]);
    expect(await find('@source:tcp', 'newest')).toEqual([
      ['503', 3, '10.0.0.8:2'],
      ['200', 2, '10.0.0.7:1'],
      ['500', 1, '10.0.0.7:1'],
    ]);
    expect(await find('@peer:10.0.0.8 OR @time:<1970-01-01T00:00:00.002')).toHaveLength(2);
  });

  test('takes what is there at the call, and counts what it looks at', async () => {
    const arena = arenaOf(['a', 'b', 'a']);
    const tally = newTally();
    const scan = scanArena(arena, { where: parseExpression('a').condition }, tally);
    arena.push(batchOf(['a later'], 9));
    const found: string[] = [];
    for await (const piece of scan) found.push(...textsIn(piece));
    expect(found).toEqual(['a', 'a']);
    expect(tally).toEqual({ lines: 3, bytes: 6, matched: 2 });
  });

  test('works only while somebody asks, and in pieces of bounded size', async () => {
    const line = 'x'.repeat(999);
    const arena = arenaOf(Array.from({ length: 5000 }, () => line));
    const tally = newTally();
    for await (const piece of scanArena(arena, {}, tally)) {
      expect(piece.bytes.length).toBeLessThanOrEqual(2 ** 19);
      break;
    }
    expect(tally.lines).toBeLessThan(2000);
    const pieces: number[] = [];
    for await (const { bytes } of scanArena(arena, { order: 'newest' }, newTally()))
      pieces.push(bytes.length);
    expect(Math.max(...pieces)).toBeLessThanOrEqual(2 ** 18);
    expect(pieces.reduce((sum, size) => sum + size, 0)).toBe(5_000_000);
  });

  test('what is overwritten meanwhile is missing, from both ends', async () => {
    for (const order of ['oldest', 'newest'] as const) {
      const arena = new Arena({ maxLines: 100, maxBytes: 2 ** 20 });
      for (let index = 0; index < 100; index++) arena.push(batchOf([`old ${index}`], index));
      let pauses = 0;
      const pause = async (): Promise<void> => {
        for (let index = 0; index < 10; index++) arena.push(batchOf([`new ${pauses} ${index}`], 1000));
        pauses++;
      };
      const found: string[] = [];
      const tuning = { windowBytes: 1, sliceBytes: 1, pause };
      for await (const piece of scanArena(arena, { order }, newTally(), tuning))
        found.push(...textsIn(piece));
      expect(found.every((text) => text.startsWith('old'))).toBe(true);
      expect(new Set(found).size).toBe(found.length);
      expect(found.length).toBeLessThan(15);
    }
  });

  test('ends with the reason of its signal', async () => {
    const arena = arenaOf(['a', 'a']);
    const controller = new AbortController();
    const tuning = {
      windowBytes: 1,
      sliceBytes: 1,
      pause: async () => controller.abort(new Error('enough')),
    };
    const scan = scanArena(arena, { signal: controller.signal }, newTally(), tuning);
    const read = async (): Promise<void> => {
      for await (const piece of scan) expect(piece.bounds.length).toBe(2);
    };
    await expect(read()).rejects.toThrow('enough');
  });

  test('looks at less in one go when a condition takes long', async () => {
    const arena = arenaOf(Array.from({ length: 4000 }, () => 'x'.repeat(99)));
    let now = 0;
    const windows: number[] = [];
    const slow: LineCondition = {
      mark: () => 0,
      scan(bytes) {
        windows.push(bytes.length);
        now += bytes.length / 4096;
      },
    };
    const tuning = { pause: async () => {}, monotonic: () => now };
    for await (const _ of scanArena(arena, { where: slow }, newTally(), tuning)) throw new Error('found');
    expect(windows[0]).toBeGreaterThan(60_000);
    expect(Math.max(...windows.slice(8))).toBeLessThanOrEqual(8192);
    expect(windows.reduce((sum, size) => sum + size, 0)).toBe(400_000);
  });
});
