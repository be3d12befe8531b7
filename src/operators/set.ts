/**
 * `set`: gives each line fields, with fixed values or made from the line. The line itself is not changed.
 */
import { z } from 'zod';
import { type Batch, type Fields, type FieldValue, toFields } from '../core/batch.ts';
import { defineOperator } from '../core/component.ts';
import type { FieldPath } from '../core/field-path.ts';
import { fillTemplate, parseTemplate, type TemplatePart, templateProblem } from '../core/template.ts';

const options = z.strictObject({
  fields: z
    .preprocess(refusePrototype, z.record(z.string().min(1), z.json()))
    .superRefine((fields, context) => {
      if (Object.keys(fields).length === 0) context.addIssue({ code: 'custom', message: 'sets no field' });
      for (const [name, value] of Object.entries(fields)) {
        const problem = typeof value === 'string' ? templateProblem(value) : undefined;
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, path: [name] });
      }
    })
    .meta({
      description:
        'The fields by name, each with its value. A text may have {message}, {time}, {source}, {peer} and {fields.NAME} in ' +
        'it; all other values are taken as they are',
      unit: 'fields',
    }),
});

/** A field's value: fixed, copied from another field, or made from a template. */
type Setter =
  | { readonly kind: 'fixed'; readonly value: FieldValue }
  | { readonly kind: 'copy'; readonly path: FieldPath }
  | { readonly kind: 'template'; readonly parts: readonly TemplatePart[] };

/** The operator `set`. */
export const set = defineOperator({
  type: 'set',
  summary: 'Sets fields of each line.',
  description:
    'A field that is there already is replaced. The values are made from the line as it came, so that `{fields.a}` is the old ' +
    '`a` even if `a` is set too.\n\n' +
    'A text that is nothing but one `{fields.NAME}` copies that field as it is, a number as a number; if there is no such ' +
    'field, nothing is set. In a longer text, a field that is not there leaves nothing. `{fields.http.status}` is the field of ' +
    'that name, or else `status` in the field `http`. A brace is written twice: `{{`. A name that is set is taken whole, dots and all.',
  guarantees: {
    bytes: 'The line is not changed. It is decoded only for {message}.',
  },
  options,
  examples: [
    {
      title: 'Say where lines come from',
      yaml: 'type: set\nfields:\n  service: checkout\n  region: eu-1\n  via: "{source} {peer}"\n',
    },
    {
      title: 'Rename a field (with remove behind it)',
      yaml: 'type: set\nfields:\n  level: "{fields.severity}"\n',
    },
  ],
  create({ fields }) {
    const setters = Object.entries(fields).map(([name, value]) => [name, toSetter(value)] as const);
    const fixed = toFixed(setters);
    return {
      transform(batch) {
        if (fixed && !batch.fields) return batch.withFields(Array<Fields>(batch.length).fill(fixed));
        return batch.withFields(
          Array.from({ length: batch.length }, (_, index) => setFields(batch, index, setters)),
        );
      },
    };
  },
});

/** zod leaves such an entry out without a word. */
function refusePrototype(fields: unknown, context: z.core.$RefinementCtx): unknown {
  if (typeof fields === 'object' && fields !== null && Object.hasOwn(fields, '__proto__')) {
    context.addIssue({ code: 'custom', message: 'a field cannot be named __proto__' });
  }
  return fields;
}

type Setters = readonly (readonly [name: string, setter: Setter])[];

function toSetter(value: FieldValue): Setter {
  if (typeof value !== 'string') return { kind: 'fixed', value };
  const parts = parseTemplate(value);
  const [first] = parts;
  if (!first) return { kind: 'fixed', value: '' };
  if (parts.length === 1 && first.kind === 'text') return { kind: 'fixed', value: first.text };
  if (parts.length === 1 && first.kind === 'field') return { kind: 'copy', path: first.path };
  return { kind: 'template', parts };
}

/** The fields, if they are the same for each line that has none of its own. */
function toFixed(setters: Setters): Fields | undefined {
  const entries: [string, FieldValue][] = [];
  for (const [name, setter] of setters) {
    if (setter.kind !== 'fixed') return undefined;
    entries.push([name, setter.value]);
  }
  return Object.freeze(toFields(entries));
}

function setFields(batch: Batch, index: number, setters: Setters): Fields {
  const before = batch.fields?.[index];
  const fields = toFields(before ? Object.entries(before) : []) as Record<string, FieldValue>;
  for (const [name, setter] of setters) {
    const value = toValue(batch, index, setter);
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

function toValue(batch: Batch, index: number, setter: Setter): FieldValue | undefined {
  if (setter.kind === 'fixed') return setter.value;
  if (setter.kind === 'copy') return setter.path.get(batch.fields?.[index]);
  return fillTemplate(setter.parts, batch, index);
}
