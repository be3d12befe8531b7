/**
 * What has to be done to get from one topology to another, so that as much as possible keeps running.
 *
 * Most new components can be made and started while the old ones still run; if one fails, nothing has happened. But what an
 * old one has (a port, a directory) a new one cannot claim before the old one has ended: such are contested, and exchanged
 * one for the other while their lines are held back.
 */
import {
  inFlowOrder,
  type PipelineNode,
  type SinkNode,
  type SourceNode,
  type Topology,
} from '../topology.ts';

export interface ChangePlan {
  /** Sources and sinks to be made; the late ones only when the old ones have ended. */
  readonly sources: { readonly early: Nodes<SourceNode>; readonly late: Nodes<SourceNode> };
  readonly sinks: { readonly early: Nodes<SinkNode>; readonly late: Nodes<SinkNode> };
  /** Pipelines whose operators are to be made. */
  readonly pipelines: Nodes<PipelineNode>;
  /** Names of sources that end. */
  readonly goneSources: readonly string[];
  /** Names of sinks that end, and of those among them that must end before the late ones begin. */
  readonly goneSinks: readonly string[];
  readonly exchangedSinks: ReadonlySet<string>;
  /** Names of pipelines whose operators end, in the order of the flow. */
  readonly drainedPipelines: readonly string[];
  /** Names of sources and pipelines that keep running but whose lines must be held back for a while. */
  readonly held: ReadonlySet<string>;
  /** Names of sinks that keep running but whose dead letters must be held back for a while. */
  readonly heldSinks: readonly string[];
}

type Nodes<Node> = ReadonlyMap<string, Node>;

export function planChange(before: Topology, next: Topology): ChangePlan {
  const goneSources = missing(before.sources, next.sources, sameKey);
  const goneSinks = missing(before.sinks, next.sinks, sameKey);
  const drained = missing(before.pipelines, next.pipelines, sameOperators);
  const freshSources = missing(next.sources, before.sources, sameKey);
  const freshSinks = missing(next.sinks, before.sinks, sameKey);

  const held = claimsOf(goneSources).union(claimsOf(goneSinks));
  const contested = held.intersection(claimsOf(freshSources).union(claimsOf(freshSinks)));
  const isContested = (node: SourceNode | SinkNode): boolean => claims(node).some((c) => contested.has(c));
  const exchangedSinks = withFeeders(before, goneSinks, new Set(keysOf(goneSinks, isContested)));

  return {
    sources: split(freshSources, isContested),
    sinks: split(freshSinks, isContested),
    pipelines: missing(next.pipelines, before.pipelines, sameOperators),
    goneSources: [...goneSources.keys()],
    goneSinks: [...goneSinks.keys()],
    exchangedSinks,
    drainedPipelines: inFlowOrder(before.pipelines).filter((name) => drained.has(name)),
    heldSinks: deadLetterFeeders(before, exchangedSinks).filter((name) => !goneSinks.has(name)),
    held: feeders(before, drained, exchangedSinks).difference(drained).difference(goneSources),
  };
}

/** The sources and pipelines that feed a pipeline that is drained or a sink that is exchanged. */
function feeders(
  { pipelines }: Topology,
  drained: Nodes<PipelineNode>,
  exchangedSinks: ReadonlySet<string>,
): Set<string> {
  const names = new Set([...drained.values()].flatMap(({ from }) => from));
  for (const [name, { to }] of pipelines) if (to.some((sink) => exchangedSinks.has(sink))) names.add(name);
  return names;
}

/** With the sinks that end as well and whose dead letters go to one of these: they have to end first. */
function withFeeders(before: Topology, gone: Nodes<SinkNode>, exchanged: Set<string>): ReadonlySet<string> {
  for (let size = -1; size < exchanged.size; ) {
    size = exchanged.size;
    for (const name of deadLetterFeeders(before, exchanged)) if (gone.has(name)) exchanged.add(name);
  }
  return exchanged;
}

/** The names of the sinks whose dead letters go to one of these. */
function deadLetterFeeders({ sinks }: Topology, targets: ReadonlySet<string>): string[] {
  return keysOf(sinks, ({ deadLetter }) => deadLetter !== undefined && targets.has(deadLetter));
}

/** Nodes of `nodes` that `others` does not have like this. */
function missing<Node>(
  nodes: Nodes<Node>,
  others: Nodes<Node>,
  same: (a: Node, b: Node) => boolean,
): Map<string, Node> {
  return new Map(
    [...nodes].filter(([name, node]) => {
      const other = others.get(name);
      return other === undefined || !same(node, other);
    }),
  );
}

function sameKey(a: { readonly key: string }, b: { readonly key: string }): boolean {
  return a.key === b.key;
}

function sameOperators(a: PipelineNode, b: PipelineNode): boolean {
  return operatorKeys(a) === operatorKeys(b);
}

function operatorKeys({ through }: PipelineNode): string {
  return JSON.stringify(through.map(({ name, key }) => [name, key]));
}

function claims(node: SourceNode | SinkNode): readonly string[] {
  const claimed = node.definition.claims?.(node.options) ?? [];
  const spill = 'queue' in node ? node.queue.spill : undefined;
  return spill ? [...claimed, `directory ${spill.directory}`] : claimed;
}

function claimsOf(nodes: Nodes<SourceNode | SinkNode>): Set<string> {
  return new Set([...nodes.values()].flatMap(claims));
}

function keysOf<Node>(nodes: Nodes<Node>, want: (node: Node) => boolean): string[] {
  return [...nodes].filter(([, node]) => want(node)).map(([name]) => name);
}

function split<Node>(nodes: Nodes<Node>, isLate: (node: Node) => boolean) {
  const late = new Set(keysOf(nodes, isLate));
  return {
    early: new Map([...nodes].filter(([name]) => !late.has(name))),
    late: new Map([...nodes].filter(([name]) => late.has(name))),
  };
}
