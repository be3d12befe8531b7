/** `logcaster list`: the types of components that there are. */
import { builtinRegistry } from '../../collector/builtins.ts';
import { printable } from '../../config/printable.ts';
import type { ComponentDefinition, ComponentKind } from '../../core/component.ts';
import { type CommandContext, paint } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { loadRegistry } from '../load-registry.ts';
import { wrap } from '../wrap.ts';

export interface ListOptions {
  readonly config?: string;
  readonly format?: 'text' | 'json';
}

const TITLES = { source: 'Sources', operator: 'Operators', sink: 'Sinks' } as const;

/** @param only - `sources`, `operators` or `sinks` */
export async function list(
  only: string | undefined,
  options: ListOptions,
  context: CommandContext,
): Promise<number> {
  const registry = await loadRegistry(options, context);
  if (!registry) return EXIT.config.code;
  const kinds = (['source', 'operator', 'sink'] as const).filter(
    (kind) => only === undefined || only === `${kind}s`,
  );
  const builtins = new Set(builtinRegistry().list());
  const isPlugin = (definition: ComponentDefinition): boolean => !builtins.has(definition);
  if (options.format === 'json') {
    const rows = kinds.flatMap((kind) =>
      registry.list(kind).map((definition) => ({
        kind,
        type: definition.type,
        summary: definition.summary,
        plugin: isPlugin(definition),
      })),
    );
    context.out.write(`${JSON.stringify(rows, undefined, 2)}\n`);
    return EXIT.ok.code;
  }
  const width = Math.max(...kinds.flatMap((kind) => registry.list(kind).map(({ type }) => type.length)));
  const blocks = kinds.map((kind) => toBlock(kind, registry.list(kind), { width, isPlugin, context }));
  context.out.write(`${blocks.join('\n')}\n`);
  context.out.write(`${paint(context.out, 'dim', '`logcaster describe TYPE` shows the options of one.')}\n`);
  return EXIT.ok.code;
}

interface BlockContext {
  readonly width: number;
  isPlugin(definition: ComponentDefinition): boolean;
  readonly context: CommandContext;
}

function toBlock(
  kind: ComponentKind,
  definitions: readonly ComponentDefinition[],
  block: BlockContext,
): string {
  const { width, context } = block;
  const rows = definitions.map((definition) => {
    const summary = printable(definition.summary) + (block.isPlugin(definition) ? ' (plugin)' : '');
    const type = paint(context.out, 'cyan', definition.type) + ' '.repeat(width - definition.type.length);
    return `  ${type}  ${wrap(summary, { indent: ' '.repeat(width + 4) }).trimStart()}\n`;
  });
  return `${paint(context.out, 'bold', TITLES[kind])}\n${rows.join('')}`;
}
