/** The graph in DOT, for Graphviz. */
import { type Graph, operatorLabel } from './model.ts';

/** Draws the graph; ends with a line feed. */
export function toDot(graph: Graph): string {
  const lines = ['digraph logcaster {', '  rankdir=LR', '  node [fontname="sans-serif"]'];
  for (const { name, type } of graph.sources) lines.push(node('source', name, [type], 'shape=oval'));
  for (const { name, operators } of graph.pipelines.values()) {
    lines.push(node('pipeline', name, operators.map(operatorLabel), 'shape=box'));
  }
  for (const { name, type } of graph.sinks.values()) lines.push(node('sink', name, [type], 'shape=cylinder'));
  for (const { name, feeds } of graph.sources) {
    for (const pipeline of feeds) lines.push(`  "source ${name}" -> "pipeline ${pipeline}"`);
  }
  for (const { name, to, feeds } of graph.pipelines.values()) {
    for (const sink of to) {
      const { queue } = graph.sinks.get(sink)!;
      lines.push(`  "pipeline ${name}" -> "sink ${sink}" [label="${queue}"]`);
    }
    for (const pipeline of feeds) lines.push(`  "pipeline ${name}" -> "pipeline ${pipeline}"`);
  }
  for (const { name, deadLetter } of graph.sinks.values()) {
    if (deadLetter === undefined) continue;
    lines.push(`  "sink ${name}" -> "sink ${deadLetter}" [label="dead letters", style=dashed]`);
  }
  return `${[...lines, '}'].join('\n')}\n`;
}

function node(kind: string, name: string, more: readonly string[], shape: string): string {
  return `  "${kind} ${name}" [label="${[name, ...more].join('\\n')}", ${shape}]`;
}
