/**
 * The JSON Schema (draft 2020-12) of the whole configuration, for editors: every type of component with its options, their
 * descriptions, units, defaults and examples. It is made from the same definitions that check a configuration.
 *
 * Layout of `$defs`: `source`, `operator` and `sink` look at `type` and point to `sink.file` and the like; `reference` is a
 * `${…}` in the place of a value that is not text.
 */
import { parse } from 'yaml';
import type { ComponentDefinition, ComponentKind, OptionsSchema } from '../core/component.ts';
import type { Registry } from '../core/registry.ts';
import { embed, withProperties } from './json-schema-parts.ts';
import { type JsonSchema, jsonSchemaOf } from './schema-view.ts';
import type { Sections } from './sections.ts';
import {
  breakerSettings,
  creditSetting,
  deadLetterSetting,
  logSettings,
  pluginSetting,
  queueSettings,
  retrySettings,
  shutdownSettings,
} from './settings.ts';

const NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_-]{0,63}$';

/** Makes the schema of a configuration with the components of `registry` and these sections. */
export function jsonSchema(registry: Registry, sections: Sections = {}): JsonSchema {
  const definitions: Record<string, unknown> = { reference: REFERENCE };
  for (const kind of ['source', 'operator', 'sink'] as const) {
    definitions[kind] = kindSchema(registry.list(kind), kind, definitions);
  }
  const part = (name: string, schema: OptionsSchema): JsonSchema =>
    embed(jsonSchemaOf(schema), name, definitions);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'LogCaster configuration',
    description: 'Sources of lines, pipelines that they flow through, and sinks where they end.',
    type: 'object',
    properties: {
      $schema: { type: 'string', description: 'This schema, for editors' },
      plugins: {
        description: 'npm packages and files that bring more components',
        type: 'array',
        items: part('plugin', pluginSetting),
      },
      log: part('log', logSettings),
      ...Object.fromEntries(Object.entries(sections).map(([name, { schema }]) => [name, part(name, schema)])),
      sources: named('Where lines come from, by name', { $ref: '#/$defs/source' }),
      pipelines: named('How lines flow, by name', PIPELINE),
      sinks: named('Where lines go, by name', { $ref: '#/$defs/sink' }),
      shutdown: part('shutdown', shutdownSettings),
    },
    patternProperties: { '^x-': { description: 'Ignored: a place for anchors' } },
    required: ['sources', 'pipelines', 'sinks'],
    additionalProperties: false,
    $defs: definitions,
  };
}

/** What may stand for a number, `true` or `false`, or one of several values. */
const REFERENCE: JsonSchema = {
  description: 'A value from the environment: ${NAME} or ${NAME:-default}; from a file: ${file:path}',
  type: 'string',
  pattern: '\\$\\{[^}]+\\}',
};

const NAMES: JsonSchema = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] };

const PIPELINE: JsonSchema = {
  type: 'object',
  properties: {
    from: { ...NAMES, description: 'Where lines come from: names of sources and of other pipelines' },
    through: {
      description: 'What happens to the lines, in this order',
      type: 'array',
      items: { $ref: '#/$defs/operator' },
    },
    to: {
      ...NAMES,
      description: 'The sinks where the lines go; it may be missing if another pipeline takes them',
    },
  },
  required: ['from'],
  additionalProperties: false,
};

function named(description: string, schema: JsonSchema): JsonSchema {
  return {
    description,
    type: 'object',
    propertyNames: { pattern: NAME_PATTERN },
    additionalProperties: schema,
    minProperties: 1,
  };
}

/** The schema of any source, operator or sink. */
function kindSchema(
  components: readonly ComponentDefinition[],
  kind: ComponentKind,
  definitions: Record<string, unknown>,
): JsonSchema {
  for (const component of components) {
    definitions[`${kind}.${component.type}`] = componentSchema(component, definitions);
  }
  const types = components.map(({ type, summary }) => ({ const: type, description: summary }));
  return {
    type: 'object',
    required: ['type'],
    properties: { type: types.length > 0 ? { anyOf: types } : false },
    ...(types.length > 0 && {
      allOf: components.map(({ type }) => ({
        if: { properties: { type: { const: type } }, required: ['type'] },
        // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
        then: { $ref: `#/$defs/${kind}.${type}` },
      })),
    }),
  };
}

function componentSchema(component: ComponentDefinition, definitions: Record<string, unknown>): JsonSchema {
  const { kind, type, summary, options, examples } = component;
  const own = embed(jsonSchemaOf(options), `${kind}.${type}`, definitions);
  const common = {
    type: { const: type, description: summary },
    ...commonProperties(kind, definitions),
  };
  return {
    ...withProperties(own, common),
    title: type,
    description: summary,
    examples: examples.map(({ yaml }) => parse(yaml) as unknown),
  };
}

function commonProperties(
  kind: ComponentKind,
  definitions: Record<string, unknown>,
): Record<string, JsonSchema> {
  const part = (name: string, schema: OptionsSchema): JsonSchema => {
    definitions[name] ??= embed(jsonSchemaOf(schema), name, definitions);
    return { $ref: `#/$defs/${name}` };
  };
  if (kind === 'source') return { credit: part('credit', creditSetting) };
  if (kind === 'sink') {
    return {
      queue: part('queue', queueSettings),
      retry: part('retry', retrySettings),
      breaker: part('breaker', breakerSettings),
      deadLetter: part('deadLetter', deadLetterSetting),
    };
  }
  return {
    name: {
      type: 'string',
      pattern: NAME_PATTERN,
      description: 'Its name in the ledger; its type by default',
    },
  };
}
