import type { ComponentDefinition } from '../core/component.ts';

/**
 * Checks options as a configuration does.
 *
 * @throws Error with every problem
 */
export async function checkOptions(definition: ComponentDefinition, options: unknown): Promise<unknown> {
  const result = await definition.options['~standard'].validate(options);
  if (!result.issues) return result.value;
  const problems = result.issues.map(({ path = [], message }) => `${path.map(keyOf).join('.')}: ${message}`);
  throw new Error(`${definition.type}: ${problems.join('; ')}`);
}

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof part === 'object' ? part.key : part);
}
