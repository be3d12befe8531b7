/**
 * Reads the value of a field, or the level, out of a line: what expressions compare, as text. It finds the field where a condition
 * on it would find it, and of several values the first.
 */
import type { Buffer } from 'node:buffer';
import { FieldName, levelFields, type NameMatcher } from './fields/field-name.ts';
import { startOfText } from './fields/field-part.ts';
import type { FieldTest } from './fields/field-test.ts';
import { someJsonValue } from './fields/json-walk.ts';
import { someLogfmtValue } from './fields/logfmt-walk.ts';
import { plainSeverity } from './fields/plain-level.ts';
import { SEVERITIES, toSeverity } from './severity.ts';

const OPEN_OBJECT = 123;

const LEVELS: ReadonlyMap<number, string> = new Map(
  Object.entries(SEVERITIES).map(([name, severity]) => [severity, name]),
);

/** The value of a line, from `start` to before `end` in some bytes; `undefined` if it has none. */
export type ValueReader = (bytes: Buffer, start: number, end: number) => string | undefined;

/** A reader of a field: texts without quotes and escapes, numbers and words as they are written. Objects are no values. */
export function fieldReader(name: Uint8Array): ValueReader {
  const matcher = new FieldName(name);
  const first = new FirstValue();
  return (bytes, start, end) => {
    first.value = undefined;
    walk(bytes, start, end, matcher, first);
    return first.value;
  };
}

/** A reader of levels, by their usual names: `warn` is read of `WARNING`, `[Warn]` and `"level":40` alike. */
export function levelReader(): ValueReader {
  const first = new FirstSeverity();
  return (bytes, start, end) => {
    first.severity = undefined;
    const isJson = walk(bytes, start, end, levelFields, first);
    const severity = first.severity ?? (isJson ? undefined : plainSeverity(bytes, start, end));
    return severity === undefined ? undefined : LEVELS.get(severity);
  };
}

/** Whether the line is JSON. */
function walk(bytes: Buffer, start: number, end: number, name: NameMatcher, test: FieldTest): boolean {
  const from = startOfText(bytes, start, end);
  const isJson = bytes[from] === OPEN_OBJECT && from < end;
  if (isJson) someJsonValue(bytes, from, end, name, test);
  else someLogfmtValue(bytes, from, end, name, test);
  return isJson;
}

/** Takes the first value that there is. */
class FirstValue implements FieldTest {
  value: string | undefined;

  text(bytes: Buffer, from: number, to: number): boolean {
    this.value = bytes.toString('utf8', from, to);
    return true;
  }

  number(bytes: Buffer, from: number, to: number): boolean {
    return this.text(bytes, from, to);
  }

  word(bytes: Buffer, from: number, to: number): boolean {
    return this.text(bytes, from, to);
  }

  object(): boolean {
    return false;
  }
}

/** Takes the first level that there is. */
class FirstSeverity implements FieldTest {
  severity: number | undefined;

  text(bytes: Buffer, from: number, to: number): boolean {
    this.severity = toSeverity(bytes, from, to);
    return this.severity !== undefined;
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
