/** Where the questions that a collector is asked find their lines: in its sinks, or, as they come, behind its pipelines. */
import type { Clock } from '../core/clock.ts';
import type { Sink } from '../core/component.ts';
import type { Figures } from '../core/ledger.ts';
import type { Searchable } from '../core/search.ts';
import type { Runtime } from '../pipeline/runtime.ts';
import type { Topology } from '../pipeline/topology.ts';
import type { LinesPlace } from '../query/answering/answering.ts';
import type { Scannable } from '../query/answering/search-lines.ts';
import type { Follow } from '../query/answering/tail-window.ts';
import type { SearchPlace } from '../query/questions/question.ts';
import { toScannable } from './search-place.ts';

type SearchableSink = Searchable & { inspect?(): Figures };

export class CollectedLines implements LinesPlace {
  readonly #runtime: Runtime;
  /** The topology whose sinks are asked; it changes. */
  readonly #topology: () => Topology;
  readonly #clock: Clock;

  constructor(runtime: Runtime, topology: () => Topology, clock: Clock) {
    this.#runtime = runtime;
    this.#topology = topology;
    this.#clock = clock;
  }

  /**
   * A sink that answers searches.
   *
   * @param name - its name; absent: the first one that does
   */
  searchable(name?: string): SearchableSink | undefined {
    const names = name === undefined ? this.#topology().sinks.keys() : [name];
    for (const each of names) {
      const sink = this.#runtime.sink(each);
      if (sink?.search) return sink as SearchableSink;
    }
    return undefined;
  }

  /**
   * What is read from end to end.
   *
   * @throws LogCasterError `LC_SEARCH_UNAVAILABLE`
   */
  scannable(from: SearchPlace): Scannable {
    const sinks = new Map<string, Sink>();
    const { pipelines, sinks: nodes } = this.#topology();
    for (const name of nodes.keys()) {
      const sink = this.#runtime.sink(name);
      if (sink) sinks.set(name, sink);
    }
    const leads = (pipeline: string, sink: string) => pipelines.get(pipeline)?.to.includes(sink) ?? false;
    const settling = (sink: string) => {
      const account = this.#runtime.ledger.sink(sink);
      const given = account.offered;
      return () => account.offered - account.inFlight.lines >= given;
    };
    return toScannable({ sinks, leads, settling, clock: this.#clock }, from);
  }

  /** Tells of lines when they can be found in the ring; where there is none, when they leave pipelines that lead to sinks. */
  readonly follow: Follow = (listener) => {
    const ring = this.searchable();
    if (ring?.watch) return ring.watch(listener);
    const { pipelines } = this.#topology();
    const subscriptions = [...pipelines]
      .filter(([, { to }]) => to.length > 0)
      .map(([name]) => this.#runtime.batches$(name)?.subscribe((batch) => listener(batch, batch.receivedAt)));
    return () => {
      for (const subscription of subscriptions) subscription?.unsubscribe();
    };
  };
}
