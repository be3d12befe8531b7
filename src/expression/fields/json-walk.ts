/**
 * Walks over a JSON object in bytes, without parsing it: looks for the values of a field, and goes past everything else.
 *
 * It reads from left to right as far as what it reads is JSON, and no further. What it found until then counts: of a line
 * that was cut short, the fields in front of the cut. A number or a word at the very end may have been cut itself, so it
 * counts only with something behind it. A name that stands twice has two values. Objects and lists may be nested as deep as
 * they like: what is open is kept in an array, not on the stack.
 *
 * More lenient than JSON in one thing: strings may hold any bytes, line feeds and what is no UTF-8 included.
 */
import { Buffer } from 'node:buffer';
import { isDecimal } from './decimal.ts';
import { HERE, type NameMatcher, OFF } from './field-name.ts';
import type { FieldTest } from './field-test.ts';
import { unescapeJson } from './unescape.ts';

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const ZERO = 48;
const NINE = 57;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** What is open: for each object or list what is left of the name in it, and whether it is a list. */
let rests = new Int32Array(64);
let lists = new Uint8Array(64);

/** Says up to where keys are worth a look. */
export interface KeyHint {
  /** Whether the name is one key and not several with dots between: then only the keys it tells of are worth a look. */
  readonly isOneKey: boolean;
  /** The first place at `from` or behind it where the name may stand; at the end of the line or behind it if there is none. */
  next(from: number): number;
}

/**
 * Whether the object that starts at `from` has the field, with a value that meets the test.
 *
 * @param from - where `{` stands
 * @param hint - absent: any key may be it
 */
export function someJsonValue(
  bytes: Buffer,
  from: number,
  to: number,
  name: NameMatcher,
  test: FieldTest,
  hint?: KeyHint,
): boolean {
  let depth = 0;
  rests[0] = 0;
  lists[0] = 0;
  /** How deep the outermost list of values of the field is. */
  let valuesAt = -1;
  let at = skipSpace(bytes, from + 1, to);
  if (at >= to || bytes[at] === CLOSE_OBJECT) return false;
  let place = hint ? hint.next(from) : 0;
  const isOneKey = hint?.isOneKey === true;
  // This is where searches for fields spend their time: hence loops in place of small functions.
  for (;;) {
    let rest = rests[depth]!;
    let byte = 0;
    if (lists[depth] === 0) {
      if (at >= to || bytes[at] !== QUOTE) return false;
      const key = at + 1;
      let hasEscape = false;
      for (at = key; at < to && (byte = bytes[at]!) !== QUOTE; at++) {
        if (byte !== BACKSLASH) continue;
        hasEscape = true;
        at++;
      }
      if (at >= to) return false;
      if (hint && place < key) {
        place = hint.next(key);
        // No key from here on can be it, and no value of it is open.
        if (place >= to && valuesAt < 0) return false;
      }
      if (isOneKey && place >= at) {
        rest = OFF;
      } else if (rest !== OFF) {
        if (hasEscape) {
          const text = unescapeJson(bytes, key, at);
          rest = name.meet(text, 0, text.length, rest);
        } else {
          rest = name.meet(bytes, key, at, rest);
        }
      }
      if (++at < to && bytes[at]! <= 32) at = skipSpace(bytes, at, to);
      if (at >= to || bytes[at] !== COLON) return false;
      if (++at < to && bytes[at]! <= 32) at = skipSpace(bytes, at, to);
    }
    if (at >= to) return false;
    const first = bytes[at]!;
    if (first === QUOTE) {
      const text = ++at;
      let hasEscape = false;
      for (; at < to && (byte = bytes[at]!) !== QUOTE; at++) {
        if (byte !== BACKSLASH) continue;
        hasEscape = true;
        at++;
      }
      if (at >= to) return false;
      if (rest === HERE) {
        if (hasEscape) {
          const unescaped = unescapeJson(bytes, text, at);
          if (test.text(unescaped, 0, unescaped.length)) return true;
        } else if (test.text(bytes, text, at)) {
          return true;
        }
      }
      at++;
    } else if (first === OPEN_OBJECT || first === OPEN_LIST) {
      const isList = first === OPEN_LIST;
      if (rest === HERE && !isList) {
        if (test.object()) return true;
        // What is in it has other names.
        rest = OFF;
      }
      at = skipSpace(bytes, at + 1, to);
      if (at >= to) return false;
      if (bytes[at] !== (isList ? CLOSE_LIST : CLOSE_OBJECT)) {
        if (++depth === rests.length) grow();
        rests[depth] = rest;
        lists[depth] = isList ? 1 : 0;
        if (rest === HERE && valuesAt < 0) valuesAt = depth;
        continue;
      }
      at++;
    } else {
      const begin = at;
      while (at < to && (byte = bytes[at]!) >= ZERO && byte <= NINE) at++;
      // Most numbers are digits only, and do not begin with a zero.
      const isPlain = at > begin && first !== ZERO && !isPartOfWord(byte);
      if (!isPlain) at = endOfWord(bytes, begin, to);
      if (at >= to || (!isPlain && !isScalar(bytes, begin, at))) return false;
      if (rest === HERE) {
        const isMet = first < 97 ? test.number(bytes, begin, at) : test.word(bytes, begin, at);
        if (isMet) return true;
      }
    }
    // Behind a value: the next one, or the end of what it is in.
    for (;;) {
      if (at < to && bytes[at]! <= 32) at = skipSpace(bytes, at, to);
      if (at >= to) return false;
      byte = bytes[at++]!;
      if (byte === COMMA) {
        if (at < to && bytes[at]! <= 32) at = skipSpace(bytes, at, to);
        break;
      }
      if (byte !== (lists[depth] === 1 ? CLOSE_LIST : CLOSE_OBJECT)) return false;
      if (depth === valuesAt) valuesAt = -1;
      if (--depth < 0) return false;
    }
  }
}

function skipSpace(bytes: Uint8Array, at: number, to: number): number {
  while (at < to) {
    const byte = bytes[at]!;
    if (byte !== 32 && byte !== 9 && byte !== 10 && byte !== 13) break;
    at++;
  }
  return at;
}

/** Behind the characters of a number or of `true`, `false` and `null`. */
function endOfWord(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isPartOfWord(bytes[at]!)) at++;
  return at;
}

function isPartOfWord(byte: number): boolean {
  return (
    (byte >= ZERO && byte <= NINE) ||
    (byte >= 97 && byte <= 122) ||
    byte === 45 ||
    byte === 46 ||
    byte === 43 ||
    byte === 69
  );
}

const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word));

function isScalar(bytes: Buffer, from: number, to: number): boolean {
  const first = bytes[from]!;
  if (first < 97) return isDecimal(bytes, from, to);
  return WORDS.some((word) => {
    if (word.length !== to - from) return false;
    for (let at = from; at < to; at++) if (bytes[at] !== word[at - from]) return false;
    return true;
  });
}

function grow(): void {
  const moreRests = new Int32Array(rests.length * 2);
  const moreLists = new Uint8Array(rests.length * 2);
  moreRests.set(rests);
  moreLists.set(lists);
  rests = moreRests;
  lists = moreLists;
}
