/** Slips in sizes and durations: `64MIB`, `10 seconds`, `5min`. */
import { parseDuration, parseSize } from '../core/units.ts';

/** What a text measures; the annotation `quantity` of the schemas in `core/units.ts`. */
export type Quantity = 'size' | 'duration';

const SIZES: Readonly<Record<string, string>> = {
  '': '',
  b: 'B',
  byte: 'B',
  bytes: 'B',
  k: 'KiB',
  m: 'MiB',
  g: 'GiB',
  t: 'TiB',
  kb: 'kB',
  mb: 'MB',
  gb: 'GB',
  tb: 'TB',
  kib: 'KiB',
  mib: 'MiB',
  gib: 'GiB',
  tib: 'TiB',
  kilobytes: 'kB',
  megabytes: 'MB',
  gigabytes: 'GB',
};

const DURATIONS: Readonly<Record<string, string>> = {
  ms: 'ms',
  msec: 'ms',
  msecs: 'ms',
  millis: 'ms',
  millisecond: 'ms',
  milliseconds: 'ms',
  s: 's',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  m: 'm',
  min: 'm',
  mins: 'm',
  minute: 'm',
  minutes: 'm',
  h: 'h',
  hr: 'h',
  hrs: 'h',
  hour: 'h',
  hours: 'h',
  d: 'd',
  day: 'd',
  days: 'd',
};

/** How a size or a duration that cannot be read was most likely meant. */
export function suggestQuantity(value: unknown, quantity: Quantity): string | undefined {
  const text = String(value).trim();
  const [, amount, letters] = /^(\d+(?:[.,]\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const number = amount.replace(',', '.');
  if (quantity === 'duration' && letters === '') return `\`${number}s\` or \`${number}ms\``;
  const unit = (quantity === 'size' ? SIZES : DURATIONS)[letters!.toLowerCase()];
  if (unit === undefined) return undefined;
  const suggestion = `${number}${unit}`;
  return isReadable(suggestion, quantity) ? `\`${suggestion}\`` : undefined;
}

function isReadable(text: string, quantity: Quantity): boolean {
  try {
    if (quantity === 'size') parseSize(text);
    else parseDuration(text);
    return true;
  } catch {
    return false;
  }
}
