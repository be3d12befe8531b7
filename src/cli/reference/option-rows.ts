/**
 * The options of a schema as rows for people: name, type, default, limits, unit, description. Options inside of others have
 * rows of their own, behind that of the one they are in: `retention`, `retention.maxFiles`.
 */
import { stringify } from 'yaml';
import { isMapping } from '../../config/path.ts';
import type { JsonSchema } from '../../config/schema-view.ts';
import { listOf } from '../../config/suggest.ts';
import { formatSize } from '../../core/units.ts';

/** One option. */
export interface OptionRow {
  /** With the options it is in: `retention.maxFiles`. */
  readonly name: string;
  /** What it takes, in words: `size`, `` `a` or `b` ``, `list of text`. */
  readonly type: string;
  /** What the value means, where the type does not say so: `lines`, `path`. */
  readonly unit?: string;
  /** In which limits a number must be: `1 to 65535`. */
  readonly range?: string;
  /** Whether it must be there, if what it is in is there. */
  readonly required: boolean;
  /** As one would write it. */
  readonly default?: string;
  readonly description: string;
  /** As one would write them. */
  readonly examples: readonly string[];
  /** Whether its value is masked wherever it is shown. */
  readonly secret: boolean;
}

/** The rows of all options of an object schema. */
export function optionRows(schema: JsonSchema, root: JsonSchema = schema, prefix = ''): OptionRow[] {
  const rows = new Map<string, OptionRow>();
  for (const shape of objectShapes(schema, root, new Set())) {
    const required = Array.isArray(shape['required']) ? (shape['required'] as unknown[]) : [];
    for (const [key, value] of Object.entries(shape['properties'] as Record<string, unknown>)) {
      if (!isMapping(value)) continue;
      const name = prefix + key;
      const row = toRow(name, resolve(value, root), root, required.includes(key));
      if (!rows.has(name)) rows.set(name, row);
      for (const inner of optionRows(value, root, `${name}.`)) {
        if (!rows.has(inner.name)) rows.set(inner.name, inner);
      }
    }
  }
  return [...rows.values()];
}

/** The row of a single option. */
export function toRow(name: string, schema: JsonSchema, root: JsonSchema, required: boolean): OptionRow {
  const { unit, description, default: byDefault, examples, secret } = schema;
  const type = typeOf(schema, root, new Set());
  // What can be anything to JSON is told by its unit: a function.
  const shownType = type === 'any value' && typeof unit === 'string' ? unit : type;
  const range = rangeOf(schema);
  // The defaults of what is in it stand in rows of their own.
  const hasDefault = byDefault !== undefined && !isMapping(byDefault);
  return {
    name,
    type: shownType,
    ...(typeof unit === 'string' && unit !== name && !isClear(shownType, unit) && { unit }),
    ...(range !== undefined && { range }),
    required,
    ...(hasDefault && { default: toText(byDefault, schema) }),
    description: typeof description === 'string' ? description.replace(/\.$/, '') : '',
    examples: Array.isArray(examples) ? examples.map((example) => toText(example, schema)) : [],
    secret: secret === true,
  };
}

/** Every shape with named options that a schema allows. A list of such shapes counts as them. */
function objectShapes(schema: JsonSchema, root: JsonSchema, seen: Set<unknown>): JsonSchema[] {
  const resolved = resolve(schema, root);
  if (seen.has(resolved)) return [];
  seen.add(resolved);
  const parts = ['anyOf', 'oneOf', 'allOf'].flatMap((name) => (resolved[name] ?? []) as unknown[]);
  parts.push(resolved['items']);
  return [
    ...(isMapping(resolved['properties']) ? [resolved] : []),
    ...parts.filter(isMapping).flatMap((part) => objectShapes(part, root, seen)),
  ];
}

function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return schema;
  const steps = reference.split('/').slice(1);
  const target = steps.reduce<unknown>((at, step) => (isMapping(at) ? at[step] : undefined), root);
  const { $ref: _, ...own } = schema;
  return isMapping(target) ? { ...target, ...own } : own;
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  null: 'nothing',
};

function typeOf(schema: JsonSchema, root: JsonSchema, seen: Set<unknown>): string {
  const { $ref: reference, quantity, enum: values, const: value, type } = schema;
  if (typeof reference === 'string') {
    if (seen.has(reference)) return 'any JSON';
    return typeOf(resolve(schema, root), root, new Set([...seen, reference]));
  }
  if (typeof quantity === 'string') return quantity;
  if (Array.isArray(values)) return listOf(values.map(String));
  if (value !== undefined) return `\`${JSON.stringify(value)}\``;
  const shapes = [schema['anyOf'], schema['oneOf']].find(Array.isArray) as JsonSchema[] | undefined;
  if (shapes) {
    const types = [...new Set(shapes.map((shape) => typeOf(shape, root, seen)))];
    return types.some((each) => each.includes('any JSON')) ? 'any JSON' : types.join(', or ');
  }
  const types = (Array.isArray(type) ? type : [type]).map((each) => {
    if (each === 'array') return `list of ${typeOf((schema['items'] ?? {}) as JsonSchema, root, seen)}`;
    if (each === 'object') return objectType(schema, root, seen);
    return WORDS[String(each)] ?? 'any value';
  });
  return types.join(' or ');
}

function objectType(schema: JsonSchema, root: JsonSchema, seen: Set<unknown>): string {
  const { properties, additionalProperties } = schema;
  if (isMapping(properties) || !isMapping(additionalProperties)) return 'options';
  return `mapping of names to ${typeOf(additionalProperties, root, seen)}`;
}

/** Whether a unit says no more than the type does. */
function isClear(type: string, unit: string): boolean {
  const isQuantity = type === 'size' || type === 'duration';
  return (
    isQuantity ||
    type === unit ||
    type === 'options' ||
    type.startsWith('`') ||
    type === 'true or false' ||
    unit === 'options'
  );
}

function rangeOf({ minimum, maximum, quantity, type }: JsonSchema): string | undefined {
  if (quantity !== undefined || (type !== 'integer' && type !== 'number')) return undefined;
  // The largest whole number is no limit that anybody chose.
  const least = typeof minimum === 'number' && minimum !== Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const most = typeof maximum === 'number' && maximum !== Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (least !== undefined && most !== undefined) return `${least} to ${most}`;
  if (least !== undefined) return `from ${least} on`;
  return most === undefined ? undefined : `up to ${most}`;
}

/** A value as one would write it in YAML, on one line. */
function toText(value: unknown, { quantity }: JsonSchema): string {
  if (quantity === 'size' && typeof value === 'number') return formatSize(value).replace(' ', '');
  return typeof value === 'string' && !value.includes('\n')
    ? stringify(value, { lineWidth: 0 }).trimEnd()
    : JSON.stringify(value);
}
