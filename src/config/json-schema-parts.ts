/** Makes a schema of options a part of a larger schema. */
import { isMapping } from './path.ts';
import type { JsonSchema } from './schema-view.ts';

const SIZE_PATTERN = '^\\d+(\\.\\d+)?( ?(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB))?$';
const DURATION_PATTERN = '^\\d+(\\.\\d+)? ?(ms|s|m|h|d)$';
const REFERENCE = { $ref: '#/$defs/reference' };

/** Keywords that say something about a value without limiting it. */
const ANNOTATIONS = new Set([
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'unit',
  'secret',
  'quantity',
  'reference',
  'needs',
]);

const CHILDREN_BY_NAME = ['properties', 'patternProperties', '$defs', 'dependentSchemas'];
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const CHILDREN = [
  'items',
  'additionalProperties',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'unevaluatedProperties',
  'unevaluatedItems',
];

/**
 * Makes a schema fit into `definitions` under `name`: its own definitions move there, its `$ref`s follow, sizes and durations
 * get their patterns, and a `${…}` is allowed in the place of what is not text.
 */
export function embed(schema: JsonSchema, name: string, definitions: Record<string, unknown>): JsonSchema {
  const { $schema: _, $defs, ...root } = schema;
  const rename = (reference: string): string =>
    reference === '#' ? `#/$defs/${name}.self` : reference.replace(/^#\/\$defs\//, `#/$defs/${name}.`);
  for (const [key, each] of Object.entries(isMapping($defs) ? $defs : {})) {
    definitions[`${name}.${key}`] = adapt(each, rename);
  }
  const adapted = adapt(root, rename);
  if (JSON.stringify(root).includes('"$ref":"#"')) definitions[`${name}.self`] = adapted;
  return adapted as JsonSchema;
}

/** Adds properties to every shape of an object that a schema allows. */
export function withProperties(schema: JsonSchema, added: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const result: Record<string, unknown> = { ...schema };
  for (const list of ['anyOf', 'oneOf', 'allOf']) {
    const shapes = schema[list];
    if (Array.isArray(shapes)) result[list] = shapes.map((shape: JsonSchema) => withProperties(shape, added));
  }
  if (schema['type'] === 'object' || isMapping(schema['properties'])) {
    result['properties'] = { ...added, ...(schema['properties'] as Record<string, unknown> | undefined) };
  }
  return result;
}

function adapt(schema: unknown, rename: (reference: string) => string): unknown {
  if (!isMapping(schema)) return schema;
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref' && typeof value === 'string') result[key] = rename(value);
    else if (CHILDREN_BY_NAME.includes(key) && isMapping(value)) {
      result[key] = Object.fromEntries(
        Object.entries(value).map(([name, each]) => [name, adapt(each, rename)]),
      );
    } else if (LISTS.includes(key) && Array.isArray(value))
      result[key] = value.map((each) => adapt(each, rename));
    else if (CHILDREN.includes(key)) result[key] = adapt(value, rename);
    else result[key] = value;
  }
  return isLeaf(result) ? allowReference(withQuantity(result)) : result;
}

/** Whether it is about a single value that is not any text. */
function isLeaf(schema: Record<string, unknown>): boolean {
  const { type } = schema;
  if (schema['enum'] !== undefined || schema['const'] !== undefined) return schema['const'] === undefined;
  const types = Array.isArray(type) ? type : [type];
  return types.some((each) => ['string', 'number', 'integer', 'boolean'].includes(String(each)));
}

/** Says what the text of a size or a duration looks like. */
function withQuantity(schema: Record<string, unknown>): Record<string, unknown> {
  const { quantity } = schema;
  if (quantity === 'size') return { ...schema, minimum: 0, pattern: SIZE_PATTERN };
  return quantity === 'duration' ? { ...schema, pattern: DURATION_PATTERN } : schema;
}

/** Puts the limits of a value beside a `${…}`; what only describes it stays outside. */
function allowReference(schema: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(schema);
  const limits = entries.filter(([key]) => !ANNOTATIONS.has(key));
  // Any text can be a reference already.
  if (limits.length === 1 && schema['type'] === 'string') return schema;
  return {
    ...Object.fromEntries(entries.filter(([key]) => ANNOTATIONS.has(key))),
    anyOf: [Object.fromEntries(limits), REFERENCE],
  };
}
