/** Where the lines of a trial go in: which pipelines get them, and which source they are said to come from. */
import { fedBy, type Topology } from '../topology.ts';

/** What somebody asked for. */
export interface EntryRequest {
  readonly pipeline?: string | undefined;
  readonly source?: string | undefined;
}

/** The way in, or why there is none. */
export type Entry =
  | { readonly pipelines: readonly string[]; readonly source: string; readonly problem?: undefined }
  | { readonly problem: string; readonly choices: readonly string[]; readonly wrong?: string };

/**
 * Finds the way in. Without a pipeline it is the only one that sources feed, or all that the source feeds; without a source it
 * is the first one whose lines reach the pipeline.
 */
export function findEntry({ sources, pipelines }: Topology, { pipeline, source }: EntryRequest): Entry {
  if (pipeline !== undefined && !pipelines.has(pipeline)) {
    return {
      problem: `there is no pipeline \`${pipeline}\``,
      choices: [...pipelines.keys()],
      wrong: pipeline,
    };
  }
  if (source !== undefined && !sources.has(source)) {
    return { problem: `there is no source \`${source}\``, choices: [...sources.keys()], wrong: source };
  }
  const fed = [...pipelines].filter(([, { from }]) => from.some((name) => sources.has(name)));
  const only = fed.length === 1 ? fed[0]![0] : undefined;
  const named = pipeline ?? (source === undefined ? only : undefined);
  if (named === undefined) {
    const from = source ?? (sources.size === 1 ? [...sources.keys()][0] : undefined);
    if (from !== undefined) return { pipelines: fedBy(pipelines, from), source: from };
    return { problem: 'it is not clear which pipeline is meant', choices: [...pipelines.keys()] };
  }
  const reaching = sourcesOf(pipelines, named).filter((name) => sources.has(name));
  if (source !== undefined && !reaching.includes(source)) {
    return {
      problem: `the lines of source \`${source}\` do not come to pipeline \`${named}\``,
      choices: reaching,
    };
  }
  return { pipelines: [named], source: source ?? reaching[0] ?? 'input' };
}

/** Everything whose lines reach a pipeline, the nearest first. */
function sourcesOf(pipelines: Topology['pipelines'], name: string): string[] {
  const names = new Set<string>();
  const queue = [...(pipelines.get(name)?.from ?? [])];
  for (const each of queue) {
    if (names.has(each)) continue;
    names.add(each);
    queue.push(...(pipelines.get(each)?.from ?? []));
  }
  return [...names];
}
