/** What is asked of every definition: names, documentation, options, examples. */
import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { type ComponentDefinition, PLUGIN_API_VERSION } from '../core/component.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { checkOptions } from './options.ts';

/** Keys of a component in a configuration that are not options of its type. */
const COMMON = new Set(['type', 'name', 'credit', 'queue', 'retry']);

interface Property {
  readonly description?: string;
  readonly unit?: string;
  readonly [key: string]: unknown;
}

export function definitionCases(definition: ComponentDefinition): ConformanceCase[] {
  return [
    {
      name: 'it has a type in kebab-case, a summary, and the version of the plugin interface',
      run: async () => {
        assert.match(definition.type, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
        assert.ok(definition.summary.trim().length > 0, 'there is no summary');
        assert.equal(definition.apiVersion, PLUGIN_API_VERSION);
      },
    },
    {
      name: 'its options have a JSON Schema, and every option a description; every number and size a unit',
      run: async () => {
        const schema = definition.options['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
        const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Property>>;
        for (const [option, property] of Object.entries(properties)) {
          assert.ok(!COMMON.has(option), `${option} is a key that every ${definition.kind} has already`);
          assert.ok(property.description, `the option ${option} has no description`);
          const isAmount = ['number', 'integer'].some((type) => [property['type']].flat().includes(type));
          if (isAmount) assert.ok(property.unit, `the option ${option} has no unit: .meta({ unit: '…' })`);
        }
      },
    },
    {
      name: 'it refuses an option that it does not know',
      run: async () => {
        await assert.rejects(
          checkOptions(definition, { thereIsNoSuchOption: 1 }),
          'an unknown option was accepted',
        );
      },
    },
    {
      name: 'it has examples, and each of them is right',
      run: async () => {
        assert.ok(definition.examples.length > 0, 'there is no example');
        for (const { title, yaml } of definition.examples) {
          const example = parse(yaml) as Record<string, unknown>;
          assert.equal(example['type'], definition.type, `the example "${title}" is of another type`);
          const options = Object.fromEntries(Object.entries(example).filter(([key]) => !COMMON.has(key)));
          await assert.doesNotReject(
            checkOptions(definition, options),
            `the example "${title}" is not right`,
          );
        }
      },
    },
  ];
}
