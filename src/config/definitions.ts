/** Tells definitions of components from other exports of a plugin, and checks that they have what every definition has. */
import { type ComponentDefinition, PLUGIN_API_VERSION } from '../core/component.ts';
import type { ConfigCode } from './codes.ts';
import { isMapping } from './path.ts';
import { printable, quote, reasonOf } from './printable.ts';
import { jsonSchemaOf } from './schema-view.ts';

const KINDS: readonly unknown[] = ['source', 'operator', 'sink'];

/** What is wrong with a definition. */
export interface DefinitionProblem {
  readonly code: ConfigCode;
  readonly message: string;
  readonly hint?: string;
}

/** Whether a value is meant to be a definition. It may come from another copy of LogCaster. */
export function looksLikeDefinition(value: unknown): value is ComponentDefinition {
  return (
    typeof value === 'object' &&
    value !== null &&
    KINDS.includes((value as ComponentDefinition).kind) &&
    'type' in value
  );
}

/** Whether a value in a configuration is a definition. Nothing that can be written in YAML is. */
export function isDefinition(value: unknown): value is ComponentDefinition {
  return looksLikeDefinition(value) && typeof value.create === 'function';
}

/** Says what is wrong with a definition; `undefined` if nothing is. */
export function checkDefinition(definition: ComponentDefinition): DefinitionProblem | undefined {
  const { kind, type, apiVersion, options } = definition;
  if (typeof type !== 'string' || !/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(type)) {
    return invalid(`the type of a ${kind} must be in kebab-case, not ${quote(type)}`);
  }
  const subject = `${kind} \`${printable(type)}\``;
  if (apiVersion !== PLUGIN_API_VERSION) return wrongVersion(subject, apiVersion);
  if (typeof definition.create !== 'function') return invalid(`${subject} has no function \`create\``);
  if (typeof definition.summary !== 'string') return invalid(`${subject} has no \`summary\``);
  const standard: unknown = (options as { '~standard'?: unknown } | undefined)?.['~standard'];
  if (!isObject(standard) || typeof standard['validate'] !== 'function') {
    return invalid(
      `the \`options\` of ${subject} are not a Standard Schema`,
      'use a schema of zod: z.strictObject({ … })',
    );
  }
  try {
    if (isMapping(jsonSchemaOf(options))) return undefined;
    return invalid(`the \`options\` of ${subject} give no JSON Schema`);
  } catch (error) {
    return invalid(`the \`options\` of ${subject} give no JSON Schema: ${reasonOf(error)}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' || typeof value === 'function') && value !== null;
}

function invalid(message: string, hint?: string): DefinitionProblem {
  return { code: 'LC_CONFIG_PLUGIN_INVALID', message, ...(hint !== undefined && { hint }) };
}

function wrongVersion(subject: string, version: unknown): DefinitionProblem {
  const isNewer = typeof version === 'number' && version > PLUGIN_API_VERSION;
  const made = typeof version === 'number' ? `version ${version}` : 'no version';
  return {
    code: 'LC_CONFIG_PLUGIN_VERSION',
    message: `${subject} was made for ${made} of the plugin API, and this LogCaster has version ${PLUGIN_API_VERSION}`,
    hint: isNewer
      ? 'update LogCaster, or use an older version of the plugin'
      : 'use a newer version of the plugin',
  };
}
