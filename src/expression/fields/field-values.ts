/** The values that a field has in a line, for people. */
import { Buffer } from 'node:buffer';
import type { Batch } from '../../core/batch.ts';
import { attachedValues, meets } from './attached.ts';
import { FieldName, levelFields } from './field-name.ts';
import { startOfText } from './field-part.ts';
import type { FieldTest } from './field-test.ts';
import { someJsonValue } from './json-walk.ts';
import { someLogfmtValue } from './logfmt-walk.ts';
import { plainLevelName } from './plain-level.ts';

/** So many are shown, so many bytes of each. */
const MOST_VALUES = 3;
const MOST_BYTES = 60;

/** The first values of a field. */
export interface FieldValues {
  readonly values: readonly Buffer[];
  /** Whether there are more. */
  readonly more: boolean;
}

/** The values of a field in the only line of a batch; without a name, the levels. */
export function fieldValues(line: Batch, name: Buffer | undefined): FieldValues {
  const matcher = name ? new FieldName(name) : levelFields;
  const values: Buffer[] = [];
  const keep = (bytes: Buffer, from: number, to: number): boolean => {
    const isLong = to - from > MOST_BYTES;
    const part = bytes.subarray(from, isLong ? from + MOST_BYTES : to);
    values.push(isLong ? Buffer.concat([part, Buffer.from('…')]) : Buffer.from(part));
    return values.length > MOST_VALUES;
  };
  const collector: FieldTest = {
    text: keep,
    number: keep,
    word: keep,
    object: () => keep(Buffer.from('an object'), 0, 9),
  };
  const attached = line.fields?.[0] ? attachedValues(line.fields[0], matcher) : [];
  if (attached.length > 0) {
    attached.some((value) => meets(value, collector));
  } else {
    const bytes = line.line(0);
    const start = startOfText(bytes, 0, bytes.length);
    if (bytes[start] === 123) someJsonValue(bytes, start, bytes.length, matcher, collector);
    else someLogfmtValue(bytes, start, bytes.length, matcher, collector);
    const level = name || values.length > 0 ? undefined : plainLevelName(bytes, start, bytes.length);
    if (level !== undefined) values.push(Buffer.from(level));
  }
  return { values: values.slice(0, MOST_VALUES), more: values.length > MOST_VALUES };
}
