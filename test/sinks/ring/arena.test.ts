import { describe, expect, test } from 'vitest';
import { Arena } from '../../../src/sinks/ring/arena.ts';
import { batchOf, contentsOf } from './lines.ts';

function textsOf(arena: Arena): string[] {
  return contentsOf(arena).map(({ text }) => text);
}

describe('an arena', () => {
  test('keeps lines as they came: empty ones, NUL, line feeds, bytes that are no UTF-8', () => {
    const arena = new Arena({ maxLines: 10, maxBytes: 100 });
    const texts = ['', 'a\0b', 'first\nsecond', '\xff\xfe', '\r', ''];
    expect(arena.push(batchOf(texts, 7))).toEqual([]);
    expect(contentsOf(arena)).toEqual(texts.map((text) => ({ text, time: 7 })));
    expect(arena.byteLength).toBe(24);
  });

  test('lets the oldest lines go when there are too many', () => {
    const arena = new Arena({ maxLines: 3, maxBytes: 100 });
    arena.push(batchOf(['1', '2']));
    arena.push(batchOf(['3', '4', '5']));
    expect(textsOf(arena)).toEqual(['3', '4', '5']);
    expect(arena.overwritten).toBe(2);
    arena.push(batchOf(['6', '7', '8', '9', '10', '11', '12']));
    expect(textsOf(arena)).toEqual(['10', '11', '12']);
    expect(arena.overwritten).toBe(9);
  });

  test('lets the oldest lines go when they are too large, and no line more than that takes', () => {
    const arena = new Arena({ maxLines: 100, maxBytes: 10 });
    arena.push(batchOf(['1234', '5678']));
    expect(arena.byteLength).toBe(10);
    arena.push(batchOf(['']));
    expect(textsOf(arena)).toEqual(['5678', '']);
    arena.push(batchOf(['abc']));
    expect(textsOf(arena)).toEqual(['5678', '', 'abc']);
    expect(arena.byteLength).toBe(10);
    arena.push(batchOf(['123456789']));
    expect(textsOf(arena)).toEqual(['123456789']);
  });

  test('refuses lines that are longer than it is, wherever they stand in a batch', () => {
    const arena = new Arena({ maxLines: 100, maxBytes: 5 });
    expect(arena.push(batchOf(['12345', '1234', 'way too long', '12', '12345']))).toEqual([0, 2, 4]);
    expect(textsOf(arena)).toEqual(['12']);
    expect(arena.overwritten).toBe(1);
  });

  test('takes only the lines that a batch was left with', () => {
    const arena = new Arena({ maxLines: 10, maxBytes: 100 });
    const batch = batchOf(['a', 'b', 'c', 'd', 'e']);
    arena.push(batch.select((index) => index !== 1 && index !== 2));
    arena.push(batch.slice(3));
    arena.push(batch.slice(0, 0));
    expect(textsOf(arena)).toEqual(['a', 'd', 'e', 'd', 'e']);
  });

  test('never lets receive times go back', () => {
    const arena = new Arena({ maxLines: 10, maxBytes: 100 });
    [5, 3, 9, 8].forEach((time) => arena.push(batchOf(['x'], time)));
    expect(contentsOf(arena).map(({ time }) => time)).toEqual([5, 5, 9, 9]);
    expect([4, 5, 6, 9, 10].map((time) => arena.firstSince(time))).toEqual([0, 0, 2, 2, 4]);
  });

  test('can be cleared', () => {
    const arena = new Arena({ maxLines: 10, maxBytes: 100 });
    arena.push(batchOf(['a', 'b']));
    arena.clear();
    expect([arena.length, arena.byteLength, arena.overwritten]).toEqual([0, 0, 2]);
    arena.push(batchOf(['c']));
    expect(textsOf(arena)).toEqual(['c']);
  });

  test('moves the older lines up when there is no room left between the runs', () => {
    const arena = new Arena({ maxLines: 4, maxBytes: 1000 }, { firstBoundary: 20 });
    // The second run begins after 20 bytes; lines that suddenly are longer do not fit in front of the first one.
    for (let line = 0; line < 11; line++) arena.push(batchOf([`${line % 10}`]));
    arena.push(batchOf(['a rather long line, longer than what is free']));
    expect(textsOf(arena)).toEqual(['8', '9', '0', 'a rather long line, longer than what is free']);
    arena.push(batchOf(['x'.repeat(300), 'y'.repeat(300)]));
    expect(textsOf(arena).map((text) => text.length)).toEqual([1, 44, 300, 300]);
  });

  test('moves its lines down for a line that is longer than the margin', () => {
    const arena = new Arena({ maxLines: 100, maxBytes: 100 }, { firstBoundary: 100, margin: 4 });
    arena.push(batchOf(['x'.repeat(49), 'y'.repeat(39)]));
    arena.push(batchOf(['z'.repeat(49)]));
    expect(textsOf(arena)).toEqual(['y'.repeat(39), 'z'.repeat(49)]);
  });

  test('uses memory as lines need it', () => {
    const before = process.memoryUsage.rss();
    const arena = new Arena({ maxLines: 10_000_000, maxBytes: 2 ** 31 });
    for (let batch = 0; batch < 1000; batch++) arena.push(batchOf(['x'.repeat(100)]));
    expect(arena.length).toBe(1000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 2 ** 20);
  });

  test('stays near its start as long as it is limited by its lines', () => {
    const arena = new Arena({ maxLines: 10, maxBytes: 1_000_000 }, { firstBoundary: 16 });
    let farthest = 0;
    for (let line = 0; line < 10_000; line++) {
      arena.push(batchOf(['x'.repeat(99)]));
      farthest = Math.max(farthest, ...arena.span(0, 10, 1e6).starts);
    }
    expect(farthest).toBeLessThan(2000);
  });
});

test('spans end where lines do not lie next to each other, and at the limit', () => {
  const arena = new Arena({ maxLines: 8, maxBytes: 12 }, { firstBoundary: 12 });
  arena.push(batchOf(['a', 'b', 'c', 'd', 'e', 'f']));
  arena.push(batchOf(['g', 'h']));
  const lengths = (maxBytes: number) => {
    const all: number[] = [];
    for (let from = 0; from < arena.length; from += all.at(-1)!) {
      all.push(arena.span(from, arena.length, maxBytes).starts.length);
    }
    return all;
  };
  expect(lengths(1000)).toEqual([4, 2]);
  expect(lengths(4)).toEqual([2, 2, 2]);
  expect(lengths(7)).toEqual([3, 1, 2]);
  expect(lengths(1)).toEqual([1, 1, 1, 1, 1, 1]);
});
