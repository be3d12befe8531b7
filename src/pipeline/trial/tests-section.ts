/** The section `tests` of a configuration: what `logcaster test` runs. */
import { z } from 'zod';

const fields = z.record(z.string(), z.json()).meta({ description: 'Its fields, by name', unit: 'fields' });

const text = z.string().optional().meta({ description: 'The line', unit: 'text' });

const base64 = z
  .base64()
  .optional()
  .meta({ description: 'The line in Base64, in place of `text`, where it is no text', unit: 'Base64' });

const inputLine = z
  .union([
    z.string(),
    z
      .strictObject({
        text,
        base64,
        fields: fields.optional(),
        peer: z.string().min(1).optional().meta({ description: 'Who sends it', unit: 'address' }),
      })
      .refine((line) => (line.text === undefined) !== (line.base64 === undefined), {
        message: 'must have exactly one of `text` and `base64`',
      }),
  ])
  .meta({ description: 'A line: its text, or a mapping with `text`, `fields` and `peer`' });

const expectedLine = z
  .union([
    z.string(),
    z
      .strictObject({ text, base64, fields: fields.optional() })
      .refine(({ text: own, base64: bytes }) => own === undefined || bytes === undefined, {
        message: 'must not have both `text` and `base64`',
      })
      .refine((line) => Object.values(line).some((value) => value !== undefined), {
        message: 'must have `text`, `base64` or `fields`',
      }),
  ])
  .meta({
    description: 'A line: its text, or a mapping with `text` and `fields`; what is left out can be anything',
  });

function counts(description: string) {
  return z.record(z.string().min(1), z.int().min(0)).meta({ description, unit: 'lines by operator' });
}

const expectation = z.strictObject({
  sinks: z
    .record(z.string().min(1).meta({ reference: 'sink' }), z.array(expectedLine))
    .default({})
    .meta({
      description: 'The lines that each sink gets, in order; a sink that is not named can get anything',
      unit: 'lines by sink',
    }),
  filtered: counts('How many lines each operator lets go; not looked at where it is missing').optional(),
  failed: counts('On how many lines each operator fails; none where it is missing').default({}),
  dropped: counts(
    'How many lines each operator drops by a policy; not looked at where it is missing',
  ).optional(),
  merged: counts('How many lines became part of another one; not looked at where it is missing').optional(),
  created: counts('How many lines were made beside others; not looked at where it is missing').optional(),
});

/** The schema of the section. */
export const testsSection = z
  .array(
    z.strictObject({
      name: z.string().min(1).meta({ description: 'What is promised, in a sentence', unit: 'text' }),
      pipeline: z.string().min(1).optional().meta({
        description: 'The pipeline that gets the lines; by default the only one',
        unit: 'name of a pipeline',
        reference: 'pipeline',
      }),
      source: z.string().min(1).optional().meta({
        description:
          'The source that the lines come from. Without `pipeline`, all pipelines that it feeds get them',
        unit: 'name of a source',
        reference: 'source',
      }),
      receivedAt: z.iso
        .datetime({ offset: true })
        .default('2000-01-01T00:00:00Z')
        .meta({ description: 'When the lines are received; time stands still then', unit: 'ISO 8601' }),
      input: z.array(inputLine).min(1).meta({ description: 'The lines', unit: 'lines' }),
      expect: expectation.meta({
        description: 'What must come of them. Operators are named by their name, or as `pipeline.operator`',
        unit: 'expectations',
      }),
    }),
  )
  .meta({ description: 'Tests of the pipelines, for `logcaster test`; `run` ignores them' });

/** A test. */
export type TestCase = z.output<typeof testsSection>[number];

/** A line that a test expects. */
export type ExpectedLine = z.output<typeof expectedLine>;

/** Accounts of what did not arrive as it was. */
export const ACCOUNTS = ['filtered', 'failed', 'dropped', 'merged', 'created'] as const;

/** The name of such an account. */
export type AccountName = (typeof ACCOUNTS)[number];
