/**
 * The level of a line of plain text:
 *
 *     <3>text                           the number of syslog at the start, from <0> to <191>: its last three bits
 *     E1125 20:15:30.000 file.go:10]    the letter of glog and klog at the start, and four digits
 *     2026-11-25 ERROR text             a name of a level in capitals, as a word
 *     [error] text, [ Warn ] text       a name in square brackets
 *     error: text                       a name at the start or behind white space, and a colon right behind it
 *
 * The first that there is counts, so that a line has one level. Names in other places are just words.
 */
import type { Buffer } from 'node:buffer';
import { LONGEST_NAME, SEVERITIES, severityOfNumber, toSeverity } from '../severity.ts';

const OPEN = 91;
const CLOSE = 93;
const COLON = 58;

/** The shortest name has three letters. */
const SHORTEST_NAME = 3;

const GLOG: Readonly<Record<string, number>> = {
  I: SEVERITIES.info,
  W: SEVERITIES.warn,
  E: SEVERITIES.error,
  F: SEVERITIES.fatal,
};

/** The name of the severity of a line of plain text. */
export function plainLevelName(bytes: Buffer, from: number, to: number): string | undefined {
  const severity = bytes[from] === 123 ? undefined : plainSeverity(bytes, from, to);
  return Object.entries(SEVERITIES).find(([, value]) => value === severity)?.[0];
}

/** The severity of a line whose text begins at `from`; `undefined` when it has none. */
export function plainSeverity(bytes: Buffer, from: number, to: number): number | undefined {
  const beginning = syslogSeverity(bytes, from, to) ?? glogSeverity(bytes, from, to);
  if (beginning !== undefined) return beginning;
  for (let at = from; at < to; ) {
    if (!isWordByte(bytes[at]!)) {
      at++;
      continue;
    }
    const begin = at;
    let capitals = 0;
    let letters = 0;
    for (; at < to; at++) {
      const byte = bytes[at]!;
      if (byte >= 65 && byte <= 90) capitals++;
      else if (byte >= 97 && byte <= 122) letters++;
      else if (!isWordByte(byte)) break;
    }
    const length = at - begin;
    if (length < SHORTEST_NAME || length > LONGEST_NAME || capitals + letters < length) continue;
    if (letters > 0 && !isInBrackets(bytes, begin, at, from, to) && !isLabel(bytes, begin, at, from, to))
      continue;
    const severity = toSeverity(bytes, begin, at);
    if (severity !== undefined) return severity;
  }
  return undefined;
}

function isInBrackets(bytes: Uint8Array, begin: number, end: number, from: number, to: number): boolean {
  let before = begin - 1;
  while (before > from && bytes[before] === 32) before--;
  let behind = end;
  while (behind < to && bytes[behind] === 32) behind++;
  return before >= from && bytes[before] === OPEN && behind < to && bytes[behind] === CLOSE;
}

function isLabel(bytes: Uint8Array, begin: number, end: number, from: number, to: number): boolean {
  return end < to && bytes[end] === COLON && (begin === from || bytes[begin - 1]! <= 32);
}

function syslogSeverity(bytes: Buffer, from: number, to: number): number | undefined {
  if (bytes[from] !== 60) return undefined;
  const match = /^<(\d{1,3})>/.exec(bytes.toString('latin1', from, Math.min(to, from + 5)));
  const priority = match ? Number(match[1]) : 192;
  return priority < 192 ? severityOfNumber(priority & 7) : undefined;
}

function glogSeverity(bytes: Buffer, from: number, to: number): number | undefined {
  const letter = bytes[from]!;
  // E, F, I or W
  if (from + 6 > to || !(letter === 69 || letter === 70 || letter === 73 || letter === 87)) return undefined;
  const match = /^([IWEF])\d{4} $/.exec(bytes.toString('latin1', from, from + 6));
  return match ? GLOG[match[1]!] : undefined;
}

/** A letter, a digit, `_`, or a part of a character that is not ASCII. */
function isWordByte(byte: number): boolean {
  return (
    (byte >= 97 && byte <= 122) ||
    (byte >= 65 && byte <= 90) ||
    (byte >= 48 && byte <= 57) ||
    byte === 95 ||
    byte >= 128
  );
}
