/**
 * A condition on the level of a line, wherever it stands: in a field that is called for it, or, in a line that is no JSON and
 * has no such pair, in the text (plain-level.ts).
 */
import { Buffer } from 'node:buffer';
import type { Lines } from '../lines.ts';
import { Literal } from '../literal.ts';
import type { Part } from '../parts.ts';
import { toSeverity } from '../severity.ts';
import type { Bound, Value } from '../syntax.ts';
import { attachedValues, meets } from './attached.ts';
import { endsLevelField, HERE, LONGEST_LEVEL_FIELD, levelFields } from './field-name.ts';
import { startOfText } from './field-part.ts';
import { type FieldTest, isWithin } from './field-test.ts';
import { someJsonValue } from './json-walk.ts';
import { someLogfmtValue } from './logfmt-walk.ts';
import { plainSeverity } from './plain-level.ts';

const OPEN_OBJECT = 123;

/** Holds for lines of certain levels. */
export class LevelPart implements Part {
  readonly asksFields = true;
  readonly cost = 30;
  readonly #test: LevelTest;
  readonly #equals = new Literal(Buffer.from('='));

  /** @param value - a level, or a range of levels */
  constructor(value: Value) {
    this.#test = new LevelTest(value);
  }

  holds(lines: Lines): boolean {
    const test = this.#test;
    const fields = lines.fields();
    if (fields) {
      const values = attachedValues(fields, levelFields);
      if (values.length > 0) return values.some((value) => meets(value, test));
    }
    const { bytes, end } = lines;
    const start = startOfText(bytes, lines.start, end);
    if (bytes[start] === OPEN_OBJECT) return someJsonValue(bytes, start, end, levelFields, test);
    test.hasAny = false;
    if (this.#mayHavePair(lines, start) && someLogfmtValue(bytes, start, end, levelFields, test)) return true;
    if (test.hasAny) return false;
    const severity = plainSeverity(bytes, start, end);
    return severity !== undefined && test.accepts(severity);
  }

  /** Whether the name of a level stands before a `=`: if not, the walk over all pairs finds none. */
  #mayHavePair(lines: Lines, start: number): boolean {
    const { bytes, end } = lines;
    for (let at = this.#equals.next(lines, start); at < end; at = this.#equals.next(lines, at + 1)) {
      if (!endsLevelField(bytes[at - 1])) continue;
      let begin = at;
      while (begin > start && at - begin <= LONGEST_LEVEL_FIELD && bytes[begin - 1]! > 32) begin--;
      if (levelFields.meet(bytes, begin, at, 0) === HERE) return true;
    }
    return false;
  }
}

class LevelTest implements FieldTest {
  /** Whether it was asked about a level. */
  hasAny = false;
  readonly #accepted: boolean[];

  constructor(value: Value) {
    const [low, high] =
      value.kind === 'range'
        ? [value.low, value.high]
        : value.kind === 'text'
          ? [equal(value.bytes), equal(value.bytes)]
          : [];
    this.#accepted = Array.from(
      { length: 10 },
      (_, severity) =>
        severity > 0 &&
        isWithin(low, true, compareTo(severity, low)) &&
        isWithin(high, false, compareTo(severity, high)),
    );
  }

  accepts(severity: number): boolean {
    return this.#accepted[severity]!;
  }

  text(bytes: Buffer, from: number, to: number): boolean {
    const severity = toSeverity(bytes, from, to);
    if (severity === undefined) return false;
    this.hasAny = true;
    return this.#accepted[severity]!;
  }

  number(bytes: Buffer, from: number, to: number): boolean {
    return this.text(bytes, from, to);
  }

  word(): boolean {
    return false;
  }

  object(): boolean {
    return false;
  }
}

function equal(bytes: Buffer): Bound {
  return { bytes: Buffer.from(bytes), isInclusive: true, isQuoted: false };
}

function compareTo(severity: number, bound: Bound | undefined): number {
  return bound ? severity - toSeverity(bound.bytes)! : 0;
}
