/**
 * Walks over the pairs of a line: `level=warn msg="took long" took=12`, anywhere in any line that is no JSON object.
 *
 * A name begins the line or stands behind white space, and goes up to `=` without white space, quotes or another `=`. A value
 * is what stands between quotes (a backslash takes the next character as it is, or is an escape of JSON), or else goes up to
 * the next white space; a comma or a semicolon at its end does not belong to it. What is in quotes holds no pairs. A value
 * without quotes that is a number as JSON writes it is a number; all others are text.
 */
import type { Buffer } from 'node:buffer';
import { isDecimal } from './decimal.ts';
import { HERE, type NameMatcher } from './field-name.ts';
import type { FieldTest } from './field-test.ts';
import { unescapeJson } from './unescape.ts';

const QUOTE = 34;
const EQUALS = 61;
const BACKSLASH = 92;
const COMMA = 44;
const SEMICOLON = 59;

/** Whether the line has the field, with a value that meets the test. */
export function someLogfmtValue(
  bytes: Buffer,
  from: number,
  to: number,
  name: NameMatcher,
  test: FieldTest,
): boolean {
  /** No quote is closed from here on. */
  let unclosed = to;
  let at = from;
  while (at < to) {
    const begin = at;
    let byte = 0;
    while (at < to && (byte = bytes[at]!) !== EQUALS && byte > 32 && byte !== QUOTE) at++;
    if (byte !== EQUALS || at === begin || at >= to) {
      at = nextToken(bytes, at, to);
      continue;
    }
    const isIt = name.meet(bytes, begin, at, 0) === HERE;
    const value = ++at;
    let end = -1;
    let hasEscape = false;
    if (at < to && bytes[at] === QUOTE && at < unclosed) {
      let quote = at + 1;
      while (quote < to && bytes[quote] !== QUOTE) {
        if (bytes[quote] === BACKSLASH) {
          hasEscape = true;
          quote++;
        }
        quote++;
      }
      if (quote < to) end = quote;
      else unclosed = at;
    }
    if (end >= 0) {
      if (isIt) {
        if (!hasEscape) {
          if (test.text(bytes, value + 1, end)) return true;
        } else {
          const text = unescapeJson(bytes, value + 1, end);
          if (test.text(text, 0, text.length)) return true;
        }
      }
      at = nextToken(bytes, end + 1, to);
      continue;
    }
    while (at < to && bytes[at]! > 32) at++;
    if (isIt) {
      let last = at;
      if (last > value && (bytes[last - 1] === COMMA || bytes[last - 1] === SEMICOLON)) last--;
      if (isDecimal(bytes, value, last) ? test.number(bytes, value, last) : test.text(bytes, value, last))
        return true;
    }
    at = nextToken(bytes, at, to);
  }
  return false;
}

/** Behind the next white space. All control characters are white space here. */
function nextToken(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at]! > 32) at++;
  while (at < to && bytes[at]! <= 32) at++;
  return at;
}
