/**
 * Turns what a program made (a plugin, a `js` operator) into what a field can hold: JSON. It is copied, so that later
 * changes change nothing, into objects without a prototype.
 */
import type { Fields, FieldValue } from './batch.ts';

/** How deep values may be nested: JSON of it can be written, and nobody's stack overflows. */
const MAX_DEPTH = 100;

/**
 * A copy as the value of a field. As in JSON, `undefined` is left out, in a list it is `null`; so is a number that is none;
 * and a `toJSON` method is asked.
 *
 * @throws TypeError for what is no JSON: a function, a symbol, a bigint, a map, what is nested too deep or in itself
 */
export function toFieldValue(value: unknown, depth = 0): FieldValue | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'object':
      break;
    default:
      throw new TypeError(`a field cannot hold a ${typeof value}`);
  }
  if (value === null) return null;
  if (depth === MAX_DEPTH) throw new TypeError(`a field cannot be nested more than ${MAX_DEPTH} deep`);
  if (Array.isArray(value)) return value.map((item) => toFieldValue(item, depth + 1) ?? null);
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return toFieldValue(toJSON.call(value), depth + 1);
  return toPlainFields(value, depth);
}

/**
 * A copy as the fields of a line.
 *
 * @throws TypeError for what is no object of JSON values
 */
export function toFieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`fields must be an object, not ${value === null ? 'null' : typeof value}`);
  }
  return toPlainFields(value, 0);
}

function toPlainFields(object: object, depth: number): Fields {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== null && prototype !== Object.prototype) {
    throw new TypeError(`a field cannot hold a ${object.constructor.name}`);
  }
  const fields = Object.create(null) as Record<string, FieldValue>;
  for (const [name, value] of Object.entries(object)) {
    const copy = toFieldValue(value, depth + 1);
    if (copy !== undefined) fields[name] = copy;
  }
  return fields;
}
