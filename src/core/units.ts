/**
 * Sizes and durations as people write them. `64MiB` is 67,108,864 bytes, `64MB` is 64,000,000; `1.5h` is 5,400,000 ms.
 * The zod types of this file are what component options use.
 */
import { z } from 'zod';
import { LogCasterError } from './errors.ts';

const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

const AMOUNT = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/;

/**
 * Reads a size: a number of bytes, or a text such as `64MiB`.
 *
 * @throws LogCasterError `LC_LIMIT_INVALID`
 */
export function parseSize(value: string | number): number {
  if (typeof value === 'string' && /^\d+$/.test(value)) value = Number(value);
  const amount = typeof value === 'number' ? value : parseAmount(value, SIZE_UNITS);
  const bytes = amount === undefined ? Number.NaN : typeof value === 'string' ? Math.round(amount) : amount;
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new LogCasterError('LC_LIMIT_INVALID', `${quote(value)} is not a size`, {
      hint: `write a number of bytes, or a number and one of ${Object.keys(SIZE_UNITS).join(', ')}: 64MiB`,
    });
  }
  return bytes;
}

/**
 * Reads a duration such as `500ms`, `2s`, `15m`, `1h` or `7d`, into ms.
 *
 * @throws LogCasterError `LC_LIMIT_INVALID`
 */
export function parseDuration(value: string): number {
  const ms = parseAmount(value, DURATION_UNITS);
  if (ms === undefined || !Number.isSafeInteger(Math.round(ms))) {
    throw new LogCasterError('LC_LIMIT_INVALID', `${quote(value)} is not a duration`, {
      hint: `write a number and one of ${Object.keys(DURATION_UNITS).join(', ')}: 500ms`,
    });
  }
  // 2.3 s are 2,300 ms, whatever binary fractions make of it.
  return Math.round(ms * 1000) / 1000;
}

function quote(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function parseAmount(value: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, amount, unit] = AMOUNT.exec(value.trim()) ?? [];
  return amount !== undefined && Object.hasOwn(units, unit!) ? Number(amount) * units[unit!]! : undefined;
}

/** Writes a size for people: `64 MiB`, `1.5 KiB`, `17 B`. */
export function formatSize(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB']) {
    const unitBytes = SIZE_UNITS[unit]!;
    if (bytes >= unitBytes) return `${Number((bytes / unitBytes).toFixed(1))} ${unit}`;
  }
  return `${bytes} B`;
}

/** Writes a duration as it is written in a configuration: `500ms`, `1.5s`, `2h`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const length = DURATION_UNITS[unit]!;
    if (ms >= length && Number.isInteger((ms / length) * 10)) return `${ms / length}${unit}`;
  }
  return `${ms}ms`;
}

// `quantity` in the JSON Schema of these tells what a text means: hints of diagnostics go by it.

/**
 * An option that is a size: a number of bytes, or a text such as `64MiB`; a component gets it in bytes. `min` and `max` are bytes;
 * by default 0, and no limit.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * const maxSize = size({ min: 1 }).prefault('10MiB').meta({ description: 'The most it holds', unit: 'bytes' });
 * maxSize.parse(undefined); // 10485760
 * maxSize.parse('1.5KiB'); // 1536
 * ```
 */
export function size({ min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {}) {
  return z
    .union([z.number(), z.string()])
    .transform((value, context) => amountOrIssue(value, parseSize, { min, max, format: formatSize }, context))
    .meta({ quantity: 'size' });
}

/**
 * An option that is a duration: a text such as `500ms`, `2s`, `15m`, `1h` or `7d`; a component gets it in ms. `min` and `max` are ms;
 * by default 0, and no limit.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * const timeout = duration({ min: 1 }).prefault('10s').meta({ description: 'How long it waits', unit: 'ms' });
 * timeout.parse(undefined); // 10000
 * timeout.parse('1.5m'); // 90000
 * ```
 */
export function duration({ min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {}) {
  return z
    .string()
    .transform((value, context) =>
      amountOrIssue(value, parseDuration, { min, max, format: formatDuration }, context),
    )
    .meta({ quantity: 'duration' });
}

function amountOrIssue<T>(
  value: T,
  parse: (value: T) => number,
  range: { min: number; max: number; format: (amount: number) => string },
  context: z.core.$RefinementCtx<T>,
): number {
  const { min, max, format } = range;
  try {
    const amount = parse(value);
    if (amount >= min && amount <= max) return amount;
    const most = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${format(max)}`;
    context.addIssue({ code: 'custom', message: `must be at least ${format(min)}${most}`, input: value });
  } catch (error) {
    const { message, hint } = error as LogCasterError;
    context.addIssue({ code: 'custom', message: `${message}; ${hint}`, input: value });
  }
  return z.NEVER;
}
