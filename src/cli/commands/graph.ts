/** `logcaster graph`: how sources, pipelines and sinks hang together. */
import type { CommandContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { toDot } from '../graph/dot.ts';
import { toMermaid } from '../graph/mermaid.ts';
import { toGraph } from '../graph/model.ts';
import { toTree } from '../graph/tree.ts';
import { loadUsable, reportDiagnostics } from '../load-for-command.ts';

export interface GraphOptions {
  readonly config?: string;
  readonly format?: 'tree' | 'mermaid' | 'dot';
}

export async function printGraph(options: GraphOptions, context: CommandContext): Promise<number> {
  const { format, ...flags } = options;
  const usable = await loadUsable(flags, context);
  if (!usable) return EXIT.config.code;
  reportDiagnostics(usable.loaded.warnings, context);
  const graph = toGraph(usable);
  const text =
    format === 'mermaid' ? toMermaid(graph) : format === 'dot' ? toDot(graph) : toTree(graph, context.out);
  context.out.write(text);
  return EXIT.ok.code;
}
