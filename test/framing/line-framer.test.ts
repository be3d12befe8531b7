import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import type { FramerOptions } from '../../src/framing/framer-options.ts';
import { LineFramer } from '../../src/framing/line-framer.ts';
import { DEFAULTS, frame, makeCounter, makeFramer, toChunk, toTexts } from './frame.ts';

const linesOf = (chunks: readonly string[], options: Partial<FramerOptions> = {}) =>
  frame(chunks, { ...DEFAULTS, ...options }).lines;

describe('lines', () => {
  test('end with a line feed', () => {
    expect(linesOf(['one\ntwo\n'])).toEqual(['one', 'two']);
  });

  test('can be empty', () => {
    expect(linesOf(['\n\none\n\n'])).toEqual(['', '', 'one', '']);
  });

  test('come as soon as they are complete', () => {
    const framer = makeFramer();
    expect(toTexts(framer.push(toChunk('one\ntwo\nthr')))).toEqual(['one', 'two']);
    expect(framer.push(toChunk('ee'))).toBeUndefined();
    expect(framer.pendingBytes).toBe(5);
    expect(toTexts(framer.push(toChunk('\nfour\n')))).toEqual(['three', 'four']);
    expect(framer.pendingBytes).toBe(0);
    expect(framer.end()).toBeUndefined();
  });

  test('can lack a line feed at the end', () => {
    expect(linesOf(['one\ntwo'])).toEqual(['one', 'two']);
    expect(linesOf(['one\n'])).toEqual(['one']);
    expect(linesOf([])).toEqual([]);
    expect(linesOf([''])).toEqual([]);
  });

  test('keep every byte', () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
    expect(linesOf([`${bytes}\n`])).toEqual(bytes.split('\n'));
  });

  test('can be cut inside of a character', () => {
    const [first, second] = ['caf\xc3', '\xa9\n'];
    expect(Buffer.from(linesOf([first, second])[0]!, 'latin1').toString()).toBe('café');
  });

  test('go on after the end', () => {
    const framer = makeFramer();
    framer.push(toChunk('one'));
    expect(toTexts(framer.end())).toEqual(['one']);
    expect(toTexts(framer.push(toChunk('two\n')))).toEqual(['two']);
  });

  test('more of them in a chunk than ever before', () => {
    expect(linesOf(['\n'.repeat(300_000)])).toHaveLength(300_000);
    expect(linesOf(['ab\n'.repeat(3)])).toEqual(['ab', 'ab', 'ab']);
  });
});

describe('a carriage return', () => {
  test('before a line feed belongs to the delimiter', () => {
    expect(linesOf(['one\r\n\r\ntwo\nthree\r\n'])).toEqual(['one', '', 'two', 'three']);
  });

  test('is removed once only, and only before a line feed', () => {
    expect(linesOf(['one\r\r\nt\rwo\n\rthree\r\n'])).toEqual(['one\r', 't\rwo', '\rthree']);
  });

  test('can come in the chunk before the line feed', () => {
    expect(linesOf(['one\r', '\ntwo\n'])).toEqual(['one', 'two']);
    expect(linesOf(['one', '\r', '\n', 'two\r', '\r', '\n'])).toEqual(['one', 'two\r']);
    expect(linesOf(['\r', '\n'])).toEqual(['']);
  });

  test('at the edge of a chunk is kept when no line feed follows', () => {
    expect(linesOf(['one\r', 'two\n'])).toEqual(['one\rtwo']);
    expect(linesOf(['one\r', '', 'two\r', '\rthree\r\n'])).toEqual(['one\rtwo\r\rthree']);
  });

  test('at the very end is part of the last line', () => {
    expect(linesOf(['one\r'])).toEqual(['one\r']);
    expect(linesOf(['\r'])).toEqual(['\r']);
  });

  test('can be kept', () => {
    expect(linesOf(['one\r\n\r', '\ntwo\n'], { keepCarriageReturn: true })).toEqual(['one\r', '\r', 'two']);
  });

  test('does not count for the limit where it is part of the delimiter', () => {
    for (const chunks of [['abc\r\n'], ['abc', '\r\n'], ['abc\r', '\n'], ['ab', 'c\r', '\n']]) {
      expect(frame(chunks, { ...DEFAULTS, maxLineBytes: 3 })).toMatchObject({ lines: ['abc'], truncated: 0 });
      expect(frame(chunks, { ...DEFAULTS, maxLineBytes: 3, keepCarriageReturn: true })).toMatchObject({
        lines: ['abc'],
        truncated: 1,
        truncatedBytes: 1,
      });
    }
  });
});

describe('a line that is too long', () => {
  const chunkings = [['abcdefgh\nij\n'], ['abc', 'de', 'fgh\nij\n'], 'abcdefgh\nij\n'.split('')];

  test('is truncated', () => {
    for (const chunks of chunkings) {
      expect(frame(chunks, { ...DEFAULTS, maxLineBytes: 3, oversize: 'truncate' })).toMatchObject({
        lines: ['abc', 'ij'],
        truncated: 1,
        truncatedBytes: 5,
      });
    }
  });

  test('is split', () => {
    for (const chunks of chunkings) {
      expect(frame(chunks, { ...DEFAULTS, maxLineBytes: 3, oversize: 'split' })).toMatchObject({
        lines: ['abc', 'def', 'gh', 'ij'],
        split: 1,
      });
    }
  });

  test('is dropped', () => {
    for (const chunks of chunkings) {
      expect(frame(chunks, { ...DEFAULTS, maxLineBytes: 3, oversize: 'drop' })).toMatchObject({
        lines: ['ij'],
        dropped: 1,
        droppedBytes: 8,
      });
    }
  });

  test('of exactly the limit is not too long, and splits into no empty piece', () => {
    for (const oversize of ['truncate', 'split', 'drop'] as const) {
      const { lines, ...counts } = frame(['abc\nabc'], { ...DEFAULTS, maxLineBytes: 3, oversize });
      expect(lines).toEqual(['abc', 'abc']);
      expect(Object.values(counts).every((count) => count === 0)).toBe(true);
    }
    expect(frame(['abcdef\n'], { ...DEFAULTS, maxLineBytes: 3, oversize: 'split' }).lines).toEqual([
      'abc',
      'def',
    ]);
  });

  test('gives its pieces away as it comes', () => {
    const framer = makeFramer({ maxLineBytes: 3, oversize: 'split' });
    expect(toTexts(framer.push(toChunk('abcdefg')))).toEqual(['abc', 'def']);
    expect(framer.pendingBytes).toBe(1);
  });

  test('is told of when it ends, if it is cut short or dropped', () => {
    for (const oversize of ['truncate', 'drop'] as const) {
      const { counts, listener } = makeCounter();
      const framer = new LineFramer({ ...DEFAULTS, maxLineBytes: 3, oversize }, listener);
      framer.push(toChunk('abcdefg'));
      expect(counts.truncated + counts.dropped).toBe(0);
      framer.end();
      expect(counts.truncated + counts.dropped).toBe(1);
    }
  });
});

describe('discard', () => {
  test('forgets the unfinished line and answers its bytes', () => {
    const framer = makeFramer();
    framer.push(toChunk('one\ntwo\r'));
    expect(framer.discard()).toBe(4);
    expect(framer.discard()).toBe(0);
    expect(toTexts(framer.push(toChunk('\nthree\n')))).toEqual(['', 'three']);
  });

  test('counts what was let go of a line that is too long', () => {
    for (const oversize of ['truncate', 'drop'] as const) {
      const framer = makeFramer({ maxLineBytes: 3, oversize });
      framer.push(toChunk('one\nabcdefgh'));
      expect(framer.discard()).toBe(8);
      expect(toTexts(framer.push(toChunk('ij\n')))).toEqual(['ij']);
    }
  });

  test('does not count the pieces of a line that is split', () => {
    const framer = makeFramer({ maxLineBytes: 3, oversize: 'split' });
    framer.push(toChunk('abcdefgh'));
    expect(framer.discard()).toBe(2);
  });
});

test('a limit must be a number of bytes', () => {
  for (const maxLineBytes of [0, -1, 1.5, Number.NaN, Infinity]) {
    expect(() => makeFramer({ maxLineBytes })).toThrow(RangeError);
  }
});
