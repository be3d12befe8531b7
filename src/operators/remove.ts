/**
 * `remove`: takes fields away from each line. The line itself is not changed.
 */
import { z } from 'zod';
import type { Fields } from '../core/batch.ts';
import { defineOperator } from '../core/component.ts';
import { FieldPath } from '../core/field-path.ts';

/** The operator `remove`. */
export const remove = defineOperator({
  type: 'remove',
  summary: 'Removes fields of each line.',
  description:
    'A name is the field of that name, dots and all, or else what is inside of another field: `http.status` is `status` in the ' +
    'field `http`. A field that a line does not have is not missed. What stands in the line itself stays there.',
  guarantees: { bytes: 'The line is not changed, copied or decoded.' },
  options: z.strictObject({
    fields: z.array(z.string().min(1)).min(1).meta({ description: 'The names of the fields', unit: 'names' }),
  }),
  examples: [
    { title: 'Let go of what is not wanted', yaml: 'type: remove\nfields: [password, http.cookies]\n' },
  ],
  create({ fields: names }) {
    const paths = names.map((name) => new FieldPath(name));
    const removeFrom = (fields: Fields | undefined): Fields | undefined =>
      fields && paths.reduce((rest, path) => path.removeFrom(rest), fields);
    return { transform: (batch) => (batch.fields ? batch.withFields(batch.fields.map(removeFrom)) : batch) };
  },
});
