/**
 * The graph as a tree for a terminal of 80 columns:
 *
 *     source tcp (tcp) port: 9999
 *     └─ pipeline main
 *        │    filter: word: ERROR
 *        ├─ sink ring (ring) queue 16 MiB, block
 *        └─ sink files (file) queue 16 MiB, block; directory: ./logs
 *           └─ dead letters to sink rejected (file) queue 16 MiB, block; directory: ./rejected
 */
import { cut } from '../briefly.ts';
import { paint, type Writer } from '../context.ts';
import { type Graph, operatorLabel } from './model.ts';

const COLUMNS = 80;

/** Draws the graph; ends with a line feed. */
export function toTree(graph: Graph, writer: Writer): string {
  return new Tree(graph, writer).draw();
}

class Tree {
  readonly #graph: Graph;
  readonly #writer: Writer;
  readonly #lines: string[] = [];
  readonly #shown = new Set<string>();

  constructor(graph: Graph, writer: Writer) {
    this.#graph = graph;
    this.#writer = writer;
  }

  draw(): string {
    for (const { name, type, detail, feeds } of this.#graph.sources) {
      this.#line('', 'source', name, `(${type}) ${detail}`);
      feeds.forEach((pipeline, index) => this.#pipeline(pipeline, '', index === feeds.length - 1));
    }
    return `${this.#lines.join('\n')}\n`;
  }

  #pipeline(name: string, indent: string, isLast: boolean): void {
    const { operators, to, feeds } = this.#graph.pipelines.get(name)!;
    const branch = indent + (isLast ? '└─ ' : '├─ ');
    const inner = indent + (isLast ? '   ' : '│  ');
    if (this.#shown.has(name)) return this.#line(branch, 'pipeline', name, '(see above)');
    this.#shown.add(name);
    this.#line(branch, 'pipeline', name, '');
    for (const operator of operators) {
      const { detail } = operator;
      const label = operatorLabel(operator);
      this.#line(`${inner}│    `, '', label, detail, detail === '' ? '' : ':');
    }
    const last = to.length + feeds.length - 1;
    to.forEach((sink, index) => this.#sink(sink, inner, index === last));
    feeds.forEach((each, index) => this.#pipeline(each, inner, to.length + index === last));
  }

  #sink(name: string, indent: string, isLast: boolean, kind = 'sink'): void {
    const { type, detail, queue, deadLetter } = this.#graph.sinks.get(name)!;
    const branch = indent + (isLast ? '└─ ' : '├─ ');
    this.#line(branch, kind, name, `(${type}) queue ${queue}${detail === '' ? '' : `; ${detail}`}`);
    if (deadLetter === undefined) return;
    this.#sink(deadLetter, indent + (isLast ? '   ' : '│  '), true, 'dead letters to sink');
  }

  #line(branch: string, kind: string, name: string, detail: string, mark = ''): void {
    const head = kind === '' ? '' : `${kind} `;
    const room = COLUMNS - (branch + head + name + mark).length - 1;
    const shown = cut(detail.trim(), Math.max(room, 10));
    const line = `${branch}${head}${paint(this.#writer, 'bold', name)}${mark}`;
    this.#lines.push(shown === '' ? line : `${line} ${paint(this.#writer, 'dim', shown)}`);
  }
}
