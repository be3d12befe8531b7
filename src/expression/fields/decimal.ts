/**
 * Numbers as JSON writes them, compared exactly: `9007199254740993` is more than `9007199254740992`, and `1e400` is more than
 * both.
 *
 * Two numbers of at most 15 digits that are neither huge nor tiny become different doubles in the right order: those are
 * compared as doubles. All others are compared digit by digit.
 */
import type { Buffer } from 'node:buffer';

const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const DOT = 46;

/** Digits that a double keeps. */
const SAFE_DIGITS = 15;
const SAFE_EXPONENT = 250;
/** More digits in an exponent than any number needs: that is as good as infinite. */
const MOST_EXPONENT_DIGITS = 12;

/** A number to compare with. */
export interface Decimal {
  /** As a double, if that is good enough to compare it; NaN if not. */
  readonly double: number;
  readonly exact: Exact;
}

/** The value is `sign * 0.digits * 10^exponent`. */
interface Exact {
  readonly sign: -1 | 0 | 1;
  readonly exponent: number;
  /** No zeros at its ends. */
  readonly digits: string;
}

/** Whether the bytes from `from` to before `to` are a number as JSON writes it. */
export function isDecimal(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  if (bytes[at] === MINUS) at++;
  const first = at;
  while (at < to && isDigit(bytes[at]!)) at++;
  if (at === first || (bytes[first] === ZERO && at > first + 1)) return false;
  if (at < to && bytes[at] === DOT) {
    const begin = ++at;
    while (at < to && isDigit(bytes[at]!)) at++;
    if (at === begin) return false;
  }
  // e or E
  if (at < to && (bytes[at]! | 32) === 101) {
    at++;
    if (at < to && (bytes[at] === 43 || bytes[at] === MINUS)) at++;
    const begin = at;
    while (at < to && isDigit(bytes[at]!)) at++;
    if (at === begin) return false;
  }
  return at === to;
}

/** Reads a number; the bytes are one. */
export function toDecimal(bytes: Buffer, from = 0, to = bytes.length): Decimal {
  return { double: toDouble(bytes, from, to), exact: toExact(bytes.toString('latin1', from, to)) };
}

/** Compares a number in some bytes with another: less than 0 when it is less, 0 when both are the same, more than 0 when it is more. */
export function compareDecimal(bytes: Buffer, from: number, to: number, other: Decimal): number {
  const double = toDouble(bytes, from, to);
  const difference = double - other.double;
  if (!Number.isNaN(difference)) return difference;
  return compareExact(toExact(bytes.toString('latin1', from, to)), other.exact);
}

/** The number as a double; NaN when a double does not keep all of it. */
function toDouble(bytes: Buffer, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS;
  let value = 0;
  let at = isNegative ? from + 1 : from;
  if (to - at <= SAFE_DIGITS) {
    for (; at < to; at++) {
      const byte = bytes[at]!;
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + (byte - ZERO);
    }
    if (at === to) return isNegative ? -value : value;
  }
  if (to - from > 2 * SAFE_DIGITS) return Number.NaN;
  const text = bytes.toString('latin1', from, to);
  const { digits, exponent } = toExact(text);
  if (digits.length > SAFE_DIGITS || Math.abs(exponent) > SAFE_EXPONENT) return Number.NaN;
  return Number(text);
}

function toExact(text: string): Exact {
  const isNegative = text.startsWith('-');
  const [mantissa = '', power = ''] = text.slice(isNegative ? 1 : 0).split(/e/i);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = whole + fraction;
  let first = 0;
  while (first < all.length && all.charCodeAt(first) === ZERO) first++;
  if (first === all.length) return { sign: 0, exponent: 0, digits: '' };
  let last = all.length;
  while (all.charCodeAt(last - 1) === ZERO) last--;
  return {
    sign: isNegative ? -1 : 1,
    exponent: whole.length - first + toExponent(power),
    digits: all.slice(first, last),
  };
}

function toExponent(power: string): number {
  if (power === '') return 0;
  const isNegative = power.startsWith('-');
  const digits = power.replace(/^[+-]?0*/, '');
  const exponent = digits.length > MOST_EXPONENT_DIGITS ? Number.POSITIVE_INFINITY : Number(digits);
  return isNegative ? -exponent : exponent;
}

function compareExact(a: Exact, b: Exact): number {
  if (a.sign !== b.sign) return a.sign - b.sign;
  if (a.exponent !== b.exponent) return a.exponent < b.exponent ? -a.sign : a.sign;
  if (a.digits === b.digits) return 0;
  return a.digits < b.digits ? -a.sign : a.sign;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}
