/**
 * A topology: which components run, with which options, and how they are connected. The configuration is resolved to one,
 * in which every name is known and every option checked; the runtime runs it.
 *
 * The `key` of a node is what was written about it, canonically: at a reload, a node whose key is the same keeps running. A
 * source's key covers its credit. A sink's need not cover its queue, its retries, its breaker and where its dead letters go:
 * those a running sink takes over. But it covers the directory of its spill, which a running sink has locked.
 */
import type { OperatorDefinition, SinkDefinition, SourceDefinition } from '../core/component.ts';
import type { SpillSettings } from '../spill/options.ts';

/** What happens to lines for which a sink's queue has no room. */
export type WhenFull = 'block' | 'dropNewest' | 'dropOldest' | 'spill';

/** The queue in front of a sink. */
export interface QueueSettings {
  /** The most bytes that wait. What is being written comes on top. */
  readonly maxBytes: number;
  readonly whenFull: WhenFull;
  /** Where the queue goes on: with `whenFull: spill`, and only then. */
  readonly spill?: SpillSettings;
}

/** When a write that failed is tried again. */
export interface RetrySettings {
  /** The first pause, in ms; each further one is twice as long. */
  readonly initial: number;
  /** The longest pause, in ms. */
  readonly max: number;
  /** After so many failures in a row without progress the lines are rejected; `Infinity`: never. */
  readonly maxAttempts: number;
  /** A write that has not ended after so many ms hangs: it is told to end, and named. */
  readonly writeTimeout: number;
}

/** When a sink that fails is left alone. */
export interface BreakerSettings {
  /** It opens after so many failures in a row. */
  readonly failures: number;
  /** How long nothing is written then, in ms; each time that the probe fails too, twice as long. */
  readonly pause: number;
  /** The longest pause, in ms. */
  readonly maxPause: number;
}

export interface SourceNode {
  readonly definition: SourceDefinition;
  /** Checked options, as the definition's schema gives them. */
  readonly options: unknown;
  /** The most bytes that are on their way, from being read to being settled by all sinks. */
  readonly credit: number;
  readonly key: string;
}

export interface OperatorNode {
  /** Its name in the ledger, unique in its pipeline. */
  readonly name: string;
  readonly definition: OperatorDefinition;
  readonly options: unknown;
  readonly key: string;
}

export interface PipelineNode {
  /** Names of sources and pipelines. */
  readonly from: readonly string[];
  readonly through: readonly OperatorNode[];
  /** Names of sinks. */
  readonly to: readonly string[];
}

export interface SinkNode {
  readonly definition: SinkDefinition;
  readonly options: unknown;
  readonly queue: QueueSettings;
  readonly retry: RetrySettings;
  /** Absent: it is tried again and again. */
  readonly breaker?: BreakerSettings | undefined;
  /** The name of the sink that gets what this one rejects. */
  readonly deadLetter?: string | undefined;
  readonly key: string;
}

/** A resolved configuration. Names of sources and pipelines do not collide; there are no cycles and no dangling names. */
export interface Topology {
  readonly sources: ReadonlyMap<string, SourceNode>;
  readonly pipelines: ReadonlyMap<string, PipelineNode>;
  readonly sinks: ReadonlyMap<string, SinkNode>;
}

export const DEFAULT_CREDIT = 4 * 2 ** 20;
export const DEFAULT_QUEUE: QueueSettings = { maxBytes: 16 * 2 ** 20, whenFull: 'block' };
export const DEFAULT_RETRY: RetrySettings = {
  initial: 100,
  max: 30_000,
  maxAttempts: Number.POSITIVE_INFINITY,
  writeTimeout: 30_000,
};
export const DEFAULT_BREAKER: BreakerSettings = { failures: 5, pause: 30_000, maxPause: 600_000 };

/** The topology in which nothing runs. */
export const EMPTY_TOPOLOGY: Topology = { sources: new Map(), pipelines: new Map(), sinks: new Map() };

/** The names of the pipelines, each behind those that it takes lines from. */
export function inFlowOrder(pipelines: Topology['pipelines']): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const node = pipelines.get(name);
    if (!node || seen.has(name)) return;
    seen.add(name);
    node.from.forEach(visit);
    order.push(name);
  };
  for (const name of pipelines.keys()) visit(name);
  return order;
}

/** The names of the pipelines that take lines from a source or a pipeline. */
export function fedBy(pipelines: Topology['pipelines'], name: string): string[] {
  return [...pipelines].filter(([, { from }]) => from.includes(name)).map(([pipeline]) => pipeline);
}

/** The names of the sources and pipelines whose lines reach a sink. */
export function upstreamOf(pipelines: Topology['pipelines'], sink: string): Set<string> {
  const names = new Set<string>();
  const visit = (name: string): void => {
    names.add(name);
    pipelines.get(name)?.from.forEach(visit);
  };
  for (const [name, { to }] of pipelines) if (to.includes(sink)) visit(name);
  return names;
}

/**
 * Checks that every name leads somewhere, and no pipeline back to itself. The configuration has been checked for it; a topology of a
 * program may not have been, and halfway through a change is no time to find out.
 *
 * @throws RangeError
 */
export function checkNames({ sources, pipelines, sinks }: Topology): void {
  const order = inFlowOrder(pipelines);
  for (const [name, { from, to }] of pipelines) {
    for (const feeder of from) {
      if (!sources.has(feeder) && !pipelines.has(feeder)) {
        throw new RangeError(`the pipeline ${name} takes lines from ${feeder}, which there is not`);
      }
      if (pipelines.has(feeder) && order.indexOf(feeder) >= order.indexOf(name)) {
        throw new RangeError(`the pipeline ${name} takes lines from itself, by way of ${feeder}`);
      }
    }
    for (const sink of to) {
      if (!sinks.has(sink)) throw new RangeError(`the pipeline ${name} leads to ${sink}, which there is not`);
    }
  }
  for (const [name, { deadLetter }] of sinks) {
    if (deadLetter === undefined) continue;
    if (!sinks.has(deadLetter)) {
      throw new RangeError(`the dead letters of ${name} go to ${deadLetter}, which there is not`);
    }
    if (deadLetterWay(sinks, name).includes(name)) {
      throw new RangeError(`the dead letters of ${name} come back to it`);
    }
  }
}

/** The names of the sinks that dead letters of a sink pass, in this order; each once, also if they go in a circle. */
export function deadLetterWay(
  sinks: ReadonlyMap<string, { readonly deadLetter?: string | undefined } | undefined>,
  name: string,
): string[] {
  const way = new Set<string>();
  let next = sinks.get(name)?.deadLetter;
  while (next !== undefined && !way.has(next)) {
    way.add(next);
    next = sinks.get(next)?.deadLetter;
  }
  return [...way];
}
