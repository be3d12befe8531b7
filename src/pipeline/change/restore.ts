/** What is brought back when a change has failed after it had to end components. */
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { QueueSettings, SinkNode, Topology } from '../topology.ts';
import type { ChangePlan } from './change-plan.ts';
import type { Construction } from './construction.ts';

/** Names of components that could not be started again. */
interface Lost {
  readonly sources: ReadonlySet<string>;
  readonly pipelines: ReadonlySet<string>;
  readonly sinks: ReadonlySet<string>;
}

/** Makes and starts what a change has ended, as far as that is possible; the rest is logged. */
export async function addWhatCanBe(
  again: Construction,
  before: Topology,
  plan: ChangePlan,
  log: Logger,
): Promise<Lost> {
  async function each<Node>(
    names: Iterable<string>,
    nodes: ReadonlyMap<string, Node>,
    add: (nodes: ReadonlyMap<string, Node>) => Promise<void>,
  ): Promise<Set<string>> {
    const lost = new Set<string>();
    for (const name of names) {
      try {
        await add(new Map([[name, nodes.get(name)!]]));
      } catch (error) {
        lost.add(name);
        log.error(
          { component: name, error },
          `${name}: cannot be started again, the next change tries it: ${messageOf(error)}`,
        );
      }
    }
    return lost;
  }
  return {
    pipelines: await each(plan.drainedPipelines, before.pipelines, (nodes) => again.addPipelines(nodes)),
    sources: await each(plan.goneSources, before.sources, (nodes) => again.addSources(nodes)),
    sinks: await each(plan.exchangedSinks, before.sinks, (nodes) => again.addSinks(nodes)),
  };
}

/** A map without some names. */
export function without<Node>(
  nodes: ReadonlyMap<string, Node>,
  names: ReadonlySet<string>,
): ReadonlyMap<string, Node> {
  return new Map([...nodes].filter(([name]) => !names.has(name)));
}

/** Sinks of which some are to have a queue in memory only. */
export function inMemoryOnly(
  sinks: Topology['sinks'],
  names: ReadonlySet<string>,
): ReadonlyMap<string, SinkNode> {
  return new Map(
    Array.from(sinks, ([name, node]) => [
      name,
      names.has(name) ? { ...node, queue: inMemory(node.queue) } : node,
    ]),
  );
}

/** A queue that does not go on to disk. */
export function inMemory({ maxBytes, whenFull, spill }: QueueSettings): QueueSettings {
  return { maxBytes, whenFull: whenFull === 'spill' ? (spill?.whenFull ?? 'block') : whenFull };
}
