/**
 * Looks into a JSON Schema along a path: which options there are, what types they take, what their annotations say
 * (`secret`, `quantity`, `reference`).
 *
 * A place in a schema can have several shapes (`anyOf`, `oneOf`, `allOf`, `if`); a view holds all of them at once.
 */
import type { ComponentDefinition, OptionsSchema } from '../core/component.ts';
import { isMapping, type Path } from './path.ts';

/** A JSON Schema as an object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The shapes that a schema allows at one place. */
export class SchemaView {
  readonly #root: JsonSchema;
  readonly #shapes: readonly JsonSchema[];

  constructor(root: JsonSchema, at: readonly JsonSchema[] = [root]) {
    this.#root = root;
    this.#shapes = at.flatMap((schema) => this.#expand(schema, new Set()));
  }

  /** The shapes of what stands under a key or at an index. */
  at(key: string | number): SchemaView {
    return new SchemaView(
      this.#root,
      this.#shapes.flatMap((shape) => childrenOf(shape, key)),
    );
  }

  /** The shapes at the end of a path. */
  follow(path: Path): SchemaView {
    return path.reduce<SchemaView>((view, key) => view.at(key), this);
  }

  /** The names of all options. */
  get keys(): string[] {
    return [
      ...new Set(
        this.#shapes.flatMap(({ properties }) => (isMapping(properties) ? Object.keys(properties) : [])),
      ),
    ];
  }

  /** The first annotation of this name. */
  annotation(name: string): unknown {
    return this.#shapes.find((shape) => shape[name] !== undefined)?.[name];
  }

  /** The JSON types that are allowed; `undefined` if that is any. */
  get types(): ReadonlySet<string> | undefined {
    const types = new Set<string>();
    for (const shape of this.#shapes) {
      if (isComposed(shape) && shape['type'] === undefined) continue;
      const own = typesOf(shape);
      if (!own) return undefined;
      for (const type of own) types.add(type);
    }
    return types.size === 0 ? undefined : types;
  }

  /** A schema and everything that it is composed of. */
  #expand(schema: unknown, seen: Set<unknown>): JsonSchema[] {
    if (!isMapping(schema) || seen.has(schema)) return [];
    seen.add(schema);
    const parts = ['anyOf', 'oneOf', 'allOf'].flatMap((name) =>
      Array.isArray(schema[name]) ? schema[name] : [],
    );
    parts.push(schema['then'], schema['else'], this.#resolve(schema['$ref']));
    return [schema, ...parts.flatMap((part) => this.#expand(part, seen))];
  }

  #resolve(reference: unknown): unknown {
    if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined;
    const steps = reference.slice(1).split('/').slice(1);
    return steps
      .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((at, step) => (isMapping(at) ? at[step] : undefined), this.#root);
  }
}

function childrenOf(shape: JsonSchema, key: string | number): JsonSchema[] {
  const children: unknown[] = [];
  if (typeof key === 'number') {
    const { prefixItems } = shape;
    children.push((Array.isArray(prefixItems) ? (prefixItems[key] as unknown) : undefined) ?? shape['items']);
  } else {
    const { properties } = shape;
    if (isMapping(properties) && Object.hasOwn(properties, key)) children.push(properties[key]);
    else children.push(shape['additionalProperties']);
  }
  return children.filter(isMapping);
}

function isComposed(shape: JsonSchema): boolean {
  return ['anyOf', 'oneOf', 'allOf', '$ref', 'if'].some((name) => shape[name] !== undefined);
}

function typesOf({ type, enum: values, const: value }: JsonSchema): string[] | undefined {
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.map(String);
  if (Array.isArray(values)) return values.map((each) => typeof each);
  return value === undefined ? undefined : [typeof value];
}

const schemas = new WeakMap<OptionsSchema, JsonSchema>();

/**
 * The JSON Schema (draft 2020-12) of options as they are written.
 *
 * @throws what the schema's library throws where it cannot give one
 */
export function jsonSchemaOf(schema: OptionsSchema): JsonSchema {
  let known = schemas.get(schema);
  if (!known) {
    // zod gives `{}` for what JSON cannot say (a function) instead of throwing.
    const options = { target: 'draft-2020-12', libraryOptions: { unrepresentable: 'any' } } as const;
    known = schema['~standard'].jsonSchema.input(options);
    schemas.set(schema, known);
  }
  return known;
}

/** A view of the options of a definition. */
export function optionsView(definition: ComponentDefinition): SchemaView {
  return new SchemaView(jsonSchemaOf(definition.options));
}
