/** A topology as it is drawn: its nodes with a few words about each. All texts are escaped. */
import { valueAt } from '../../config/path.ts';
import { COMMON_KEYS } from '../../config/settings.ts';
import { formatSize } from '../../core/units.ts';
import { fedBy } from '../../pipeline/topology.ts';
import { brieflyOperator, brieflyOptions } from '../briefly.ts';
import type { Usable } from '../load-for-command.ts';

/** A source. */
export interface SourceBox {
  readonly name: string;
  readonly type: string;
  /** Its options, in a few words. */
  readonly detail: string;
  /** Names of the pipelines that it feeds. */
  readonly feeds: readonly string[];
}

/** An operator. */
export interface OperatorBox {
  readonly name: string;
  readonly type: string;
  readonly detail: string;
}

/** A pipeline. */
export interface PipelineBox {
  readonly name: string;
  readonly operators: readonly OperatorBox[];
  /** Names of sinks. */
  readonly to: readonly string[];
  /** Names of the pipelines that it feeds. */
  readonly feeds: readonly string[];
}

/** A sink. */
export interface SinkBox {
  readonly name: string;
  readonly type: string;
  readonly detail: string;
  /** Its queue: `16 MiB, block`. */
  readonly queue: string;
  /** The name of the sink that gets its dead letters. */
  readonly deadLetter?: string | undefined;
}

/** What is drawn. */
export interface Graph {
  readonly sources: readonly SourceBox[];
  readonly pipelines: ReadonlyMap<string, PipelineBox>;
  readonly sinks: ReadonlyMap<string, SinkBox>;
}

/** Makes what is drawn of a configuration. */
export function toGraph({ topology, loaded }: Pick<Usable, 'topology' | 'loaded'>): Graph {
  const { redacted } = loaded;
  const { pipelines } = topology;
  return {
    sources: Array.from(topology.sources, ([name, { definition }]) => ({
      name,
      type: definition.type,
      detail: brieflyOptions(valueAt(redacted, ['sources', name]), ['credit']),
      feeds: fedBy(pipelines, name),
    })),
    pipelines: new Map(
      Array.from(pipelines, ([name, { through, to }]) => [
        name,
        {
          name,
          operators: through.map((operator, index) => ({
            name: operator.name,
            type: operator.definition.type,
            detail: brieflyOperator(redacted, name, index),
          })),
          to,
          feeds: fedBy(pipelines, name),
        },
      ]),
    ),
    sinks: new Map(
      Array.from(topology.sinks, ([name, { definition, queue, deadLetter }]) => [
        name,
        {
          name,
          type: definition.type,
          detail: brieflyOptions(valueAt(redacted, ['sinks', name]), Object.keys(COMMON_KEYS.sink)),
          queue: `${formatSize(queue.maxBytes)}, ${queue.whenFull}`,
          deadLetter,
        },
      ]),
    ),
  };
}

/** The name of an operator, and its type where that is another word. */
export function operatorLabel({ name, type }: OperatorBox): string {
  return name === type ? name : `${name} (${type})`;
}
