import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Batch } from '../../../src/core/batch.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { HistoryLimits } from '../../../src/core/component.ts';
import type { LogCasterError } from '../../../src/core/errors.ts';
import { systemFileSystem } from '../../../src/core/file-system.ts';
import { type LogData, silentLogger } from '../../../src/core/logger.ts';
import { sinkBuiltins } from '../../../src/sinks/builtins.ts';
import { type RingSink, ring } from '../../../src/sinks/ring/ring.ts';
import { batchOf, foundIn } from './lines.ts';

function ringOf(written: Record<string, unknown>): { sink: RingSink; warnings: LogData[] } {
  const warnings: LogData[] = [];
  const log = { ...silentLogger, warn: (data: LogData) => void warnings.push(data) };
  const context = { name: 'memory', log, clock: systemClock, fs: systemFileSystem };
  return { sink: ring.create(ring.options.parse(written), context) as RingSink, warnings };
}

async function textsIn(sink: RingSink, keyword = ''): Promise<string[]> {
  return foundIn(await sink.search({ keyword })).map(({ text }) => text);
}

describe('the options', () => {
  test('have defaults', () => {
    expect(ring.options.parse({})).toEqual({ maxLines: 10_000, maxBytes: 64 * 2 ** 20 });
  });

  test.each([
    { maxLines: 0 },
    { maxLines: 1.5 },
    { maxLines: 2 ** 31 + 1 },
    { maxBytes: 0 },
    { maxBytes: '4.1GiB' },
    { maxBytes: 'plenty' },
    { refillFrom: '' },
    { maxLine: 5 },
  ])('refuse %j', (written) => {
    expect(ring.options.safeParse(written).success).toBe(false);
  });

  test('take the largest ring', () => {
    expect(ring.options.parse({ maxLines: 2 ** 31, maxBytes: '4GiB' }).maxBytes).toBe(2 ** 32);
  });

  test.each(ring.examples)('take the example $title', ({ yaml }) => {
    const { type, ...written } = parse(yaml) as Record<string, unknown>;
    expect(type).toBe('ring');
    const { sink } = ringOf(written);
    sink.write(batchOf(['a']));
    expect(sink.current).toBe(1);
  });
});

test('the ring is one of the built-in sinks', () => {
  expect(sinkBuiltins).toContain(ring);
});

describe('a ring', () => {
  test('keeps the newest lines and counts the others as overwritten', async () => {
    const { sink } = ringOf({ maxLines: 3 });
    expect(sink.write(batchOf(['1', '2']))).toBeUndefined();
    expect(sink.write(batchOf(['33', '444']))).toBeUndefined();
    expect(await textsIn(sink)).toEqual(['2', '33', '444']);
    expect(await textsIn(sink, '3')).toEqual(['33']);
    expect(sink.current).toBe(3);
    expect(sink.inspect()).toEqual({
      resident: 3,
      residentBytes: 9,
      overwritten: 1,
      refilled: 0,
      pushed: 4,
      unaccounted: 0,
    });
  });

  test('refuses lines that are too long, and says so once', async () => {
    const { sink, warnings } = ringOf({ maxBytes: 6 });
    const reason = 'too-long-for-ring';
    expect(sink.write(batchOf(['123456', 'a', '1234567']))).toEqual({
      rejected: [
        { index: 0, reason },
        { index: 2, reason },
      ],
    });
    expect(sink.write(batchOf(['123456']))).toEqual({ rejected: [{ index: 0, reason }] });
    expect(warnings).toEqual([{ sink: 'memory', maxLineBytes: 6 }]);
    expect(await textsIn(sink)).toEqual(['a']);
    expect(sink.inspect()).toMatchObject({ pushed: 1, unaccounted: 0 });
  });

  test('takes up the history of another sink, and counts it as refilled', async () => {
    const { sink, warnings } = ringOf({ maxLines: 4, maxBytes: 100, refillFrom: 'file' });
    expect(sink.refillFrom).toBe('file');
    const asked: HistoryLimits[] = [];
    await sink.refill(async function* history(limits: HistoryLimits): AsyncGenerator<Batch> {
      asked.push(limits);
      yield batchOf(['a', 'b'], 10);
      yield batchOf(['c', 'x'.repeat(100), 'd', 'e'], 20);
    });
    expect(asked).toEqual([{ maxLines: 4, maxBytes: 100 }]);
    expect(sink.inspect()).toMatchObject({
      resident: 4,
      overwritten: 1,
      refilled: 5,
      pushed: 0,
      unaccounted: 0,
    });
    expect(warnings.length).toBe(1);
    sink.write(batchOf(['f'], 15));
    const found = foundIn(await sink.search({ keyword: '' }));
    expect(found.map(({ text, time }) => `${text}${time}`)).toEqual(['c20', 'd20', 'e20', 'f20']);
    expect(sink.inspect()).toMatchObject({
      resident: 4,
      overwritten: 2,
      refilled: 5,
      pushed: 1,
      unaccounted: 0,
    });
  });

  test('passes on a history that fails', async () => {
    const { sink } = ringOf({});
    const failing = sink.refill(async function* history(): AsyncGenerator<Batch> {
      yield batchOf(['a']);
      throw new Error('disk on fire');
    });
    await expect(failing).rejects.toThrow('disk on fire');
    expect(sink.inspect()).toMatchObject({ resident: 1, refilled: 1, unaccounted: 0 });
  });

  test('can be cleared: its lines count as overwritten', async () => {
    const { sink } = ringOf({});
    sink.write(batchOf(['a', 'b']));
    sink.clear();
    expect(await textsIn(sink)).toEqual([]);
    expect(sink.inspect()).toMatchObject({
      resident: 0,
      residentBytes: 0,
      overwritten: 2,
      pushed: 2,
      unaccounted: 0,
    });
  });

  test('obeys the limits and the signal of a search', async () => {
    const { sink } = ringOf({});
    sink.write(batchOf(['abc', 'abc']));
    const failure = await sink.search({ keyword: 'b' }, { maxBytes: 7 }).catch((error: unknown) => error);
    expect((failure as LogCasterError).code).toBe('LC_SEARCH_TOO_LARGE');
    await expect(sink.search({ keyword: 'b' }, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  });

  test('costs no memory before it is used', () => {
    const before = process.memoryUsage.rss();
    const { sink } = ringOf({ maxLines: 10_000_000, maxBytes: '2GiB' });
    sink.write(batchOf(['a']));
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 2 ** 20);
  });

  test('says that the machine cannot promise that much memory', () => {
    const limits = { maxLines: 1, maxBytes: 2 ** 60 };
    const context = { name: 'r', log: silentLogger, clock: systemClock, fs: systemFileSystem };
    let code: string | undefined;
    try {
      ring.create(limits, context);
    } catch (error) {
      code = (error as LogCasterError).code;
    }
    expect(code).toBe('LC_LIMIT_INVALID');
  });
});

describe('whoever watches', () => {
  test('is told of each line that is stored, with the time that a search finds it at, and can find it', () => {
    const { sink } = ringOf({ maxBytes: 10 });
    sink.write(batchOf(['before'], 5));
    const told: { texts: string[]; receivedAt: number; current: number }[] = [];
    const end = sink.watch((batch, receivedAt) => {
      told.push({ texts: batch.texts(), receivedAt, current: sink.current });
    });
    sink.write(batchOf(['a', 'x'.repeat(50), 'b'], 3));
    sink.write(batchOf(['c'], 7));
    end();
    sink.write(batchOf(['after'], 8));
    expect(told).toEqual([
      { texts: ['a', 'b'], receivedAt: 5, current: 2 },
      { texts: ['c'], receivedAt: 7, current: 3 },
    ]);
  });
});
