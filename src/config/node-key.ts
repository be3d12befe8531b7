/**
 * The key of a component: what was written about it, and the definition that it is made from. Two components with the same
 * key are the same, so that at a reload one of them can go on. It is a digest, since what was written may be secret.
 */
import { createHash } from 'node:crypto';
import type { ComponentDefinition } from '../core/component.ts';
import { isMapping } from './path.ts';

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

/** Makes the key of a component from its definition and everything that was written about it. */
export function toNodeKey(definition: ComponentDefinition, written: unknown): string {
  // A plugin that was changed and loaded again has other definitions.
  const text = JSON.stringify([identityOf(definition), canonical(written)]);
  return createHash('sha256').update(text).digest('base64url');
}

/** The same value for all ways to write the same: without an order of keys, without `undefined`. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return ['list', ...value.map(canonical)];
  if (isMapping(value)) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return [
      'map',
      ...entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, canonical(each)]),
    ];
  }
  // JSON would write all of these as null.
  if (typeof value === 'number') return ['number', Object.is(value, -0) ? '-0' : String(value)];
  if (typeof value === 'bigint' || typeof value === 'symbol') return [typeof value, String(value)];
  if (value instanceof RegExp || value instanceof Date || value instanceof URL)
    return [value.constructor.name, String(value)];
  // Functions and instances of classes are equal to themselves only: what they close over cannot be seen.
  if (typeof value === 'function' || (typeof value === 'object' && value !== null))
    return ['object', identityOf(value)];
  return value ?? null;
}

function identityOf(value: object): number {
  let identity = identities.get(value);
  if (identity === undefined) identities.set(value, (identity = ++lastIdentity));
  return identity;
}
