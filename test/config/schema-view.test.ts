import { expect, test } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf, SchemaView } from '../../src/config/schema-view.ts';

function view(schema: z.ZodType): SchemaView {
  return new SchemaView(jsonSchemaOf(schema));
}

test('finds options, their types and annotations, in every shape', () => {
  const options = view(
    z.union([
      z.strictObject({ kind: z.literal('a'), a: z.int() }),
      z.strictObject({
        kind: z.literal('b'),
        b: z.array(z.strictObject({ c: z.string().meta({ secret: true }) })),
      }),
      z.string(),
    ]),
  );
  expect(options.keys).toEqual(['kind', 'a', 'b']);
  expect(options.follow(['b', 5, 'c']).annotation('secret')).toBe(true);
  expect(options.follow(['a', 'nope', 0]).annotation('secret')).toBeUndefined();
  expect(options.types).toEqual(new Set(['object', 'string']));
  expect(options.at('a').types).toEqual(new Set(['integer']));
});

test('follows references, records, tuples and defaults', () => {
  interface Tree {
    readonly value: number;
    readonly children?: Tree[] | undefined;
  }
  const tree: z.ZodType<Tree> = z.strictObject({
    value: z.int().meta({ unit: 'x' }),
    get children() {
      return z.array(tree).optional();
    },
  });
  expect(view(tree).follow(['children', 0, 'children', 1, 'value']).annotation('unit')).toBe('x');
  expect(view(z.record(z.string(), z.number())).at('any').types).toEqual(new Set(['number']));
  expect(view(z.tuple([z.string(), z.boolean()])).at(1).types).toEqual(new Set(['boolean']));
  expect(view(z.number().default(1).optional()).types).toEqual(new Set(['number']));
  expect(view(z.enum(['a', 'b'])).types).toEqual(new Set(['string']));
});

test('anything is allowed where a schema says nothing', () => {
  expect(view(z.strictObject({ f: z.custom() })).at('f').types).toBeUndefined();
  expect(view(z.union([z.number(), z.custom()])).types).toBeUndefined();
  expect(new SchemaView({ $ref: 'https://elsewhere' }).types).toBeUndefined();
  expect(new SchemaView({ $defs: { a: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }).keys).toEqual([]);
});
