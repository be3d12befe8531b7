/**
 * The runtime: it starts a topology, connects its parts, changes to another topology while lines flow, and stops.
 *
 * Order of a start: sources claim their ports first (so that a port that is taken shows before anything is made), then
 * sinks open and take up history, then lines flow. Order of a stop: sources take in what has arrived, operators give away
 * what they hold, queues drain, sinks flush; all within one deadline, and what is left then is counted as abandoned.
 */
import type { Observable } from 'rxjs';
import type { Batch } from '../core/batch.ts';
import type { Clock } from '../core/clock.ts';
import type { Sink } from '../core/component.ts';
import type { Credit } from '../core/credit.ts';
import { messageOf } from '../core/errors.ts';
import type { FileSystem } from '../core/file-system.ts';
import { Ledger } from '../core/ledger.ts';
import type { Logger } from '../core/logger.ts';
import { OperatorChain } from './operator-chain.ts';
import { PipelineRunner } from './pipeline-runner.ts';
import { SinkRunner } from './sink-runner.ts';
import { type Receiver, SourceRunner } from './source-runner.ts';
import { inFlowOrder, type PipelineNode, type SinkNode, type SourceNode, type Topology } from './topology.ts';
import { attempt, within } from './within.ts';

/** The seams, and who is told. */
export interface Environment {
  readonly clock: Clock;
  readonly fs: FileSystem;
  readonly log: Logger;
}

const EMPTY: Topology = { sources: new Map(), pipelines: new Map(), sinks: new Map() };

/** A running topology. */
export class Runtime {
  readonly ledger = new Ledger();
  readonly #environment: Environment;
  readonly #sources = new Map<string, SourceRunner>();
  readonly #pipelines = new Map<string, PipelineRunner>();
  readonly #sinks = new Map<string, SinkRunner>();
  #topology: Topology = EMPTY;
  /** Starts, changes and stops happen one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  get topology(): Topology {
    return this.#topology;
  }

  /** The sink of this name, if it runs. */
  sink(name: string): Sink | undefined {
    return this.#sinks.get(name)?.sink;
  }

  /** Where components listen or write, by name. */
  addresses(): Record<string, string> {
    const all = [...this.#sources.values()].map(
      (runner) => [runner.name, runner.source.address?.()] as const,
    );
    for (const runner of this.#sinks.values()) all.push([runner.name, runner.sink.address?.()] as const);
    return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  /** Resolves when every source has ended by itself. */
  get sourcesEnded(): Promise<void> {
    return Promise.all(this.#sources.values().map(({ ended }) => ended)).then(() => undefined);
  }

  /** Clients of all sources together. */
  clients(): number {
    return this.#sources.values().reduce((sum, { source }) => sum + (source.clients?.() ?? 0), 0);
  }

  /** The batches that leave a pipeline. */
  batches$(pipeline: string): Observable<Batch> | undefined {
    return this.#pipelines.get(pipeline)?.batches$;
  }

  /**
   * Starts a topology, or changes to it from the one that runs: components that stay the same keep running.
   *
   * @param deadline ms for what is taken out to drain
   * @throws what a component's `start` throws; then everything is as it was before
   */
  change(topology: Topology, deadline = 10_000): Promise<void> {
    return this.#inTurn(() => this.#change(topology, deadline));
  }

  /** Stops within `deadline` ms; answers how many lines had to be abandoned. */
  stop(deadline = 10_000): Promise<number> {
    return this.#inTurn(() => this.#stop(deadline));
  }

  /** Lets go of everything at once, without waiting for anybody; answers how many lines were abandoned. */
  abort(): number {
    this.#ended = true;
    for (const source of this.#sources.values()) source.abort();
    return this.#sinks.values().reduce((sum, sink) => sum + sink.abandon('abandoned'), 0);
  }

  async #change(next: Topology, deadline: number): Promise<void> {
    if (this.#ended) return;
    const before = this.#topology;
    const until = this.#environment.clock.monotonic() + deadline;
    const freshSources = changed(before.sources, next.sources);
    const freshSinks = changed(before.sinks, next.sinks);

    // What the old ones still hold (a port, a directory) cannot be claimed by the new ones: those are exchanged below.
    const heldClaims = new Set([
      ...claimsOf(removed(before.sources, next.sources), before.sources),
      ...claimsOf(removed(before.sinks, next.sinks), before.sinks),
    ]);
    const early = (node: SourceNode | SinkNode): boolean =>
      claims(node).every((claim) => !heldClaims.has(claim));

    const made = new Made();
    try {
      for (const [name, node] of next.pipelines) {
        const old = before.pipelines.get(name);
        if (!old || operatorKeys(old) !== operatorKeys(node))
          await made.chain(name, this.#makeChain(name, node));
      }
      for (const [name, node] of freshSources)
        if (early(node)) await made.source(this.#makeSource(name, node));
      for (const [name, node] of freshSinks) if (early(node)) await made.sink(this.#makeSink(name, node));
    } catch (error) {
      await made.dispose();
      throw error;
    }

    const goneSources = this.#takeOut(this.#sources, removed(before.sources, next.sources));
    await Promise.all(goneSources.map((source) => source.stop(this.#left(until))));

    // From here on nothing flows until everything is connected again.
    const paused = [...this.#sources.values()].map(({ credit }) => credit);
    for (const credit of paused) credit.close();
    try {
      await this.#drainPipelines(before, next, until);
      const goneSinks = this.#takeOut(this.#sinks, removed(before.sinks, next.sinks));
      const exchanged = goneSinks.filter(({ name }) =>
        claims(before.sinks.get(name)!).some((claim) => heldClaims.has(claim)),
      );
      await Promise.all(exchanged.map((sink) => this.#endSink(sink, until)));

      const late: Exchange[] = [
        ...[...freshSources]
          .filter(([, node]) => !early(node))
          .map(([name, node]) => ({ name, node, kind: 'source' as const })),
        ...[...freshSinks]
          .filter(([, node]) => !early(node))
          .map(([name, node]) => ({ name, node, kind: 'sink' as const })),
      ];
      await this.#exchange(late, made, before);
      for (const runner of made.sinks) this.#sinks.set(runner.name, runner);
      for (const runner of made.sources) this.#sources.set(runner.name, runner);
      this.#topology = next;
      await this.#refill(made.sinks);
      this.#connect(next, made);
      for (const runner of made.sources) runner.run();
      // Sinks that nobody waits for drain while the others go on.
      const rest = goneSinks.filter((sink) => !exchanged.includes(sink));
      for (const credit of paused.splice(0)) credit.open();
      await Promise.all(rest.map((sink) => this.#endSink(sink, until)));
    } finally {
      for (const credit of paused) credit.open();
    }
  }

  /** Starts components whose predecessor had to be ended first; if one cannot start, its predecessor comes back. */
  async #exchange(late: readonly Exchange[], made: Made, before: Topology): Promise<void> {
    for (const { name, node, kind } of late) {
      const start = (what: SourceNode | SinkNode): Promise<void> =>
        kind === 'source'
          ? made.source(this.#makeSource(name, what as SourceNode))
          : made.sink(this.#makeSink(name, what as SinkNode));
      try {
        await start(node);
      } catch (error) {
        const old = (kind === 'source' ? before.sources : before.sinks).get(name);
        this.#environment.log.error(
          { [kind]: name, error },
          `${name}: cannot start as changed: ${messageOf(error)}`,
        );
        if (!old) throw error;
        await start(old);
      }
    }
  }

  async #stop(deadline: number): Promise<number> {
    if (this.#ended) return 0;
    this.#ended = true;
    const until = this.#environment.clock.monotonic() + deadline;
    // Stopping sources need credit to give what they have read, so sinks get the time; a tenth of it is kept for the rest.
    await Promise.all([...this.#sources.values()].map((source) => source.stop(this.#left(until) * 0.9)));
    await this.#drainPipelines(this.#topology, EMPTY, until);
    const abandoned = await Promise.all([...this.#sinks.values()].map((sink) => this.#endSink(sink, until)));
    for (const pipeline of this.#pipelines.values()) pipeline.end();
    return abandoned.reduce((sum, lines) => sum + lines, 0);
  }

  /** Completes the operators of pipelines that end or change, those first that feed others. */
  async #drainPipelines(before: Topology, next: Topology, until: number): Promise<void> {
    for (const name of inFlowOrder(before.pipelines)) {
      const old = before.pipelines.get(name)!;
      const now = next.pipelines.get(name);
      if (now && operatorKeys(now) === operatorKeys(old)) continue;
      const runner = this.#pipelines.get(name)!;
      await within(this.#environment.clock, this.#left(until), runner.drain(), () => {});
      await runner.dispose();
      if (!now) {
        runner.end();
        if (next !== EMPTY) this.#pipelines.delete(name);
      }
    }
  }

  /** Connects sources, pipelines and sinks as `next` says; makes pipelines that are new. */
  #connect(next: Topology, made: Made): void {
    for (const name of next.pipelines.keys()) {
      let runner = this.#pipelines.get(name);
      if (!runner) this.#pipelines.set(name, (runner = new PipelineRunner(name, this.ledger.pipeline(name))));
      const chain = made.chains.get(name);
      if (chain) runner.use(chain);
    }
    const behind = (name: string): Receiver[] =>
      [...next.pipelines]
        .filter(([, node]) => node.from.includes(name))
        .map(([pipeline]) => this.#pipelines.get(pipeline)!.receive);
    for (const [name, runner] of this.#sources) runner.receivers = behind(name);
    for (const [name, node] of next.pipelines) {
      const sinks = node.to.map((sink): Receiver => {
        const runner = this.#sinks.get(sink)!;
        return (batch) => runner.offer(batch);
      });
      this.#pipelines.get(name)!.receivers = [...sinks, ...behind(name)];
    }
    for (const [name, node] of next.sinks) {
      const runner = this.#sinks.get(name)!;
      runner.configure(node.queue, node.retry);
      runner.gate.standBefore(this.#creditsBefore(name, next));
    }
  }

  /** The credit of every source whose lines reach a sink. */
  #creditsBefore(sink: string, topology: Topology): Set<Credit> {
    const credits = new Set<Credit>();
    const visit = (name: string): void => {
      const source = this.#sources.get(name);
      if (source) credits.add(source.credit);
      topology.pipelines.get(name)?.from.forEach(visit);
    };
    for (const [name, node] of topology.pipelines) if (node.to.includes(sink)) visit(name);
    return credits;
  }

  async #refill(sinks: readonly SinkRunner[]): Promise<void> {
    for (const { sink } of sinks) {
      const from = sink.refillFrom === undefined ? undefined : this.#sinks.get(sink.refillFrom)?.sink;
      if (from?.history && sink.refill) await sink.refill((limits) => from.history!(limits));
    }
  }

  #makeChain(name: string, node: PipelineNode): OperatorChain {
    const account = this.ledger.pipeline(name);
    return new OperatorChain({ ...this.#environment, name, operators: node.through, account });
  }

  #makeSource(name: string, node: SourceNode): SourceRunner {
    return new SourceRunner({ ...this.#environment, name, node, account: this.ledger.source(name) });
  }

  #makeSink(name: string, node: SinkNode): SinkRunner {
    const { log, clock, fs } = this.#environment;
    const sink = node.definition.create(node.options, { name, log, clock, fs });
    return new SinkRunner({
      name,
      sink,
      queue: node.queue,
      retry: node.retry,
      account: this.ledger.sink(name),
      clock,
      log,
    });
  }

  /** Drains, flushes and closes a sink; answers how many lines had to be abandoned. */
  async #endSink(runner: SinkRunner, until: number): Promise<number> {
    const { clock, log } = this.#environment;
    const onError = (error: unknown): void =>
      log.error(
        { sink: runner.name, error },
        `${runner.name}: could not be closed cleanly: ${messageOf(error)}`,
      );
    await within(clock, this.#left(until), runner.idle(), onError);
    const abandoned = runner.abandon('deadline');
    if (abandoned > 0) {
      log.error(
        { sink: runner.name, lines: abandoned },
        `${runner.name}: ${abandoned} lines were not stored before the deadline`,
      );
    }
    await within(
      clock,
      this.#left(until),
      attempt(() => runner.sink.flush?.()),
      onError,
    );
    await within(
      clock,
      Math.max(1000, this.#left(until)),
      attempt(() => runner.sink[Symbol.asyncDispose]?.()),
      onError,
    );
    return abandoned;
  }

  #takeOut<T>(runners: Map<string, T>, names: readonly string[]): T[] {
    return names.map((name) => {
      const runner = runners.get(name)!;
      runners.delete(name);
      return runner;
    });
  }

  #left(until: number): number {
    return Math.max(0, until - this.#environment.clock.monotonic());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

interface Exchange {
  readonly name: string;
  readonly kind: 'source' | 'sink';
  readonly node: SourceNode | SinkNode;
}

/** Components that were made and started during a change, to be disposed again if it fails. */
class Made {
  readonly sources: SourceRunner[] = [];
  readonly sinks: SinkRunner[] = [];
  readonly chains = new Map<string, OperatorChain>();

  async chain(name: string, chain: OperatorChain): Promise<void> {
    this.chains.set(name, chain);
    await chain.start();
  }

  async source(runner: SourceRunner): Promise<void> {
    this.sources.push(runner);
    await runner.start();
  }

  async sink(runner: SinkRunner): Promise<void> {
    this.sinks.push(runner);
    await runner.sink.start?.();
  }

  async dispose(): Promise<void> {
    await Promise.allSettled(Array.from(this.chains.values(), (chain) => chain.dispose()));
    await Promise.allSettled(
      this.sources.map(({ source }) => attempt(() => source[Symbol.asyncDispose]?.())),
    );
    await Promise.allSettled(this.sinks.map(({ sink }) => attempt(() => sink[Symbol.asyncDispose]?.())));
  }
}

type Keyed = ReadonlyMap<string, { readonly key: string }>;

/** Nodes of `next` that `before` does not have like this. */
function changed<N extends { readonly key: string }>(
  before: Keyed,
  next: ReadonlyMap<string, N>,
): Map<string, N> {
  return new Map([...next].filter(([name, node]) => before.get(name)?.key !== node.key));
}

/** Names of nodes of `before` that `next` does not have like this. */
function removed(before: Keyed, next: Keyed): string[] {
  return [...before].filter(([name, node]) => next.get(name)?.key !== node.key).map(([name]) => name);
}

function operatorKeys(node: PipelineNode): string {
  return JSON.stringify(node.through.map(({ name, key }) => [name, key]));
}

function claims(node: SourceNode | SinkNode): readonly string[] {
  return node.definition.claims?.(node.options) ?? [];
}

function claimsOf(names: readonly string[], nodes: ReadonlyMap<string, SourceNode | SinkNode>): string[] {
  return names.flatMap((name) => claims(nodes.get(name)!));
}
