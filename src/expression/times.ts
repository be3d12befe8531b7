/**
 * Times as people write them in an expression: how long ago (`5m`, `1h30m`), a date, a time of ISO 8601 (UTC where no zone is
 * written), or a number of seconds (10 digits) or milliseconds (13 digits) since the epoch.
 */
import { LogCasterError } from '../core/errors.ts';
import { parseDuration } from '../core/units.ts';

/** The time that a text names, as long as it is: a date is a whole day. In ms since the epoch; `to` is behind it. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const AMOUNTS = /\d+(?:\.\d+)?(?:ms|s|m|h|d)/g;
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/** Reads a time; `undefined` for what is none. `now` is what durations count back from. */
export function readTime(text: string, now: number): TimeSpan | undefined {
  if (text === 'now') return { from: now, to: now + 1 };
  if (DURATION.test(text)) {
    const from = now - durationOf(text);
    return Number.isFinite(from) ? { from, to: from + 1 } : undefined;
  }
  if (/^\d{10}$/.test(text)) return { from: Number(text) * 1000, to: (Number(text) + 1) * 1000 };
  if (/^\d{13}$/.test(text)) return { from: Number(text), to: Number(text) + 1 };
  return readIso(text);
}

/** The ms of all amounts together; not a number if they are more than can be counted. */
function durationOf(text: string): number {
  try {
    return text.match(AMOUNTS)!.reduce((sum, amount) => sum + parseDuration(amount), 0);
  } catch (error) {
    if (error instanceof LogCasterError) return Number.NaN;
    throw error;
  }
}

function readIso(text: string): TimeSpan | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match;
  const numbers = [year, month, day, hour ?? 0, minute ?? 0, second ?? 0].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  numbers[1]--;
  const whole = new Date(0);
  whole.setUTCFullYear(numbers[0], numbers[1], numbers[2]);
  whole.setUTCHours(numbers[3], numbers[4], numbers[5]);
  // What is out of its range (a 30th of February) becomes another date.
  const read = [
    whole.getUTCFullYear(),
    whole.getUTCMonth(),
    whole.getUTCDate(),
    whole.getUTCHours(),
    whole.getUTCMinutes(),
    whole.getUTCSeconds(),
  ];
  if (read.some((part, index) => part !== numbers[index])) return undefined;
  const offset = offsetOf(zone);
  if (offset === undefined) return undefined;
  const from = whole.getTime() + Math.floor(Number(`0.${fraction}0`) * 1000) - offset;
  const length = hour === undefined ? DAY : second === undefined ? MINUTE : fraction === '' ? 1000 : 1;
  return { from, to: from + length };
}

function offsetOf(zone: string): number | undefined {
  if (zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * MINUTE;
}
