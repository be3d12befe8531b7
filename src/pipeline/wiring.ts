/** Which runner hands its batches to which, and which sink can hold up which source. */
import type { Credit } from '../core/credit.ts';
import type { Receiver } from './fan-out.ts';
import type { PipelineRunner } from './pipeline-runner.ts';
import type { SinkRunner } from './sink/sink-runner.ts';
import type { SourceRunner } from './source/source-runner.ts';
import { fedBy, type Topology, upstreamOf } from './topology.ts';

/** What runs, by name. */
export interface Running {
  readonly sources: Map<string, SourceRunner>;
  readonly pipelines: Map<string, PipelineRunner>;
  readonly sinks: Map<string, SinkRunner>;
}

/** Connects what runs as a topology says, in one go: no batch sees half of it. */
export function connect({ sources, pipelines, sinks }: Running, topology: Topology): void {
  const behind = (name: string): Receiver[] =>
    fedBy(topology.pipelines, name).map((pipeline) => pipelines.get(pipeline)!.receive);
  for (const [name, { out }] of sources) out.receivers = behind(name);
  for (const [name, { to }] of topology.pipelines) {
    const toSinks = to.map((sink): Receiver => {
      const runner = sinks.get(sink)!;
      return (batch) => runner.offer(batch);
    });
    pipelines.get(name)!.out.receivers = [...toSinks, ...behind(name)];
  }
  for (const [name, node] of topology.sinks) {
    const runner = sinks.get(name)!;
    runner.use(node, node.deadLetter === undefined ? undefined : sinks.get(node.deadLetter)!);
    runner.gate.standBefore(creditsBefore(name, topology, sources));
  }
}

/** The credit of every source whose lines reach a sink. */
function creditsBefore(
  sink: string,
  { pipelines }: Topology,
  sources: ReadonlyMap<string, SourceRunner>,
): Set<Credit> {
  const credits = new Set<Credit>();
  for (const name of upstreamOf(pipelines, sink)) {
    const source = sources.get(name);
    if (source) credits.add(source.credit);
  }
  return credits;
}
