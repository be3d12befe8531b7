/**
 * Every YAML and JSON block of the documentation is something that a configuration can hold: a whole configuration, some
 * sections of one, a component, or the operators of a pipeline. It is loaded like a user's, and must have no error.
 *
 * What is not a whole configuration is put into the one at the top of docs/config.md. Tests in a block pass.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { builtinRegistry } from '../../src/collector/builtins.ts';
import { collectorSections, loadCollector } from '../../src/collector/load-settings.ts';
import { jsonSchema } from '../../src/config/json-schema.ts';
import { SECTIONS } from '../../src/config/settings.ts';
import type { Registry } from '../../src/core/registry.ts';
import { runTest } from '../../src/pipeline/trial/run-test.ts';
import { makeConsumer } from '../support/consumer.ts';
import { codeBlocks, markdownFiles, ROOT, titleOf } from '../support/markdown.ts';
import { publicExamples } from './public-examples.ts';

type Mapping = Readonly<Record<string, unknown>>;

interface Block {
  readonly place: string;
  readonly text: string;
  readonly value: unknown;
  /** Where it stands; it may name the modules that stand there too. */
  readonly document?: string;
}

const blocks: Block[] = [
  ...markdownFiles().flatMap((document) =>
    codeBlocks(document)
      .filter(({ language }) => ['yaml', 'yml', 'json'].includes(language))
      .map(({ language, line, text }) => ({
        place: `${document}:${line}`,
        text,
        value: (language === 'json' ? JSON.parse(text) : parse(text)) as unknown,
        document,
      })),
  ),
  ...publicExamples('yaml').map((each) => ({ ...each, value: parse(each.text) as unknown })),
].filter(({ value }) => !isManifest(value));

/** The configuration at the top of the guide: what a block may name without having it. */
const GUIDE = parse(codeBlocks('docs/config.md')[0]!.text) as {
  readonly sources: Mapping;
  readonly pipelines: { readonly main: Mapping };
  readonly sinks: { readonly files: Mapping };
};

/** Folders with the modules of a document, by the document. */
const folders = new Map<string, Awaited<ReturnType<typeof makeConsumer>>>();

afterAll(async () => {
  for (const folder of folders.values()) await folder[Symbol.asyncDispose]();
});

test('there are blocks to look at', () => {
  expect(blocks.length).toBeGreaterThan(20);
});

test.each(blocks)('$place', async ({ text, value, document }) => {
  const directory = await folderOf(document);
  const configs = toConfigs(value);
  expect(configs.length).toBeGreaterThan(0);
  for (const config of configs) {
    const isWhole = config === value;
    const { loaded } = await loadCollector({
      // JSON is YAML too.
      file: join(directory, 'logcaster.yaml'),
      text: isWhole ? text : stringify(config),
      cwd: directory,
      env: { TOKEN: 'token' },
    });
    const problems = isWhole
      ? loaded.diagnostics
      : loaded.diagnostics.filter(({ severity }) => severity === 'error');
    expect(problems.map(({ message, line, hint }) => `${line}: ${message} (${hint})`)).toEqual([]);
    expect(schemaProblems(config, loaded.registry)).toEqual([]);
    for (const each of loaded.settings?.sections.tests ?? []) {
      expect(await runTest(loaded.topology!, each)).toMatchObject({ name: each.name, passed: true });
    }
  }
});

/** Whether it is a package.json, and none of our business. */
function isManifest(value: unknown): boolean {
  return typeof (value as Mapping)['name'] === 'string' && typeof (value as Mapping)['version'] === 'string';
}

/** A folder with the modules that a document shows; the repository, if it shows none. */
async function folderOf(document: string | undefined): Promise<string> {
  const modules = document === undefined ? [] : codeBlocks(document).filter(isModule);
  if (document === undefined || modules.length === 0) return ROOT;
  let folder = folders.get(document);
  if (!folder) {
    folder = await makeConsumer();
    folders.set(document, folder);
    for (const block of modules) {
      const file = join(folder.directory, titleOf(block)!);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, block.text);
    }
  }
  return folder.directory;
}

function isModule(block: ReturnType<typeof codeBlocks>[number]): boolean {
  return /\.[jt]s$/.test(titleOf(block) ?? '');
}

/** What the JSON Schema has against a configuration. */
function schemaProblems(config: unknown, registry: Registry): string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  if (ajv.validate(jsonSchema(registry, collectorSections), config)) return [];
  return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
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
