/** Makes topologies from components and closures, without definitions, options and schemas. */
import { z } from 'zod';
import {
  defineOperator,
  defineSink,
  defineSource,
  type LineSource,
  type Operator,
  type Sink,
  type SinkContext,
  type Source,
  type SourceContext,
  type StreamOperatorContext,
} from '../../src/core/component.ts';
import {
  type BreakerSettings,
  DEFAULT_BREAKER,
  DEFAULT_CREDIT,
  DEFAULT_QUEUE,
  DEFAULT_RETRY,
  type OperatorNode,
  type PipelineNode,
  type QueueSettings,
  type RetrySettings,
  type SinkNode,
  type SourceNode,
  type Topology,
} from '../../src/pipeline/topology.ts';

interface Spec {
  /** A node with another key is another component. */
  readonly key?: string;
  readonly claims?: readonly string[];
}

export interface SourceSpec extends Spec {
  readonly create: (context: SourceContext) => Source | LineSource;
  readonly credit?: number;
}

export interface SinkSpec extends Spec {
  readonly sink: Sink | ((context: SinkContext) => Sink);
  readonly queue?: Partial<QueueSettings>;
  readonly retry?: Partial<RetrySettings>;
  readonly breaker?: Partial<BreakerSettings> | undefined;
  readonly deadLetter?: string | undefined;
}

export interface OperatorSpec extends Spec {
  /** @defaultValue `operator`, and its place from 1 */
  readonly name?: string;
  readonly create: (context: StreamOperatorContext) => Operator;
}

export interface PipelineSpec {
  readonly from?: readonly string[];
  readonly through?: readonly OperatorSpec[];
  readonly to?: readonly string[];
}

export interface TopologySpec {
  readonly sources?: Readonly<Record<string, SourceSpec>>;
  readonly pipelines?: Readonly<Record<string, PipelineSpec>>;
  readonly sinks?: Readonly<Record<string, SinkSpec | Sink>>;
}

export function topologyOf({ sources = {}, pipelines = {}, sinks = {} }: TopologySpec): Topology {
  return {
    sources: mapValues(sources, toSourceNode),
    pipelines: mapValues(pipelines, toPipelineNode),
    sinks: mapValues(sinks, (spec) => toSinkNode('write' in spec ? { sink: spec } : spec)),
  };
}

const common = { summary: 'For a test.', options: z.unknown(), examples: [] };

function toSourceNode({ create, credit = DEFAULT_CREDIT, key = '', claims = [] }: SourceSpec): SourceNode {
  const definition = defineSource({
    ...common,
    type: 'fake',
    claims: () => claims,
    create: (_, context) => create(context),
  });
  return { definition, options: undefined, credit, key };
}

function toSinkNode({ sink, queue, retry, breaker, deadLetter, key = '', claims = [] }: SinkSpec): SinkNode {
  const definition = defineSink({
    ...common,
    type: 'fake',
    claims: () => claims,
    create: (_, context) => (typeof sink === 'function' ? sink(context) : sink),
  });
  return {
    definition,
    options: undefined,
    queue: { ...DEFAULT_QUEUE, ...queue },
    retry: { ...DEFAULT_RETRY, ...retry },
    breaker: breaker && { ...DEFAULT_BREAKER, ...breaker },
    deadLetter,
    key,
  };
}

function toPipelineNode({ from = [], through = [], to = [] }: PipelineSpec): PipelineNode {
  return { from, through: through.map(toOperatorNode), to };
}

function toOperatorNode({ create, name, key = '' }: OperatorSpec, index: number): OperatorNode {
  const definition = defineOperator({ ...common, type: 'fake', create: (_, context) => create(context) });
  return { name: name ?? `operator${index + 1}`, definition, options: undefined, key };
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, map: (value: A) => B): Map<string, B> {
  return new Map(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
