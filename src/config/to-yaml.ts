/** Writes a configuration as YAML that can be read again. */
import { stringify } from 'yaml';
import { isMapping } from './path.ts';
import { escapeReferences } from './substitute.ts';

/** What a {@link toYaml} can be told. */
export interface ToYamlOptions {
  /** Write `$${` for `${`: what is written is a configuration in which references are replaced already. @defaultValue true */
  readonly escape?: boolean;
}

/**
 * Writes a value as YAML. What YAML cannot say (a function of a configuration in TypeScript) becomes a text in angle
 * brackets, for people.
 */
export function toYaml(config: unknown, { escape = true }: ToYamlOptions = {}): string {
  const plain = toPlain(escape ? escapeReferences(config) : config);
  return stringify(plain, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.2', schema: 'core' });
}

function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (isMapping(value)) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return new Map(entries.map(([key, each]) => [key, toPlain(each)]));
  }
  if (typeof value === 'function') return `<function ${value.name || 'without a name'}>`;
  if (value instanceof RegExp || value instanceof Date || value instanceof URL) return String(value);
  if (typeof value === 'object' && value !== null) return `<${value.constructor?.name ?? 'object'}>`;
  return typeof value === 'bigint' || typeof value === 'symbol' ? String(value) : value;
}
