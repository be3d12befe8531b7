/**
 * Checks how sources, pipelines and sinks hang together: that every name exists, that every line has somewhere to go, that
 * none goes in a circle, and that nothing is left over.
 */
import { deadLetterWay } from '../pipeline/topology.ts';
import type { Report } from './diagnostics.ts';
import type { Path } from './path.ts';
import type { WrittenPipeline } from './pipeline-resolver.ts';
import { printable } from './printable.ts';
import { didYouMean, listOf, suggest } from './suggest.ts';

/** What is to be connected. */
export interface Graph {
  /** Names of all sources and sinks, also of those that have errors. */
  readonly sources: ReadonlySet<string>;
  readonly sinks: ReadonlySet<string>;
  /** The names that sinks give their dead letters to, by sink; as they are written. */
  readonly deadLetters: ReadonlyMap<string, { readonly deadLetter: string }>;
  readonly pipelines: ReadonlyMap<string, WrittenPipeline>;
  /** Names of sources and pipelines that a pipeline takes lines from. */
  readonly feeding: ReadonlySet<string>;
  /** Sinks that another sink needs, for its history. */
  readonly neededSinks: ReadonlySet<string>;
}

/** What is in a pipeline, and so has something to do. */
export interface InUse {
  readonly sources: ReadonlySet<string>;
  readonly sinks: ReadonlySet<string>;
}

/** Checks a graph; answers what of it is in use. */
export function checkGraph(graph: Graph, report: Report): InUse {
  const sources = new Set<string>();
  const sinks = new Set<string>(graph.neededSinks);
  /** What a slip was meant to name: it is not left over. */
  const meant = new Set<string>();
  for (const name of graph.pipelines.keys()) checkAmbiguous(name, graph, report);
  for (const [name, pipeline] of graph.pipelines) {
    checkInputs(name, pipeline, graph, meant, report);
    checkOutputs(name, pipeline, graph, meant, report);
    for (const each of pipeline.node.from) sources.add(each);
    for (const each of pipeline.node.to) sinks.add(each);
  }
  for (const sink of sinks) for (const each of deadLetterWay(graph.deadLetters, sink)) sinks.add(each);
  checkDeadLetters(graph, meant, report);
  checkCycles(graph.pipelines, report);
  if (graph.pipelines.size > 0) {
    warnUnused('source', graph.sources, new Set([...sources, ...meant]), report);
    warnUnused('sink', graph.sinks, new Set([...sinks, ...meant]), report);
  }
  return { sources, sinks };
}

function checkAmbiguous(name: string, { sources }: Graph, report: Report): void {
  if (!sources.has(name)) return;
  report.error('LC_CONFIG_NAME_TAKEN', {
    message: `a source and a pipeline are both called \`${printable(name)}\``,
    path: ['pipelines', name],
    at: 'key',
    hint: 'rename one of them: `from` can name both kinds',
  });
}

function checkInputs(
  name: string,
  pipeline: WrittenPipeline,
  graph: Graph,
  meant: Set<string>,
  report: Report,
): void {
  const { from } = pipeline.node;
  if (from.length === 0 && pipeline.ok) {
    report.error('LC_CONFIG_NO_INPUT', {
      message: `pipeline \`${printable(name)}\` takes lines from nowhere`,
      path: ['pipelines', name, 'from'],
      at: 'key',
      hint: `name sources or other pipelines under \`from\`${choices([...graph.sources])}`,
    });
  }
  from.forEach((input, index) => {
    if (graph.sources.has(input) || graph.pipelines.has(input)) return;
    const isSink = graph.sinks.has(input);
    const candidates = [...graph.sources, ...[...graph.pipelines.keys()].filter((each) => each !== name)];
    meant.add(suggest(input, candidates) ?? '');
    unknownName(
      input,
      'source or pipeline',
      pipeline.fromPaths[index]!,
      candidates,
      report,
      isSink ? 'it is a sink; lines end there' : undefined,
    );
  });
}

function checkOutputs(
  name: string,
  pipeline: WrittenPipeline,
  graph: Graph,
  meant: Set<string>,
  report: Report,
): void {
  const { to } = pipeline.node;
  if (to.length === 0 && pipeline.ok && !graph.feeding.has(name)) {
    report.error('LC_CONFIG_NO_OUTPUT', {
      message: `the lines of pipeline \`${printable(name)}\` go nowhere`,
      path: ['pipelines', name, 'to'],
      at: 'key',
      hint: `name sinks under \`to\`${choices([...graph.sinks])}, or let another pipeline take its lines with \`from\``,
    });
  }
  to.forEach((output, index) => {
    if (graph.sinks.has(output)) return;
    const hint = graph.pipelines.has(output)
      ? `it is a pipeline: write \`${name}\` into its \`from\` instead`
      : graph.sources.has(output)
        ? 'it is a source; lines begin there'
        : undefined;
    meant.add(suggest(output, graph.sinks) ?? '');
    unknownName(output, 'sink', pipeline.toPaths[index]!, [...graph.sinks], report, hint);
  });
}

/** Checks that every sink for dead letters is there, and that none of them comes back. */
function checkDeadLetters({ sinks, deadLetters }: Graph, meant: Set<string>, report: Report): void {
  const reported = new Set<string>();
  for (const [name, { deadLetter }] of deadLetters) {
    const path = ['sinks', name, 'deadLetter'];
    if (!sinks.has(deadLetter)) {
      const others = [...sinks].filter((each) => each !== name);
      meant.add(suggest(deadLetter, others) ?? '');
      unknownName(deadLetter, 'sink', path, others, report);
      continue;
    }
    const way = deadLetterWay(deadLetters, name);
    if (!way.includes(name) || reported.has(name)) continue;
    for (const each of way) reported.add(each);
    const circle = [name, ...way].map(printable).join(' → ');
    report.error('LC_CONFIG_CYCLE', {
      message:
        deadLetter === name
          ? `sink \`${printable(name)}\` gives its dead letters to itself`
          : `dead letters would go in a circle: ${circle}`,
      path,
      hint: 'name another sink, or remove `deadLetter`: what the last one rejects is counted',
    });
  }
}

/** Reports a name that nothing has. */
export function unknownName(
  name: string,
  kind: string,
  path: Path,
  candidates: readonly string[],
  report: Report,
  hint?: string,
  at: 'key' | 'value' = 'value',
): void {
  report.error('LC_CONFIG_NAME_UNKNOWN', {
    message: `there is no ${kind} \`${printable(name)}\``,
    path,
    at,
    hint:
      hint ??
      didYouMean(name, candidates) ??
      (candidates.length > 0 ? `there is ${listOf(candidates.slice(0, 12), 'and')}` : 'there is none at all'),
  });
}

function choices(names: readonly string[]): string {
  return names.length === 0 ? '' : `: ${listOf(names.slice(0, 12))}`;
}

/** Reports each circle once, with the way round. */
function checkCycles(pipelines: ReadonlyMap<string, WrittenPipeline>, report: Report): void {
  const done = new Set<string>();
  for (const start of pipelines.keys()) {
    // Depth first, without recursion: a chain can be as long as the file allows.
    const way: { name: string; next: number }[] = [];
    const onWay = new Map<string, number>();
    const enter = (name: string): void => {
      onWay.set(name, way.length);
      way.push({ name, next: 0 });
    };
    if (!done.has(start)) enter(start);
    while (way.length > 0) {
      const step = way.at(-1)!;
      const pipeline = pipelines.get(step.name);
      const index = step.next++;
      const input = pipeline?.node.from[index];
      if (input === undefined) {
        done.add(step.name);
        onWay.delete(step.name);
        way.pop();
      } else if (onWay.has(input)) {
        const circle = way.slice(onWay.get(input)).map(({ name }) => name);
        reportCycle(circle, pipeline!.fromPaths[index]!, report);
      } else if (pipelines.has(input) && !done.has(input)) enter(input);
    }
  }
}

/** `circle`: each pipeline takes lines from the next one, and the last from the first. */
function reportCycle(circle: readonly string[], path: Path, report: Report): void {
  const flow = [circle[0]!, ...circle.slice(1).toReversed(), circle[0]!].map(printable).join(' → ');
  const message =
    circle.length === 1
      ? `pipeline \`${printable(circle[0]!)}\` feeds itself`
      : `lines would go in a circle: ${flow}`;
  report.error('LC_CONFIG_CYCLE', { message, path, hint: 'remove this name' });
}

function warnUnused(
  kind: 'source' | 'sink',
  names: ReadonlySet<string>,
  used: ReadonlySet<string>,
  report: Report,
): void {
  for (const name of names) {
    if (used.has(name)) continue;
    report.warn('LC_CONFIG_UNUSED', {
      message: `${kind} \`${printable(name)}\` is in no pipeline, so it is not started`,
      path: [`${kind}s`, name],
      at: 'key',
      hint:
        kind === 'source'
          ? 'name it in the `from` of a pipeline, or remove it'
          : 'name it in the `to` of a pipeline, or remove it',
    });
  }
}
