/**
 * Every YAML and JSON block of the documentation is something that a configuration can hold: a whole configuration, some
 * sections of one, a component, or the operators of a pipeline. It is loaded like a user's, and must have no error.
 *
 * What is not a whole configuration is put into a small one that has what it may name.
 */
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { builtinRegistry } from '../../src/collector/builtins.ts';
import { loadCollector } from '../../src/collector/load-settings.ts';
import { SECTIONS } from '../../src/config/settings.ts';
import { codeBlocks, markdownFiles, ROOT, readDocument } from '../support/markdown.ts';
import { publicExamples } from './public-examples.ts';

type Mapping = Readonly<Record<string, unknown>>;

interface Block {
  readonly place: string;
  readonly text: string;
  readonly json: boolean;
}

const blocks: Block[] = [
  ...markdownFiles().flatMap((document) =>
    codeBlocks(document)
      .filter(({ language }) => ['yaml', 'yml', 'json'].includes(language))
      .map(({ language, line, text }) => ({ place: `${document}:${line}`, text, json: language === 'json' })),
  ),
  ...publicExamples('yaml').map(({ place, text }) => ({ place, text, json: false })),
];

/** What a block may name without having it. */
const SMALL = {
  sources: { tcp: { type: 'tcp' } },
  pipelines: { main: { from: 'tcp', to: ['ring', 'files'] } },
  sinks: { ring: { type: 'ring' }, files: { type: 'file', directory: './logs-of-the-small-one' } },
};

let isValid: ReturnType<Ajv2020['compile']>;

beforeAll(() => {
  const schema = JSON.parse(readDocument('docs/logcaster.schema.json')) as Mapping;
  isValid = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
});

test('there are blocks to look at', () => {
  expect(blocks.length).toBeGreaterThan(20);
});

test.each(blocks)('$place', async ({ text, json }) => {
  const value = (json ? JSON.parse(text) : parse(text, { prettyErrors: true })) as unknown;
  const configs = toConfigs(value);
  expect(configs.length).toBeGreaterThan(0);
  for (const config of configs) {
    const whole = config === value;
    const { loaded } = await loadCollector({
      file: resolve(ROOT, 'logcaster.yaml'),
      text: whole && !json ? text : stringify(config),
      cwd: ROOT,
      env: { TOKEN: 'token' },
    });
    const problems = whole
      ? loaded.diagnostics
      : loaded.diagnostics.filter(({ severity }) => severity === 'error');
    expect(problems.map(({ message, line, hint }) => `${line}: ${message} (${hint})`)).toEqual([]);
    expect(schemaProblems(config)).toEqual([]);
  }
});

/** What the JSON Schema has against a configuration. */
function schemaProblems(config: unknown): string[] {
  if (isValid(config) === true) return [];
  return (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
}

/** The configurations that show whether what stands in a block is right. */
function toConfigs(value: unknown): unknown[] {
  if (Array.isArray(value)) return [withOperators(value)];
  const mapping = value as Mapping;
  if (typeof mapping['type'] === 'string') return toComponentConfigs(mapping as { readonly type: string });
  const sections: readonly string[] = [...SECTIONS, 'query', 'tests'];
  const isWhole = ['sources', 'pipelines', 'sinks'].every((name) => name in mapping);
  if (isWhole) return [value];
  if (Object.keys(mapping).some((name) => sections.includes(name))) return [{ ...SMALL, ...mapping }];
  throw new Error(`this is no part of a configuration: ${Object.keys(mapping).join(', ')}`);
}

function withOperators(through: readonly unknown[]): Mapping {
  return { ...SMALL, pipelines: { main: { ...SMALL.pipelines.main, through } } };
}

/** One for each kind that has the type. */
function toComponentConfigs(component: { readonly type: string }): Mapping[] {
  const kinds = builtinRegistry()
    .list()
    .filter(({ type }) => type === component.type)
    .map(({ kind }) => kind);
  return kinds.map((kind) => {
    if (kind === 'operator') return withOperators([component]);
    if (kind === 'source') return { ...SMALL, sources: { tcp: component } };
    const name = 'it';
    return {
      ...SMALL,
      sinks: {
        ...SMALL.sinks,
        file: { ...SMALL.sinks.files, directory: './logs-of-another' },
        [name]: component,
      },
      pipelines: { main: { from: 'tcp', to: ['ring', 'files', 'file', name] } },
    };
  });
}
