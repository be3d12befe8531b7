/**
 * What the framer keeps, copies and looks at, counted: bounded memory and linear cost, without a watch.
 */
import { Buffer } from 'node:buffer';
import { afterEach, describe, expect, test } from 'vitest';
import type { Oversize } from '../../src/framing/framer-options.ts';
import { makeFramer, toChunk, toTexts } from './frame.ts';

const modes: readonly Oversize[] = ['truncate', 'split', 'drop'];
const KiB = 1024;
const MiB = 1024 * KiB;

const restores: (() => void)[] = [];
afterEach(() => {
  for (const restore of restores.splice(0)) restore();
});

/** Puts another function in the place of a method, up to the end of the test. */
function replace<Holder extends object, Name extends keyof Holder>(
  holder: Holder,
  name: Name,
  wrap: (original: Holder[Name]) => Holder[Name],
): void {
  const original = holder[name];
  holder[name] = wrap(original);
  restores.push(() => {
    holder[name] = original;
  });
}

/** Counts the bytes that buffers copy, search and allocate from here to the end of the test. */
function countWork(): { copied: number; searched: number; allocated: number } {
  const work = { copied: 0, searched: 0, allocated: 0 };
  replace(
    Buffer.prototype,
    'copy',
    (copy) =>
      function counted(this: Buffer, ...args: Parameters<typeof copy>) {
        const copied = copy.apply(this, args);
        work.copied += copied;
        return copied;
      },
  );
  replace(
    Buffer.prototype,
    'indexOf',
    (indexOf) =>
      function counted(this: Buffer, ...args: [value: string | number | Uint8Array, ...unknown[]]) {
        const found = Reflect.apply(indexOf, this, args) as number;
        const from = Number(args[1] ?? 0);
        work.searched += (found === -1 ? this.length : found + 1) - from;
        return found;
      },
  );
  for (const name of ['allocUnsafe', 'allocUnsafeSlow'] as const) {
    replace(Buffer, name, (allocate) => (size) => {
      work.allocated += size;
      return allocate(size);
    });
  }
  return work;
}

describe('memory', () => {
  test.each(modes)('is bounded without a line feed: %s', (oversize) => {
    const framer = makeFramer({ oversize, maxLineBytes: MiB });
    const chunk = Buffer.alloc(64 * KiB, 'x');
    for (let sent = 0; sent < 64 * MiB; sent += chunk.length) {
      framer.push(chunk);
      expect(framer.pendingBytes).toBeLessThanOrEqual(MiB);
      expect(framer.capacity).toBeLessThanOrEqual(MiB);
    }
  });

  test('is not allocated before it is needed, and is given back after a long line', () => {
    const framer = makeFramer({ maxLineBytes: 100 * MiB });
    expect(framer.capacity).toBe(0);
    framer.push(toChunk('short'));
    expect(framer.capacity).toBeLessThanOrEqual(KiB);
    framer.push(Buffer.alloc(MiB, 'x'));
    expect(framer.capacity).toBeLessThanOrEqual(2 * MiB + KiB);
    framer.push(toChunk('\nrest'));
    expect(framer.capacity).toBeLessThanOrEqual(16 * KiB);
  });

  test('of a line that will be dropped is given back at once', () => {
    const framer = makeFramer({ maxLineBytes: MiB, oversize: 'drop' });
    framer.push(Buffer.alloc(MiB, 'x'));
    expect(framer.pendingBytes).toBe(MiB);
    framer.push(toChunk('y'));
    expect([framer.pendingBytes, framer.capacity]).toEqual([0, 0]);
    expect(framer.discard()).toBe(MiB + 1);
  });

  test('of a chunk is not kept by a short rest', () => {
    const framer = makeFramer();
    const chunk = toChunk(`${'x'.repeat(60 * KiB)}\nrest`);
    framer.push(chunk);
    // If the rest were a view, it would change as well.
    chunk.fill('y');
    expect(toTexts(framer.end())).toEqual(['rest']);
  });

  test.each(modes)('of a chunk is not kept by a short line: %s', (oversize) => {
    const framer = makeFramer({ oversize, maxLineBytes: 256 * KiB });
    for (const rest of [200 * KiB, 300 * KiB]) {
      for (const line of ['short\n', 'short\r\n']) {
        framer.discard();
        const lines = framer.push(toChunk(line + 'x'.repeat(rest)))!;
        expect(lines.bytes.toString('latin1', 0, 6)).toBe('short\n');
        const used = lines.bounds.at(-1)! + 1;
        expect(lines.bytes.buffer.byteLength).toBeLessThanOrEqual(Math.max(2 * used, Buffer.poolSize));
      }
    }
  });
});

describe('copies', () => {
  const line = `${'x'.repeat(119)}\n`;

  test('are not made of a chunk that ends with a line', () => {
    const framer = makeFramer();
    const chunk = toChunk(line.repeat(500));
    const work = countWork();
    const lines = framer.push(chunk)!;
    expect(lines.bytes).toBe(chunk);
    expect(work).toEqual({ copied: 0, searched: chunk.length, allocated: 0 });
  });

  test('are made of the rest only, where no line had begun before', () => {
    const framer = makeFramer();
    const chunk = toChunk(`${line.repeat(500)}rest`);
    const work = countWork();
    expect(framer.push(chunk)!.bytes.buffer).toBe(chunk.buffer);
    expect(work.copied).toBe(4);
  });

  test('are made of a begun line only, if it may come for itself', () => {
    const framer = makeFramer();
    framer.push(toChunk('begun '));
    const chunk = toChunk(line.repeat(500));
    const work = countWork();
    const [begun, others, ...more] = framer.pushInParts(chunk);
    expect(toTexts(begun)).toEqual([`begun ${line.slice(0, -1)}`]);
    expect(toTexts(others)).toHaveLength(499);
    expect(others!.bytes.buffer).toBe(chunk.buffer);
    expect(more).toEqual([]);
    expect(work.copied).toBe(6 + line.length);
  });

  test('and runs are not multiplied where no line had begun before', () => {
    const chunk = toChunk(line.repeat(500));
    expect(makeFramer().pushInParts(chunk)).toMatchObject([{ bytes: chunk }]);
  });

  test('of lines that a chunk is full of, too long ones among them, are linear as well', () => {
    const framer = makeFramer({ maxLineBytes: 1, oversize: 'split' });
    const chunk = toChunk('x'.repeat(256 * KiB));
    const work = countWork();
    framer.push(chunk);
    expect(work.copied).toBeLessThanOrEqual(6 * chunk.length);
    expect(work.allocated).toBeLessThanOrEqual(6 * chunk.length);
  });

  test('are made anyway where carriage returns go, so that one run will do', () => {
    const framer = makeFramer();
    framer.push(toChunk('begun '));
    expect(framer.pushInParts(toChunk('x\r\n'.repeat(20 * KiB)))).toHaveLength(1);
    const keeper = makeFramer({ keepCarriageReturn: true });
    keeper.push(toChunk('begun '));
    expect(keeper.pushInParts(toChunk('x\r\n'.repeat(20 * KiB)))).toHaveLength(2);
  });

  test('of a small chunk are cheaper than another run', () => {
    const framer = makeFramer();
    framer.push(toChunk('begun '));
    expect(framer.pushInParts(toChunk(line.repeat(10)))).toHaveLength(1);
  });
});

describe('a line that dribbles in costs linear time', () => {
  test.each(modes.flatMap((mode) => [[mode, 64 * KiB] as const, [mode, 256 * KiB] as const]))(
    '%s, %d bytes',
    (oversize, sent) => {
      const framer = makeFramer({ oversize, maxLineBytes: 100 * KiB });
      const byte = toChunk('x');
      const end = toChunk('\n');
      const work = countWork();
      for (let count = 0; count < sent; count++) framer.push(byte);
      framer.push(end);
      // A byte is copied into the memory of the line, on average once more while that grows, and to where the lines are.
      expect(work.copied).toBeLessThanOrEqual(4 * sent);
      expect(work.allocated).toBeLessThanOrEqual(4 * sent);
      // Only new bytes are searched; a chunk of a line that is too long is searched twice.
      expect(work.searched).toBeLessThanOrEqual(2 * sent + 2);
    },
  );
});
