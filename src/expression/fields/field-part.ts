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
    this.#hint = literal && new LiteralHint(new Literal(literal));
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
    if (bytes[start] !== OPEN_OBJECT) return someLogfmtValue(bytes, start, end, this.#name, this.#test);
    const hint = hasEscape ? undefined : this.#hint?.at(lines);
    return someJsonValue(bytes, start, end, this.#name, this.#test, hint);
  }
}

/** Tells where in a line a key may stand. */
class LiteralHint implements KeyHint {
  readonly #literal: Literal;
  #lines!: Lines;

  constructor(literal: Literal) {
    this.#literal = literal;
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
