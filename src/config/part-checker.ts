/**
 * Checks parts of a configuration against their schemas: the options of a component, a section, the queue of a sink.
 *
 * A value that came from a reference is text; where an option takes a number or `true` and `false` and no text, it becomes
 * one first (`port: ${PORT}`). Values of options that are marked `secret` are noted as such.
 */

import type { OptionsSchema, OutputOf } from '../core/component.ts';
import type { Report } from './diagnostics.ts';
import { toProblems } from './issues.ts';
import { isMapping, type Path, pathKey } from './path.ts';
import { reasonOf } from './printable.ts';
import { type JsonSchema, jsonSchemaOf, SchemaView } from './schema-view.ts';
import type { Secrets } from './secrets.ts';

/** Who is told, and what is known about the values. */
export interface PartContext {
  readonly report: Report;
  readonly secrets: Secrets;
  /** What was written, by the {@link pathKey} of each string that had references. */
  readonly written: ReadonlyMap<string, string>;
}

/** One part. */
export interface Part {
  /** What it is, for messages: ``sink `files` ``. */
  readonly subject: string;
  /** Where it stands. */
  readonly path: Path;
  /** The type of the component that it is a part of, for `logcaster describe`. */
  readonly type?: string;
  /** Names that are checked elsewhere, with the options in each. */
  readonly others?: Readonly<Record<string, readonly string[]>>;
}

export type Checked<Output> = { readonly ok: true; readonly value: Output } | { readonly ok: false };

/** Checks values; problems go to the report. */
export class PartChecker {
  readonly context: PartContext;

  constructor(context: PartContext) {
    this.context = context;
  }

  /** Checks `value`, in which texts from references may be changed to what its schema wants. */
  async check<Schema extends OptionsSchema>(
    schema: Schema,
    value: unknown,
    part: Part,
  ): Promise<Checked<OutputOf<Schema>>> {
    const { report, secrets, written } = this.context;
    const { path, subject, type, others } = part;
    const view = new SchemaView(jsonSchemaOf(schema));
    const converted = this.#convert(value, path, view);
    this.#noteSecrets(converted, path, view);
    try {
      const result = await schema['~standard'].validate(converted);
      const ignored = result.issues ? [] : ignoredKeys(converted, jsonSchemaOf(schema));
      if (!result.issues && ignored.length === 0)
        return { ok: true, value: result.value as OutputOf<Schema> };
      const isZod = schema['~standard'].vendor === 'zod' || ignored.length > 0;
      const issues = result.issues ?? [
        { code: 'unrecognized_keys', keys: ignored, message: 'unknown options', path: [] },
      ];
      const problems = toProblems(issues, isZod, {
        value: converted,
        base: path,
        subject,
        view,
        ...(others && { others }),
        ...(type !== undefined && { type }),
        written: (at) => written.get(pathKey(at)),
        hide: (at) => secrets.add([...path, ...at], valueIn(converted, at)),
        isHidden: (at) => secrets.has(at),
      });
      for (const { code, ...problem } of problems) report.error(code, problem);
      // A schema of others may refuse without a reason.
      if (problems.length === 0)
        report.error('LC_CONFIG_OPTION_VALUE', { message: `${subject} is not valid`, path, at: 'key' });
    } catch (error) {
      const message = `${subject}: its options cannot be checked: ${reasonOf(error)}`;
      report.error('LC_CONFIG_PLUGIN_FAILED', { message, path, at: 'key' });
    }
    return { ok: false };
  }

  /** Changes texts that came from references; the lists and mappings they are in stay the same. */
  #convert(value: unknown, path: Path, view: SchemaView): unknown {
    if (typeof value === 'string')
      return this.context.written.has(pathKey(path)) ? toScalar(value, view) : value;
    if (Array.isArray(value)) {
      for (const [index, each] of value.entries())
        value[index] = this.#convert(each, [...path, index], view.at(index));
    } else if (isMapping(value)) {
      for (const [key, each] of Object.entries(value))
        value[key] = this.#convert(each, [...path, key], view.at(key));
    }
    return value;
  }

  #noteSecrets(value: unknown, path: Path, view: SchemaView): void {
    if (view.annotation('secret') === true) this.context.secrets.add(path, value);
    else if (Array.isArray(value)) {
      for (const [index, each] of value.entries()) this.#noteSecrets(each, [...path, index], view.at(index));
    } else if (isMapping(value)) {
      for (const [key, each] of Object.entries(value)) this.#noteSecrets(each, [...path, key], view.at(key));
    }
  }
}

/**
 * Keys that a schema accepts and does not know: it would ignore them, and with them every slip. (zod's `object` does that.) A
 * schema that takes any key says so.
 */
function ignoredKeys(value: unknown, schema: JsonSchema): string[] {
  const { type, properties, additionalProperties, patternProperties, anyOf, allOf, oneOf, $ref } = schema;
  const isOpen = [additionalProperties, patternProperties, anyOf, allOf, oneOf, $ref].some(Boolean);
  if (type !== 'object' || isOpen || !isMapping(value)) return [];
  const known = isMapping(properties) ? properties : {};
  return Object.keys(value).filter((key) => !Object.hasOwn(known, key));
}

function valueIn(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<string | number, unknown> | undefined)?.[key],
    value,
  );
}

/** The number, or `true` or `false`, that a text is, where the schema does not take texts. */
function toScalar(text: string, view: SchemaView): string | number | boolean {
  const types = view.types;
  if (!types || types.has('string')) return text;
  if (
    (types.has('number') || types.has('integer')) &&
    /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text.trim())
  ) {
    return Number(text);
  }
  if (types.has('boolean') && /^(?:true|false)$/.test(text.trim())) return text.trim() === 'true';
  return text;
}
