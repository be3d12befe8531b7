import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { jsonSchema } from '../../src/config/json-schema.ts';
import { defineOperator, defineSink } from '../../src/core/component.ts';
import { Registry } from '../../src/core/registry.ts';
import { duration } from '../../src/core/units.ts';
import { around, definitions, load, query, registry } from './support.ts';

const schema = jsonSchema(registry(), { query });
const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
// Annotations of LogCaster.
for (const keyword of ['unit', 'secret', 'quantity', 'reference', 'needs']) ajv.addKeyword({ keyword });
ajv.addFormat('uri', true);
const validate = ajv.compile(schema);

function errorsOf(text: string): string[] {
  validate(parse(text));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const GOOD = [
  around({}),
  around({ source: '{ type: listen, port: 1, idle: 1.5h, credit: 8MiB, keepAlive: true, oversize: drop }' }),
  around({ operator: '{ type: pick, word: x, name: p }, { type: pick, pattern: x, flags: i }' }),
  around({
    sink: '{ type: disk, directory: ./x, maxSize: 1048576, queue: { maxBytes: 64 MiB, whenFull: dropOldest }, retry: { initial: 1s, max: 1m, maxAttempts: 3 } }',
  }),
  around({
    sink: '{ type: remote, url: "https://x", password: secret1, headers: { a: b }, batch: { lines: 5 }, tags: [a] }',
  }),
  around({
    more: 'plugins: [a, { module: ./x.ts, replace: true }]\nlog: { level: warn }\nquery: { port: 1 }\nshutdown: { timeout: 5s }\n$schema: x\nx-any: [1]',
  }).replace('[a, { module: ./x.ts, replace: true }]', '[]'),
  // References in the place of what is no text.
  around({
    source:
      '{ type: listen, port: "${PORT:-9999}", keepAlive: "${KEEP:-true}", oversize: "${OVER:-drop}", idle: "${IDLE:-5s}", token: "${TOKEN:-12345678}" }',
  }),
  'sources: { a: { type: listen } }\npipelines: { m: { from: [a] }, n: { from: m, to: [x] } }\nsinks: { x: { type: memory } }',
];

test.each(GOOD)('takes what the loader takes: %#', async (text) => {
  expect((await load(text)).diagnostics).toEqual([]);
  expect(errorsOf(text)).toEqual([]);
});

test.each([
  around({ source: '{ type: listen, prot: 1 }' }),
  around({ source: '{ type: listen, port: "1" }' }),
  around({ source: '{ type: listen, port: 70000 }' }),
  around({ source: '{ type: listen, idle: 10 }' }),
  around({ source: '{ type: listen, idle: 10 sec }' }),
  around({ source: '{ type: listen, oversize: dorp }' }),
  around({ source: '{ type: listen, queue: {} }' }),
  around({ source: '{ type: lisen }' }),
  around({ source: '{ port: 1 }' }),
  around({ source: '{ type: memory }' }),
  around({ operator: '{ type: pick, word: x, pattern: y }' }),
  around({ operator: '{ type: pick }' }),
  around({ sink: '{ type: disk }' }),
  around({ sink: '{ type: disk, directory: ./x, maxSize: 64MIB }' }),
  around({ sink: '{ type: memory, queue: { whenFull: drop } }' }),
  around({ sink: '{ type: memory, retry: { maxAttempts: 0 } }' }),
  around({ sink: '{ type: remote, url: "https://x", batch: { line: 1 } }' }),
  around({ more: 'log: { level: inf }' }),
  around({ more: 'querry: {}' }),
  around({ more: 'plugins: [{ modul: x }]' }),
  around({}).replace('from: in', 'form: in'),
  around({}).replace('main:', '"a b":'),
  'sources: {}\npipelines: {}\nsinks: {}',
  'a: 1',
])('refuses what the loader refuses: %#', async (text) => {
  expect((await load(text)).topology).toBeUndefined();
  expect(errorsOf(text)).not.toEqual([]);
});

test('says all about an option', () => {
  const defs = schema['$defs'] as Record<string, Record<string, Record<string, unknown>>>;
  expect(defs['sink.disk']).toMatchObject({
    title: 'disk',
    description: 'Writes lines.',
    examples: [{ type: 'disk', directory: './logs' }],
  });
  expect(defs['sink.disk']!['properties']).toMatchObject({
    type: { const: 'disk' },
    maxSize: { description: 'The largest file', unit: 'bytes', default: '10MiB' },
    queue: { $ref: '#/$defs/queue' },
  });
  expect(defs['credit']).toMatchObject({ unit: 'bytes', default: '4MiB' });
  expect(defs['retry']!['properties']).toMatchObject({
    initial: { default: '100ms' },
    max: { default: '30s' },
  });
  expect(defs['source.listen']!['properties']).toMatchObject({
    token: { secret: true },
    credit: { $ref: '#/$defs/credit' },
  });
});

function config(operator: unknown, sink: unknown): unknown {
  return {
    sources: { a: { type: 'listen' } },
    pipelines: { m: { from: 'a', through: [operator], to: 'x' } },
    sinks: { x: sink },
  };
}

test('every component of a plugin is in it, whatever its schema looks like', () => {
  interface Rule {
    readonly word: string;
    readonly any?: Rule[] | undefined;
  }
  const rule: z.ZodType<Rule> = z.strictObject({
    word: z.string(),
    get any() {
      return z.array(rule).optional();
    },
  });
  const nested = defineOperator({
    type: 'nested',
    summary: 'Nests.',
    options: z.strictObject({ rule, wait: duration().default(90_000) }),
    examples: [],
    create: () => ({ transform: (batch) => batch }),
  });
  const itself = defineSink({
    type: 'itself',
    summary: 'Is a rule.',
    options: rule,
    examples: [],
    create: () => ({ write() {} }),
  });
  const wide = jsonSchema(new Registry([...definitions, nested, itself]));
  const check = new Ajv2020({ strict: false }).addFormat('uri', true).compile(wide);
  const deep = { word: 'a', any: [{ word: 'b', any: [{ word: 'c' }] }] };
  expect(check(config({ type: 'nested', rule: deep }, { type: 'itself', ...deep }))).toBe(true);
  expect(check(config({ type: 'nested', rule: { ...deep, any: [{ wrod: 'x' }] } }, { type: 'memory' }))).toBe(
    false,
  );
  expect(
    check(config({ type: 'pick', word: 'x' }, { type: 'itself', word: 'a', any: [{ any: [{}] }] })),
  ).toBe(false);
});

test('a registry without operators still makes a schema', () => {
  const few = jsonSchema(new Registry(definitions.filter(({ kind }) => kind !== 'operator')));
  expect(() => new Ajv2020({ strict: false }).addFormat('uri', true).compile(few)).not.toThrow();
});
