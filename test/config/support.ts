/** Small components, and ways to load configurations with them, for the tests of the configuration. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { formatDiagnostics } from '../../src/config/format-diagnostics.ts';
import { type LoadedConfig, type LoadOptions, loadConfig } from '../../src/config/load-config.ts';
import {
  type ComponentDefinition,
  defineOperator,
  defineSink,
  defineSource,
  type OptionsSchema,
} from '../../src/core/component.ts';
import { Registry } from '../../src/core/registry.ts';
import { duration, size } from '../../src/core/units.ts';

const nothing = () => {
  throw new Error('the configuration must not make components');
};

/** A source with a port, which nobody else can have. */
export const listen = defineSource({
  type: 'listen',
  summary: 'Listens.',
  options: z.strictObject({
    host: z.string().min(1).default('127.0.0.1').meta({ description: 'Where to listen', unit: 'address' }),
    port: z.int().min(1).max(65_535).default(9999).meta({ description: 'The port', unit: 'port' }),
    keepAlive: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether to keep alive', unit: 'true or false' }),
    idle: duration({ min: 1 }).optional().meta({ description: 'When to close', unit: 'ms' }),
    oversize: z
      .enum(['truncate', 'split', 'drop'])
      .default('truncate')
      .meta({ description: 'Long lines', unit: 'policy' }),
    token: z
      .string()
      .min(8)
      .optional()
      .meta({ description: 'What clients must say', unit: 'text', secret: true }),
  }),
  examples: [{ title: 'Another port', yaml: 'type: listen\nport: 5140\n' }],
  claims: ({ host, port }) => [`tcp ${host}:${port}`],
  create: nothing,
});

/** An operator with shapes to choose from. */
export const pick = defineOperator({
  type: 'pick',
  summary: 'Picks lines.',
  options: z.union([
    z.strictObject({ word: z.string().min(1).meta({ description: 'A word', unit: 'text' }) }),
    z.strictObject({
      pattern: z.string().meta({ description: 'A pattern', unit: 'regular expression' }),
      flags: z
        .string()
        .regex(/^[ims]*$/)
        .default('')
        .meta({ description: 'Its flags', unit: 'letters' }),
    }),
  ]),
  examples: [{ title: 'Errors', yaml: 'type: pick\nword: error\n' }],
  create: nothing,
});

/** An operator with options in options. */
const sort = defineOperator({
  type: 'sort',
  summary: 'Sorts lines.',
  options: z.strictObject({
    by: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('size'), min: z.int().optional() }),
        z.strictObject({ kind: z.literal('time') }),
      ])
      .optional(),
    names: z.record(z.string().regex(/^[a-z]+$/), z.int()).optional(),
    level: z.union([z.int(), z.enum(['low', 'high'])]).optional(),
    share: z.number().gt(0).lt(1).multipleOf(0.25).optional(),
    both: z
      .boolean()
      .refine((both) => both, 'this must be on')
      .optional(),
  }),
  examples: [],
  create: nothing,
});

/** An operator whose options can hold anything. */
const run = defineOperator({
  type: 'run',
  summary: 'Runs a function.',
  options: z.strictObject({ function: z.custom<() => void>((value) => typeof value === 'function') }),
  examples: [],
  create: nothing,
});

/** A sink that can be refilled. */
export const memory = defineSink({
  type: 'memory',
  summary: 'Keeps lines.',
  options: z.strictObject({
    maxLines: z.int().min(1).default(100).meta({ description: 'The most lines', unit: 'lines' }),
    refillFrom: z.string().optional().meta({
      description: 'Where to refill from',
      unit: 'name of a sink',
      reference: 'sink',
      needs: 'history',
    }),
  }),
  examples: [{ title: 'Small', yaml: 'type: memory\nmaxLines: 10\n' }],
  create: nothing,
});

/** A sink with a directory of its own. */
export const disk = defineSink({
  type: 'disk',
  summary: 'Writes lines.',
  options: z.strictObject({
    directory: z.string().min(1).meta({ description: 'Where to write', unit: 'path' }),
    maxSize: size({ min: 1024 }).prefault('10MiB').meta({ description: 'The largest file', unit: 'bytes' }),
  }),
  examples: [{ title: 'Logs', yaml: 'type: disk\ndirectory: ./logs\n' }],
  keepsHistory: true,
  claims: ({ directory }) => [`directory ${directory}`],
  create: nothing,
});

/** A sink with secrets. */
const remote = defineSink({
  type: 'remote',
  summary: 'Sends lines away.',
  options: z.strictObject({
    url: z.url().meta({ description: 'Where to send to', unit: 'URL' }),
    password: z
      .union([z.string().min(6), z.number()])
      .optional()
      .meta({ description: 'Who one is', unit: 'text', secret: true }),
    headers: z
      .record(z.string(), z.string().meta({ secret: true }))
      .default({})
      .meta({ description: 'Headers', unit: 'text' }),
    batch: z
      .strictObject({
        lines: z.int().min(1).max(1000).default(100).meta({ description: 'Lines at once', unit: 'lines' }),
      })
      .prefault({})
      .meta({ description: 'How much at once', unit: 'options' }),
    tags: z.array(z.string()).max(3).default([]).meta({ description: 'Tags', unit: 'texts' }),
  }),
  examples: [{ title: 'Service', yaml: 'type: remote\nurl: https://logs.example\n' }],
  create: nothing,
});

/** A schema of another vendor: only messages and paths are known of what it finds. */
const foreignSchema: OptionsSchema<{ level: number }> = {
  '~standard': {
    version: 1,
    vendor: 'other',
    validate: (value) => {
      const { level } = value as { level?: unknown };
      if (typeof level === 'number') return { value: { level } };
      return {
        issues: [{ message: 'Expected number', path: [{ key: 'level' }] }, { message: 'Also wrong' }],
      };
    },
    jsonSchema: {
      input: () => ({
        type: 'object',
        properties: { level: { type: 'number' } },
        required: ['level'],
        additionalProperties: false,
      }),
    },
  },
};

export const foreign = defineOperator({
  type: 'foreign',
  summary: 'Has the schema of another vendor.',
  options: foreignSchema,
  examples: [],
  create: nothing,
});

export const definitions: readonly ComponentDefinition[] = [
  listen,
  pick,
  sort,
  run,
  memory,
  disk,
  remote,
  foreign,
];

/** A fresh registry of the components above. */
export function registry(): Registry {
  return new Registry(definitions);
}

/** The section `query`, much as the real one. */
export const query = {
  schema: z.strictObject({
    host: z.string().default('127.0.0.1').meta({ description: 'Where to listen', unit: 'address' }),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .default(9998)
      .meta({ description: 'The port for queries', unit: 'port' }),
    idleTimeout: duration({ min: 1 }).prefault('10s').meta({ description: 'How long to wait', unit: 'ms' }),
  }),
  claims: ({ host, port }: { host: string; port: number }) => [`tcp ${host}:${port}`],
};

/** Loads a text of a file `logcaster.yaml` that is not there. */
export function load(
  text: string,
  options: Partial<LoadOptions<{ query: typeof query }>> = {},
): Promise<LoadedConfig> {
  return loadConfig({
    text,
    file: 'logcaster.yaml',
    registry: registry(),
    env: {},
    cwd: '/',
    sections: { query },
    ...options,
  });
}

/** What people see of a configuration's problems; empty if there are none. */
export async function problemsOf(
  text: string,
  options: Partial<LoadOptions<{ query: typeof query }>> = {},
): Promise<string> {
  return formatDiagnostics((await load(text, options)).diagnostics).trimEnd();
}

/** A configuration around one part of it, on one line or on several. */
export function around(part: { source?: string; operator?: string; sink?: string; more?: string }): string {
  return [
    `sources: { in: ${part.source ?? '{ type: listen }'} }`,
    `pipelines: { main: { from: in, through: [${part.operator ?? ''}], to: out } }`,
    `sinks: { out: ${part.sink ?? '{ type: memory }'} }`,
    part.more ?? '',
  ].join('\n');
}

/** A configuration without problems. */
export const GOOD = around({});

/** Makes a folder with these files, which is removed after the test. */
export async function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'logcaster-config-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return path;
}
