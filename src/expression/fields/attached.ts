/** The fields that operators have attached to a line: found by the same names, and tested as if they were written in the line. */
import { Buffer } from 'node:buffer';
import type { Fields, FieldValue } from '../../core/batch.ts';
import { HERE, type NameMatcher, OFF } from './field-name.ts';
import type { FieldTest } from './field-test.ts';

/** The values of a field; a list counts as one. None: nobody attached it. */
export function attachedValues(fields: Fields, name: NameMatcher): FieldValue[] {
  const values: FieldValue[] = [];
  collect(fields, name, 0, values);
  return values;
}

// Attached fields are nested 100 deep at the most: see core/field-value.ts.
function collect(value: FieldValue, name: NameMatcher, rest: number, values: FieldValue[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value as readonly FieldValue[]) collect(item, name, rest, values);
    return;
  }
  const object = value as { readonly [key: string]: FieldValue };
  for (const key of Object.keys(object)) {
    const bytes = Buffer.from(key);
    const left = name.meet(bytes, 0, bytes.length, rest);
    if (left === HERE) values.push(object[key]!);
    else if (left !== OFF) collect(object[key]!, name, left, values);
  }
}

/** Whether a value, or one in the list that it is, meets the test. */
export function meets(value: FieldValue, test: FieldTest): boolean {
  if (Array.isArray(value)) return (value as readonly FieldValue[]).some((item) => meets(item, test));
  if (typeof value === 'object' && value !== null) return test.object();
  const bytes = Buffer.from(typeof value === 'number' ? JSON.stringify(value) : String(value));
  if (typeof value === 'string') return test.text(bytes, 0, bytes.length);
  return typeof value === 'number' ? test.number(bytes, 0, bytes.length) : test.word(bytes, 0, bytes.length);
}
