/**
 * Every YAML and JSON block of the documentation is something that a configuration can hold: a whole configuration, some
 * sections of one, a component, or the operators of a pipeline. It is loaded like a user's, and must have no error.
 *
 * What is not a whole configuration is put into the one at the top of docs/config.md. Tests in a block pass.
 */
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { builtinRegistry } from '../../src/collector/builtins.ts';
import { loadCollector } from '../../src/collector/load-settings.ts';
import { SECTIONS } from '../../src/config/settings.ts';
import { runTest } from '../../src/pipeline/trial/run-test.ts';
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

/** The configuration at the top of the guide: what a block may name without having it. */
const GUIDE = parse(codeBlocks('docs/config.md')[0]!.text) as {
  readonly sources: Mapping;
  readonly pipelines: { readonly main: Mapping };
  readonly sinks: { readonly files: Mapping };
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
    for (const each of loaded.settings?.sections.tests ?? []) {
      expect(await runTest(loaded.topology!, each)).toMatchObject({ name: each.name, passed: true });
    }
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
  if (Object.keys(mapping).some((name) => sections.includes(name))) return [{ ...GUIDE, ...mapping }];
  throw new Error(`this is no part of a configuration: ${Object.keys(mapping).join(', ')}`);
}

function withOperators(through: readonly unknown[]): Mapping {
  return { ...GUIDE, pipelines: { ...GUIDE.pipelines, main: { ...GUIDE.pipelines.main, through } } };
}

/** One for each kind that has the type. */
function toComponentConfigs(component: { readonly type: string }): Mapping[] {
  const kinds = builtinRegistry()
    .list()
    .filter(({ type }) => type === component.type)
    .map(({ kind }) => kind);
  return kinds.map((kind) => {
    if (kind === 'operator') return withOperators([component]);
    if (kind === 'source') return { ...GUIDE, sources: { tcp: component } };
    // Out of the way of a component with the default directory. `file` is for a ring that is refilled from it.
    const files = { ...GUIDE.sinks.files, directory: './logs-of-the-guide' };
    const file = { ...GUIDE.sinks.files, directory: './logs-of-another' };
    return {
      ...GUIDE,
      sinks: { ...GUIDE.sinks, files, file, shown: component },
      pipelines: { ...GUIDE.pipelines, more: { from: 'tcp', to: ['file', 'shown'] } },
    };
  });
}
