/** The graph as a Mermaid flowchart. */
import { type Graph, operatorLabel } from './model.ts';

/** Draws the graph; ends with a line feed. Nodes are numbered: a name can have `--` in it, which is an arrow. */
export function toMermaid(graph: Graph): string {
  const sources = numbered(
    'source',
    graph.sources.map(({ name }) => name),
  );
  const pipelines = numbered('pipeline', [...graph.pipelines.keys()]);
  const sinks = numbered('sink', [...graph.sinks.keys()]);
  const lines = ['flowchart LR'];
  for (const { name, type } of graph.sources) lines.push(`${sources(name)}([${label(name, type)}])`);
  for (const { name, operators } of graph.pipelines.values()) {
    lines.push(`${pipelines(name)}[${label(name, ...operators.map(operatorLabel))}]`);
  }
  for (const { name, type } of graph.sinks.values()) lines.push(`${sinks(name)}[(${label(name, type)})]`);
  for (const { name, feeds } of graph.sources) {
    for (const pipeline of feeds) lines.push(`${sources(name)} --> ${pipelines(pipeline)}`);
  }
  for (const { name, to, feeds } of graph.pipelines.values()) {
    for (const sink of to) {
      lines.push(`${pipelines(name)} -->|"${graph.sinks.get(sink)!.queue}"| ${sinks(sink)}`);
    }
    for (const pipeline of feeds) lines.push(`${pipelines(name)} --> ${pipelines(pipeline)}`);
  }
  for (const { name, deadLetter } of graph.sinks.values()) {
    if (deadLetter !== undefined) lines.push(`${sinks(name)} -.->|"dead letters"| ${sinks(deadLetter)}`);
  }
  return `${lines.join('\n  ')}\n`;
}

function numbered(kind: string, names: readonly string[]): (name: string) => string {
  return (name) => `${kind}${names.indexOf(name) + 1}`;
}

function label(name: string, ...more: readonly string[]): string {
  return `"${[`<b>${name}</b>`, ...more].join('<br>')}"`;
}
