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
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** What is open: for each object or list what is left of the name in it, and whether it is a list. */
let rests = new Int32Array(64);
let lists = new Uint8Array(64);

/** Set by {@link endOfString}. */
let hasEscape = false;

/** Says up to where keys are worth a look. */
export interface KeyHint {
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
  if (bytes[at] === CLOSE_OBJECT) return false;
  let place = hint ? hint.next(from) : 0;
  for (;;) {
    let rest = rests[depth]!;
    if (lists[depth] === 0) {
      if (bytes[at] !== QUOTE || at >= to) return false;
      const key = at + 1;
      const end = endOfString(bytes, key, to);
      if (end < 0) return false;
      if (hint && place < key) {
        place = hint.next(key);
        // No key from here on can be it, and no value of it is open.
        if (place >= to && valuesAt < 0) return false;
      }
      if (rest !== OFF) {
        if (hasEscape) {
          const text = unescapeJson(bytes, key, end);
          rest = name.meet(text, 0, text.length, rest);
        } else {
          rest = name.meet(bytes, key, end, rest);
        }
      }
      at = skipSpace(bytes, end + 1, to);
      if (bytes[at] !== COLON) return false;
      at = skipSpace(bytes, at + 1, to);
    }
    if (at >= to) return false;
    const first = bytes[at]!;
    if (first === OPEN_OBJECT || first === OPEN_LIST) {
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
    } else if (first === QUOTE) {
      const end = endOfString(bytes, at + 1, to);
      if (end < 0) return false;
      if (rest === HERE) {
        if (hasEscape) {
          const text = unescapeJson(bytes, at + 1, end);
          if (test.text(text, 0, text.length)) return true;
        } else if (test.text(bytes, at + 1, end)) {
          return true;
        }
      }
      at = end + 1;
    } else {
      const end = endOfWord(bytes, at, to);
      if (end === to || !isScalar(bytes, at, end)) return false;
      if (rest === HERE) {
        if (first === 116 || first === 102 || first === 110) {
          if (test.word(bytes, at, end)) return true;
        } else if (test.number(bytes, at, end)) {
          return true;
        }
      }
      at = end;
    }
    // Behind a value: the next one, or the end of what it is in.
    for (;;) {
      at = skipSpace(bytes, at, to);
      if (at >= to) return false;
      const next = bytes[at]!;
      if (next === COMMA) {
        at = skipSpace(bytes, at + 1, to);
        break;
      }
      if (next !== (lists[depth] === 1 ? CLOSE_LIST : CLOSE_OBJECT)) return false;
      if (depth === valuesAt) valuesAt = -1;
      if (--depth < 0) return false;
      at++;
    }
  }
}

/** Where the quote stands that ends a string; -1 if none does. */
function endOfString(bytes: Uint8Array, from: number, to: number): number {
  hasEscape = false;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) {
      hasEscape = true;
      at++;
    }
  }
  return -1;
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
  while (at < to) {
    const byte = bytes[at]!;
    const isPart =
      (byte >= 48 && byte <= 57) ||
      (byte >= 97 && byte <= 122) ||
      byte === 45 ||
      byte === 46 ||
      byte === 43 ||
      byte === 69;
    if (!isPart) break;
    at++;
  }
  return at;
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
