/** `logcaster schema`: prints the JSON Schema of the whole configuration. */
import { collectorSections } from '../../collector/load-settings.ts';
import { jsonSchema } from '../../config/json-schema.ts';
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { loadRegistry } from '../load-registry.ts';

export async function printSchema(
  options: { readonly config?: string },
  context: CommandContext,
): Promise<number> {
  const registry = await loadRegistry(options, context);
  if (!registry) return EXIT.config.code;
  context.out.write(`${JSON.stringify(jsonSchema(registry, collectorSections), undefined, 2)}\n`);
  return EXIT.ok.code;
}
