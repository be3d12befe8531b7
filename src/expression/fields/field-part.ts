/**
 * A condition on a field: of those that operators attached, or else of what the line is, a JSON object or text with pairs.
 *
 * Only a line is walked over in which the last part of the name stands; or `\u`, since any character of a key may be written
 * that way. Where the value must be a certain text, that is looked for instead; or any backslash.
 */
import { Buffer } from 'node:buffer';
import type { Lines } from '../lines.ts';
import { type Gate, Literal } from '../literal.ts';
import { anyGate, type Part } from '../parts.ts';
import type { Value } from '../syntax.ts';
import { attachedValues, meets } from './attached.ts';
import { isDecimal } from './decimal.ts';
import { FieldName, isWrittenDifferently } from './field-name.ts';
import { type FieldTest, toFieldTest } from './field-test.ts';
import { type KeyHint, someJsonValue } from './json-walk.ts';
import { someLogfmtValue } from './logfmt-walk.ts';

const QUOTE = 34;
const COLON = 58;
const EQUALS = 61;
const BACKSLASH = 92;
const OPEN_OBJECT = 123;

/** Holds for lines with a field that has a certain value. */
export class FieldPart implements Part {
  readonly gate: Gate | undefined;
  readonly gateBytes: number;
  readonly asksFields = true;
  readonly cost = 10;
  readonly #name: FieldName;
  readonly #test: FieldTest;
  readonly #key: Literal | undefined;
  readonly #escape = new Literal(Buffer.from('\\u'));
  readonly #hint: LiteralHint | undefined;

  constructor(name: Buffer, value: Value) {
    this.#name = new FieldName(name);
    this.#test = toFieldTest(value);
    const { literal } = this.#name;
    this.#key = literal && new Literal(literal);
    this.#hint = this.#key && new LiteralHint(this.#key, literal!.length === name.length);
    const text = requiredText(value);
    const isText = text !== undefined && text.length >= (literal?.length ?? 0);
    const looked = isText ? new Literal(text) : this.#key;
    const escape = isText ? new Literal(Buffer.from('\\')) : this.#escape;
    this.gate = looked && anyGate([looked, escape]);
    this.gateBytes = looked?.bytes.length ?? 0;
  }

  holds(lines: Lines): boolean {
    const fields = lines.fields();
    if (fields) {
      const values = attachedValues(fields, this.#name);
      if (values.length > 0) return values.some((value) => meets(value, this.#test));
    }
    const hasEscape = this.#escape.isIn(lines);
    if (this.#key && !hasEscape && !this.#key.isIn(lines)) return false;
    const { bytes, end } = lines;
    const start = startOfText(bytes, lines.start, end);
    if (bytes[start] !== OPEN_OBJECT) {
      if (this.#key && !this.#isBefore(EQUALS, lines, this.#key)) return false;
      return someLogfmtValue(bytes, start, end, this.#name, this.#test);
    }
    // Whether it is a field of the line at all, and not just looks like one, only the walk can tell.
    if (this.#key && !hasEscape && !this.#mayHold(lines, this.#key)) return false;
    const hint = hasEscape ? undefined : this.#hint?.at(lines);
    return someJsonValue(bytes, start, end, this.#name, this.#test, hint);
  }

  /** Whether the last part of the name stands somewhere in the line with this character behind it. */
  #isBefore(character: number, lines: Lines, key: Literal): boolean {
    const { length } = key.bytes;
    const { bytes, end } = lines;
    for (let at = key.next(lines, lines.start); at + length < end; at = key.next(lines, at + 1)) {
      if (bytes[at + length] === character) return true;
    }
    return false;
  }

  /** Whether something that looks like the field, in a line that is JSON, has a value that may meet the test. */
  #mayHold(lines: Lines, key: Literal): boolean {
    const { length } = key.bytes;
    const { bytes, end } = lines;
    for (let at = key.next(lines, lines.start); at + length < end; at = key.next(lines, at + 1)) {
      if (bytes[at + length] !== QUOTE) continue;
      const colon = skipSpace(bytes, at + length + 1, end);
      if (
        colon < end &&
        bytes[colon] === COLON &&
        this.#mayMeet(bytes, skipSpace(bytes, colon + 1, end), end)
      ) {
        return true;
      }
    }
    return false;
  }

  #mayMeet(bytes: Buffer, from: number, end: number): boolean {
    if (from >= end) return false;
    const first = bytes[from]!;
    let to = from + 1;
    if (first === QUOTE) {
      for (; to < end && bytes[to] !== QUOTE; to++) if (bytes[to] === BACKSLASH) return true;
      return this.#test.text(bytes, from + 1, to);
    }
    // Lists, objects and words.
    if (first > 57) return true;
    while (to < end && bytes[to]! > 32 && bytes[to] !== 44 && bytes[to] !== 93 && bytes[to] !== 125) to++;
    return isDecimal(bytes, from, to) && this.#test.number(bytes, from, to);
  }
}

/** Behind white space. */
function skipSpace(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at]! <= 32) at++;
  return at;
}

/** Tells where in a line a key may stand. */
class LiteralHint implements KeyHint {
  readonly isOneKey: boolean;
  readonly #literal: Literal;
  #lines!: Lines;

  constructor(literal: Literal, isOneKey: boolean) {
    this.#literal = literal;
    this.isOneKey = isOneKey;
  }

  at(lines: Lines): this {
    this.#lines = lines;
    return this;
  }

  next(from: number): number {
    return this.#literal.next(this.#lines, from);
  }
}

/** Where the first character of a line stands that is no white space. */
export function startOfText(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (
    at < to &&
    bytes[at]! <= 32 &&
    (bytes[at] === 32 || bytes[at] === 9 || bytes[at] === 13 || bytes[at] === 10)
  )
    at++;
  return at;
}

/** What stands in a line whose field has this value, unless it is written with a backslash. */
function requiredText(value: Value): Buffer | undefined {
  const pieces =
    value.kind === 'text'
      ? [value.bytes]
      : value.kind === 'pattern'
        ? value.pattern.filter((piece) => typeof piece !== 'string')
        : [];
  // A number may be written in many ways.
  if (value.kind === 'text' && !value.isQuoted && isDecimal(value.bytes, 0, value.bytes.length))
    return undefined;
  const longest = pieces.reduce<Buffer | undefined>(
    (best, piece) => (piece.length > (best?.length ?? 0) ? piece : best),
    undefined,
  );
  return longest?.some(isWrittenDifferently) ? undefined : longest;
}
