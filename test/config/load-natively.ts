/** Loads the configuration that the arguments name and prints what came of it: for tests that need Node's own `import`. */

import { z } from 'zod';
import { formatDiagnostics } from '../../src/config/format-diagnostics.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { defineSink, defineSource } from '../../src/core/component.ts';
import { Registry } from '../../src/core/registry.ts';

const create = (): never => {
  throw new Error('the configuration must not make components');
};

const registry = new Registry([
  defineSource({
    type: 'listen',
    summary: 'Listens.',
    options: z.strictObject({ port: z.int().max(65_535).default(1) }),
    examples: [],
    create,
  }),
  defineSink({
    type: 'memory',
    summary: 'Keeps.',
    examples: [],
    create,
    options: z.strictObject({
      maxLines: z.int().min(1).default(1),
      password: z.string().min(20).optional().meta({ secret: true }),
      call: z.unknown().optional(),
    }),
  }),
]);

for (const file of process.argv.slice(2)) {
  const { diagnostics, topology } = await loadConfig({ file, registry });
  console.log(
    formatDiagnostics(diagnostics) ||
      `${[...topology!.sinks.values()].map(({ options }) => Object.keys(options as object).join()).join()}\n`,
  );
}
