/** The conformance kit catches definitions that are wrong, each in one way. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineSink, type OptionsSchema, type Sink } from '../../src/plugin.ts';
import { conformance } from '../../src/testing.ts';
import { common, examples, run } from './kit-support.ts';

const create = (): Sink => ({ write: () => {} });

test.each([
  [
    'no description of an option',
    /options have a JSON Schema/,
    'the option level has no description',
    { options: z.strictObject({ level: z.string().default('') }) },
  ],
  [
    'no unit of a number',
    /options have a JSON Schema/,
    'the option level has no unit',
    { options: z.strictObject({ level: z.int().default(1).meta({ description: 'How loud' }) }) },
  ],
  [
    'no unit of a number in one of several shapes',
    /options have a JSON Schema/,
    'the option at.level has no unit',
    {
      options: z.strictObject({
        at: z
          .union([z.string(), z.strictObject({ level: z.int() })])
          .default('')
          .meta({ description: 'How loud' }),
      }),
    },
  ],
  [
    'a secret that is not marked',
    /options have a JSON Schema/,
    'the option apiKey seems to be a secret',
    { options: z.strictObject({ apiKey: z.string().optional().meta({ description: 'Who one is' }) }) },
  ],
  [
    'an option that LogCaster has itself',
    /options have a JSON Schema/,
    'retry is a key that every sink has already',
    { options: z.strictObject({ retry: z.boolean().optional().meta({ description: 'Again?' }) }) },
  ],
  ['no example', /has examples/, 'there is no example', { examples: [] }],
  [
    'an example that is wrong',
    /has examples/,
    'the example "Loud" is not right: under-test: loud: ',
    {
      examples: [{ title: 'Loud', yaml: 'type: under-test\nloud: 1\n' }],
      options: z.strictObject({ loud: z.boolean() }),
    },
  ],
  [
    'an example of another type',
    /has examples/,
    'the example "Loud" is of another type',
    { examples: [{ title: 'Loud', yaml: 'type: shout\n' }] },
  ],
  ['open options', /refuses an option/, 'an unknown option was accepted', { options: z.looseObject({}) }],
  [
    'open options of which one is required',
    /refuses an option/,
    'an unknown option was accepted',
    {
      options: z.object({ url: z.string() }),
      examples: [{ title: 'There', yaml: 'type: under-test\nurl: there\n' }],
    },
  ],
  ['a wrong name', /kebab-case/, 'the type is not in kebab-case', { type: 'underTest' }],
  ['no summary', /a summary/, 'there is no summary', { summary: '' }],
])('one with %s', async (_, name, message, parts) => {
  const sink = conformance(defineSink<OptionsSchema>({ ...common, examples, create, ...parts }));
  await expect(run(sink, name)).rejects.toThrow(message);
});

test('one that nobody has defined', async () => {
  const sink = { ...defineSink({ ...common, examples, create }), apiVersion: 0 };
  await expect(run(conformance(sink), /version of the plugin/)).rejects.toThrow('is not made by a function');
});

test('one whose options are checked later', async () => {
  const later = z.strictObject({}).refine(async () => true);
  const sink = defineSink({ ...common, examples, create, options: later });
  await expect(run(conformance(sink), /without waiting/)).rejects.toThrow(/./);
});
