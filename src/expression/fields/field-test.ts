/** What the value of a field must be, asked of its bytes. */
import { Buffer } from 'node:buffer';
import { Glob } from '../glob.ts';
import { RegexTest } from '../regex.ts';
import type { Bound, Value } from '../syntax.ts';
import { compareDecimal, type Decimal, isDecimal, toDecimal } from './decimal.ts';

/** Asked of each value of a field, by what it is; a list is asked about each of its values. */
export interface FieldTest {
  /** A text, without its quotes and escapes. */
  text(bytes: Buffer, from: number, to: number): boolean;
  /** A number as JSON writes it. */
  number(bytes: Buffer, from: number, to: number): boolean;
  /** `true`, `false` or `null`. */
  word(bytes: Buffer, from: number, to: number): boolean;
  /** An object. */
  object(): boolean;
}

/** The test for what was written behind a name. */
export function toFieldTest(value: Value): FieldTest {
  switch (value.kind) {
    case 'exists':
      return ANYTHING;
    case 'text':
      return new TextTest(value.bytes, value.isQuoted);
    case 'pattern': {
      const glob = new Glob(value.pattern);
      return scalarTest((bytes, from, to) => glob.matches(bytes, from, to));
    }
    case 'regex': {
      const regex = new RegexTest(value.regex);
      return scalarTest((bytes, from, to) => regex.finds(bytes, from, to));
    }
    default:
      return new RangeTest(value.low, value.high);
  }
}

const NULL = 110;

/** Anything but `null`. */
const ANYTHING: FieldTest = {
  text: () => true,
  number: () => true,
  word: (bytes, from) => bytes[from] !== NULL,
  object: () => true,
};

/** Texts, and numbers and words as they are written; `null` is no text. */
function scalarTest(test: (bytes: Buffer, from: number, to: number) => boolean): FieldTest {
  return {
    text: test,
    number: test,
    word: (bytes, from, to) => bytes[from] !== NULL && test(bytes, from, to),
    object: () => false,
  };
}

/** What is written so; a number that is as much, unless it was in quotes. */
class TextTest implements FieldTest {
  readonly #bytes: Buffer;
  readonly #decimal: Decimal | undefined;

  constructor(bytes: Buffer, isQuoted: boolean) {
    this.#bytes = bytes;
    this.#decimal = isQuoted ? undefined : toDecimalIfOne(bytes);
  }

  text(bytes: Buffer, from: number, to: number): boolean {
    const wanted = this.#bytes;
    if (to - from !== wanted.length) return false;
    for (let at = from; at < to; at++) if (bytes[at] !== wanted[at - from]) return false;
    return true;
  }

  number(bytes: Buffer, from: number, to: number): boolean {
    return this.#decimal ? compareDecimal(bytes, from, to, this.#decimal) === 0 : this.text(bytes, from, to);
  }

  word(bytes: Buffer, from: number, to: number): boolean {
    return this.text(bytes, from, to);
  }

  object(): boolean {
    return false;
  }
}

/**
 * Numbers between numbers, and texts that are such numbers; or else texts between texts, byte by byte. It is numbers when all
 * that was written is, and not in quotes.
 */
class RangeTest implements FieldTest {
  readonly #low: Bound | undefined;
  readonly #high: Bound | undefined;
  readonly #lowDecimal: Decimal | undefined;
  readonly #highDecimal: Decimal | undefined;
  readonly #isNumeric: boolean;

  constructor(low: Bound | undefined, high: Bound | undefined) {
    this.#low = low;
    this.#high = high;
    this.#lowDecimal = low && !low.isQuoted ? toDecimalIfOne(low.bytes) : undefined;
    this.#highDecimal = high && !high.isQuoted ? toDecimalIfOne(high.bytes) : undefined;
    this.#isNumeric = Boolean((!low || this.#lowDecimal) && (!high || this.#highDecimal));
  }

  text(bytes: Buffer, from: number, to: number): boolean {
    if (this.#isNumeric) return isDecimal(bytes, from, to) && this.number(bytes, from, to);
    return (
      isWithin(this.#low, true, this.#low ? bytes.compare(this.#low.bytes, 0, undefined, from, to) : 0) &&
      isWithin(this.#high, false, this.#high ? bytes.compare(this.#high.bytes, 0, undefined, from, to) : 0)
    );
  }

  number(bytes: Buffer, from: number, to: number): boolean {
    if (!this.#isNumeric) return false;
    const low = this.#lowDecimal;
    const high = this.#highDecimal;
    return (
      (!low || isWithin(this.#low, true, compareDecimal(bytes, from, to, low))) &&
      (!high || isWithin(this.#high, false, compareDecimal(bytes, from, to, high)))
    );
  }

  word(): boolean {
    return false;
  }

  object(): boolean {
    return false;
  }
}

/** Whether what compares so with one end of a range is in it. */
export function isWithin(bound: Bound | undefined, isLow: boolean, comparison: number): boolean {
  if (!bound) return true;
  if (comparison === 0) return bound.isInclusive;
  return isLow === comparison > 0;
}

function toDecimalIfOne(bytes: Buffer): Decimal | undefined {
  return isDecimal(bytes, 0, bytes.length) ? toDecimal(Buffer.from(bytes)) : undefined;
}
