/**
 * Names of fields as people write them: `level`, or `http.status` for what is inside of another field.
 *
 * A field whose whole name is written wins: `http.status` is the field of that name, dot and all, if there is one, else
 * `status` in the object `http`. Only a field's own entries count, so that `constructor` is a name like any other.
 */
import type { Fields, FieldValue } from './batch.ts';

type FieldObject = { readonly [name: string]: FieldValue };

/** A field's name, ready to be looked up. */
export class FieldPath {
  /** As it was written. */
  readonly text: string;
  readonly #names: readonly string[];

  constructor(text: string) {
    this.text = text;
    this.#names = text.split('.');
  }

  /** The field's value, if there is one. */
  get(fields: Fields | undefined): FieldValue | undefined {
    if (!fields) return undefined;
    if (Object.hasOwn(fields, this.text)) return fields[this.text];
    let value: FieldValue = fields;
    for (const name of this.#names) {
      if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
      value = value[name]!;
    }
    return value;
  }

  /** The fields without this one; the same object if there was none. What is copied is what changes. */
  removeFrom(fields: Fields): Fields {
    if (Object.hasOwn(fields, this.text)) return without(fields, this.text);
    return removeAt(fields, this.#names);
  }
}

function removeAt(object: FieldObject, names: readonly string[]): FieldObject {
  const [name, ...inner] = names;
  if (name === undefined || !Object.hasOwn(object, name)) return object;
  if (inner.length === 0) return without(object, name);
  const value = object[name]!;
  if (!isObject(value)) return object;
  const changed = removeAt(value, inner);
  return changed === value ? object : copyOf(object, (key) => (key === name ? changed : object[key]!));
}

function without(object: FieldObject, name: string): FieldObject {
  return copyOf(object, (key) => (key === name ? undefined : object[key]));
}

/** A copy without a prototype, in which no name is special. */
function copyOf(object: FieldObject, valueOf: (key: string) => FieldValue | undefined): FieldObject {
  const copy = Object.create(null) as Record<string, FieldValue>;
  for (const key of Object.keys(object)) {
    const value = valueOf(key);
    if (value !== undefined) copy[key] = value;
  }
  return copy;
}

function isObject(value: FieldValue): value is FieldObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
