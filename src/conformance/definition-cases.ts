/** What is asked of every definition: names, documentation, options, examples. */
import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { type ComponentDefinition, PLUGIN_API_VERSION } from '../core/component.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { checkOptions } from './options.ts';
import { type OptionSchema, optionsIn } from './options-in.ts';

/** Keys of a component in a configuration that are not options of its type. */
const COMMON = new Set(['type', 'name', 'credit', 'queue', 'retry', 'breaker', 'deadLetter']);

const SECRET = /password|passphrase|secret|token|credential|api_?key/i;

export function definitionCases(definition: ComponentDefinition): ConformanceCase[] {
  return [
    {
      name: 'it has a type in kebab-case, a summary, and the version of the plugin interface',
      run: async () => {
        assert.match(definition.type, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'the type is not in kebab-case');
        assert.ok(definition.summary?.trim(), 'there is no summary');
        assert.equal(
          definition.apiVersion,
          PLUGIN_API_VERSION,
          'it is not made by a function like defineSink',
        );
      },
    },
    {
      name: 'its options have a JSON Schema, and every option a description; every number and size a unit',
      run: async () => {
        const schema = definition.options['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
        for (const { name, path, schema: option } of optionsIn(schema)) {
          const isTop = path === name;
          assert.ok(
            !isTop || !COMMON.has(name),
            `${name} is a key that every ${definition.kind} has already`,
          );
          assert.ok(!isTop || option.description, `the option ${path} has no description`);
          assert.ok(!isAmount(option) || option.unit, `the option ${path} has no unit: .meta({ unit: '…' })`);
          assert.ok(
            !SECRET.test(name) || option.secret !== undefined,
            `the option ${path} seems to be a secret: .meta({ secret: true }), or false if it is none`,
          );
        }
      },
    },
    {
      name: 'it has examples, and each of them is right',
      run: async () => {
        for (const { title, type, options } of examplesOf(definition)) {
          assert.equal(type, definition.type, `the example "${title}" is of another type`);
          await assert.doesNotReject(checkOptions(definition, options), (error: Error) =>
            assert.fail(`the example "${title}" is not right: ${error.message}`),
          );
          definition.claims?.(await checkOptions(definition, options));
        }
      },
    },
    {
      name: 'it refuses an option that it does not know',
      run: async () => {
        // Beside options that are right, so that it is not something else that is refused.
        for (const { options } of examplesOf(definition)) {
          await assert.rejects(
            checkOptions(definition, { ...options, thereIsNoSuchOption: 1 }),
            'an unknown option was accepted: use z.strictObject',
          );
        }
      },
    },
    {
      name: 'it checks its options without waiting',
      run: async () => {
        const [example] = examplesOf(definition);
        const result = definition.options['~standard'].validate(example?.options);
        assert.ok(!(result instanceof Promise), 'the schema answers a promise');
      },
    },
  ];
}

interface Example {
  readonly title: string;
  readonly type: unknown;
  readonly options: Readonly<Record<string, unknown>>;
}

function examplesOf({ examples }: ComponentDefinition): Example[] {
  assert.ok(examples?.length > 0, 'there is no example');
  return examples.map(({ title, yaml }) => {
    const example = parse(yaml) as Record<string, unknown>;
    const options = Object.entries(example).filter(([key]) => !COMMON.has(key));
    return { title, type: example['type'], options: Object.fromEntries(options) };
  });
}

function isAmount({ type, quantity }: OptionSchema): boolean {
  return quantity !== undefined || ['number', 'integer'].some((each) => [type].flat().includes(each));
}
