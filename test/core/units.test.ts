import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  duration,
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
  size,
} from '../../src/core/units.ts';
import { fc, test as property } from '../support/properties.ts';

describe('a size', () => {
  test.each([
    [0, 0],
    [17, 17],
    ['17', 17],
    ['17B', 17],
    ['64MiB', 67_108_864],
    ['64MB', 64_000_000],
    ['1.5 KiB', 1536],
    [' 2kB ', 2000],
    ['0.0001KiB', 0],
    ['3TiB', 3 * 2 ** 40],
  ])('%j is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(['', 'MiB', '64 mib', '-1', '-1KiB', '1e3', '1.5', '1,5KiB', '10 parsecs', '99999999TiB', '1s'])(
    '%j is none',
    (text) => {
      expect(() => parseSize(text)).toThrow(
        expect.objectContaining({ code: 'LC_LIMIT_INVALID', message: `"${text}" is not a size` }),
      );
    },
  );

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%d is none', (number) => {
    expect(() => parseSize(number)).toThrow(`${number} is not a size`);
  });

  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [67_108_864, '64 MiB'],
    [1_500_000_000, '1.4 GiB'],
    [2 ** 41, '2 TiB'],
  ])('%d bytes read %j', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});

describe('a duration', () => {
  test.each([
    ['0s', 0],
    ['500ms', 500],
    ['2s', 2000],
    ['2.3 s', 2300],
    ['15m', 900_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', '5', '5 sec', '-1s', '1h30m', '1MiB', '99999999999d'])('%j is none', (text) => {
    expect(() => parseDuration(text)).toThrow(
      expect.objectContaining({ code: 'LC_LIMIT_INVALID', message: `"${text}" is not a duration` }),
    );
  });

  test.each([
    [0, '0ms'],
    [500, '500ms'],
    [1500, '1.5s'],
    [60_000, '1m'],
    [61_000, '61s'],
    [7_200_000, '2h'],
    [86_400_000, '1d'],
  ])('%d ms read %j', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  property.prop([fc.nat({ max: 1e12 })])('is read back as it was written', (ms) => {
    expect(parseDuration(formatDuration(ms))).toBe(ms);
  });
});

function messages(schema: z.ZodType, value: unknown): string[] {
  return schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];
}

describe('as options', () => {
  const options = z.object({
    size: size({ min: 1024, max: 2 ** 20 }).default(2048),
    wait: duration({ min: 1000 }).default(5000),
  });

  test('they are numbers in the end', () => {
    expect(options.parse({ size: '64KiB', wait: '1m' })).toEqual({ size: 65_536, wait: 60_000 });
    expect(options.parse({ size: 4096 })).toEqual({ size: 4096, wait: 5000 });
  });

  test('what is wrong with them is said', () => {
    expect(messages(options, { size: '1KiB', wait: '1s' })).toEqual([]);
    expect(messages(options, { size: '2MiB' })).toEqual(['must be at least 1 KiB and at most 1 MiB']);
    expect(messages(options, { wait: '1ms' })).toEqual(['must be at least 1s']);
    expect(messages(options, { size: 'big' })).toEqual([
      expect.stringMatching(/^"big" is not a size; write a number/),
    ]);
    expect(messages(options, { wait: 'long' })).toEqual([
      expect.stringMatching(/^"long" is not a duration; write/),
    ]);
  });

  test('they have a JSON Schema of what is written', () => {
    expect(z.toJSONSchema(options, { io: 'input' })).toMatchObject({
      properties: { size: { type: ['number', 'string'] }, wait: { type: 'string' } },
    });
  });
});
