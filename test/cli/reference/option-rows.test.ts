import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type OptionRow, optionRows } from '../../../src/cli/reference/option-rows.ts';
import { builtinRegistry } from '../../../src/collector/builtins.ts';
import { jsonSchemaOf } from '../../../src/config/schema-view.ts';
import { duration, size } from '../../../src/core/units.ts';

function rowsOf(shape: z.ZodRawShape): OptionRow[] {
  return optionRows(jsonSchemaOf(z.strictObject(shape)));
}

function typeOf(type: z.ZodType): string {
  return rowsOf({ option: type })[0]!.type;
}

describe('types', () => {
  test.each([
    [z.string(), 'text'],
    [z.int(), 'whole number'],
    [z.number(), 'number'],
    [z.boolean(), 'true or false'],
    [size(), 'size'],
    [duration(), 'duration'],
    [z.enum(['a', 'b', 'c']), '`a`, `b` or `c`'],
    [z.literal('only'), '`"only"`'],
    [z.array(z.string()), 'list of text'],
    [z.record(z.string(), z.int()), 'mapping of names to whole number'],
    [z.strictObject({ a: z.string() }), 'options'],
    [z.union([z.string(), z.array(z.string())]), 'text, or list of text'],
    [z.union([z.string(), z.number()]), 'text or number'],
    [z.json(), 'any JSON'],
    [z.record(z.string(), z.json()), 'mapping of names to any JSON'],
  ])('%#: %s', (type, expected) => {
    expect(typeOf(type)).toBe(expected);
  });
});

test('has limits, units, defaults, and what is required', () => {
  const rows = rowsOf({
    port: z.int().min(0).max(65_535).default(9).meta({ description: 'The port.', unit: 'port' }),
    lines: z.int().min(1).meta({ description: 'Lines', unit: 'lines' }),
    maxSize: size({ min: 1 }).prefault('10MiB').meta({ description: 'Most', unit: 'bytes' }),
    mode: z.string().default('0640').meta({ description: 'Mode', unit: 'octal' }),
    empty: z.string().default('').meta({ description: 'Empty', unit: 'text' }),
    key: z
      .string()
      .optional()
      .meta({ description: 'A key', unit: 'text', secret: true, examples: ['a b'] }),
  });
  expect(rows).toEqual([
    {
      name: 'port',
      type: 'whole number',
      range: '0 to 65535',
      required: false,
      default: '9',
      description: 'The port',
      examples: [],
      secret: false,
    },
    {
      name: 'lines',
      type: 'whole number',
      range: 'from 1 on',
      required: true,
      description: 'Lines',
      examples: [],
      secret: false,
    },
    {
      name: 'maxSize',
      type: 'size',
      required: false,
      default: '10MiB',
      description: 'Most',
      examples: [],
      secret: false,
    },
    {
      name: 'mode',
      type: 'text',
      unit: 'octal',
      required: false,
      default: '"0640"',
      description: 'Mode',
      examples: [],
      secret: false,
    },
    {
      name: 'empty',
      type: 'text',
      required: false,
      default: '""',
      description: 'Empty',
      examples: [],
      secret: false,
    },
    { name: 'key', type: 'text', required: false, description: 'A key', examples: ['a b'], secret: true },
  ]);
});

test('has the options within options, lists and alternatives', () => {
  const names = rowsOf({
    outer: z.strictObject({ inner: z.strictObject({ deep: z.string() }).optional() }),
    list: z.array(z.strictObject({ entry: z.string() })),
    either: z.union([z.enum(['a']), z.strictObject({ template: z.string() })]),
  }).map(({ name }) => name);
  expect(names).toEqual([
    'outer',
    'outer.inner',
    'outer.inner.deep',
    'list',
    'list.entry',
    'either',
    'either.template',
  ]);
});

test('has every shape of options that are alternatives', () => {
  const schema = z.union([
    z.strictObject({ a: z.string() }),
    z.strictObject({ b: z.string(), a: z.string() }),
  ]);
  expect(optionRows(jsonSchemaOf(schema)).map(({ name }) => name)).toEqual(['a', 'b']);
});

test.each(
  builtinRegistry()
    .list()
    .map((each) => [each.kind, each.type, each] as const),
)('every option of the %s %s is described', (_kind, _type, { options }) => {
  const undescribed = optionRows(jsonSchemaOf(options)).filter(({ description }) => description === '');
  expect(undescribed.map(({ name }) => name)).toEqual([]);
});
