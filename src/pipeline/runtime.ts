/**
 * The runtime: it starts a topology, changes to another one while lines flow, and stops.
 *
 * - Start: sources claim their ports first (so that a port that is taken shows before anything is made), then sinks open and
 *   take up history, then lines flow.
 * - Change: see change-plan.ts. Unchanged components keep running, with their counters. If it fails, everything is as before.
 * - Stop: sources take in what has arrived, operators give away what they hold, queues drain, sinks flush; all within one
 *   deadline, and what is left then is counted as abandoned.
 *
 * Starts, changes and stops happen one after the other; only `abort` waits for nobody.
 */
import type { Observable } from 'rxjs';
import type { Batch } from '../core/batch.ts';
import type { Timer } from '../core/clock.ts';
import type { Sink } from '../core/component.ts';
import { Ledger } from '../core/ledger.ts';
import { Serial } from '../core/serial.ts';
import { type ChangePlan, planChange } from './change/change-plan.ts';
import { Construction, type Environment } from './change/construction.ts';
import { addWhatCanBe, inMemory, inMemoryOnly, without } from './change/restore.ts';
import { Calls } from './containment/calls.ts';
import { answerOf, containedLogger, isCount, isText } from './containment/contained.ts';
import { LoopWatch } from './containment/loop-watch.ts';
import { attempt } from './containment/within.ts';
import { Ending, reportUnclean } from './ending.ts';
import { PipelineRunner } from './pipeline-runner.ts';
import { refill } from './refill.ts';
import { SinkRunner } from './sink/sink-runner.ts';
import { checkNames, EMPTY_TOPOLOGY, inFlowOrder, type Topology } from './topology.ts';
import { connect, type Running } from './wiring.ts';

export type { Environment } from './change/construction.ts';

/** How often it looks whether something hangs, in ms. */
const LOOK_INTERVAL = 1000;

/** A running topology. */
export class Runtime {
  readonly ledger = new Ledger();
  /** Tells how long the event loop was blocked, and by whom. */
  readonly loop: LoopWatch;
  readonly #environment: Environment;
  readonly #running: Running = { sources: new Map(), pipelines: new Map(), sinks: new Map() };
  /** Sinks that are out of use and still drain. */
  readonly #leaving = new Set<SinkRunner>();
  /** Sinks whose lines are for those in their place. */
  readonly #handingOver = new Set<SinkRunner>();
  readonly #ending: Ending;
  readonly #turns = new Serial();
  #topology: Topology = EMPTY_TOPOLOGY;
  #watch: Timer | undefined;
  #stopped: Promise<number> | undefined;
  #isAborted = false;

  constructor(environment: Environment) {
    const calls = new Calls(environment.clock);
    this.#environment = { ...environment, log: containedLogger(environment.log), calls };
    this.#ending = new Ending({
      ...this.#environment,
      onSinkEnded: (sink) => this.#leaving.delete(sink),
    });
    this.loop = new LoopWatch({ ...this.#environment, calls });
  }

  get topology(): Topology {
    return this.#topology;
  }

  /** The sink of this name, if it runs. */
  sink(name: string): Sink | undefined {
    return this.#running.sinks.get(name)?.sink;
  }

  /** Where components listen or write, by name. */
  addresses(): Record<string, string> {
    const { sources, sinks } = this.#running;
    const all = [
      ...Array.from(sources, ([name, { source }]) => [name, source] as const),
      ...Array.from(sinks, ([name, { sink }]) => [name, sink] as const),
    ].map(([name, component]) => [name, answerOf(() => component.address?.(), isText)] as const);
    return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  /** Resolves when every source has ended by itself; those that a change ends do not count, those that it brings do. */
  get sourcesEnded(): Promise<void> {
    return this.#untilSourcesEnd();
  }

  /** Clients of all sources together. */
  clients(): number {
    return this.#running.sources
      .values()
      .reduce((all, { source }) => all + (answerOf(() => source.clients?.(), isCount) ?? 0), 0);
  }

  /** The batches that leave a pipeline. */
  batches$(pipeline: string): Observable<Batch> | undefined {
    return this.#running.pipelines.get(pipeline)?.batches$;
  }

  /**
   * Starts a topology, or changes to it from the one that runs: components that stay the same keep running.
   *
   * @param deadline ms for what is taken out to drain
   * @throws what a component throws that cannot be made or started; then everything is as it was before. (What had to be
   *   ended to make room has been started again. What cannot be is logged, and left out.)
   */
  change(topology: Topology, deadline = 10_000): Promise<void> {
    return this.#turns.run(() => this.#change(topology, this.#now() + deadline));
  }

  /** Stops within `deadline` ms; answers how many lines had to be abandoned. Asked again, it answers the same. */
  stop(deadline = 10_000): Promise<number> {
    this.#stopped ??= this.#turns.run(() => this.#stop(deadline));
    return this.#stopped;
  }

  /** Lets go of everything at once, without waiting for anybody; answers how many lines were abandoned. */
  abort(): number {
    if (this.#isAborted) return 0;
    this.#isAborted = true;
    this.#watch?.cancel();
    this.loop.stop();
    const { sources, pipelines, sinks } = this.#running;
    let lines = 0;
    for (const source of sources.values()) lines += source.abort();
    for (const pipeline of pipelines.values()) {
      lines += pipeline.abandon();
      pipeline.end();
    }
    for (const sink of [...sinks.values(), ...this.#leaving, ...this.#handingOver])
      lines += sink.abandon('abandoned');
    for (const each of [...sources.values(), ...pipelines.values(), ...sinks.values()]) {
      attempt(() => each.dispose()).catch((error: unknown) =>
        reportUnclean(this.#environment.log, each.name, error),
      );
    }
    return lines;
  }

  async #untilSourcesEnd(): Promise<void> {
    const awaited = [...this.#running.sources.values()];
    await Promise.all(awaited.map(({ ended }) => ended));
    // They may have ended because a change takes them out.
    await this.#turns.idle();
    const sources = new Set(this.#running.sources.values());
    const isTheSame = sources.size === awaited.length && awaited.every((source) => sources.has(source));
    return isTheSame ? undefined : this.#untilSourcesEnd();
  }

  async #change(next: Topology, until: number): Promise<void> {
    if (this.#stopped || this.#isAborted) return;
    checkNames(next);
    const before = this.#topology;
    const plan = planChange(before, next);
    const made = new Construction(this.#environment, this.ledger);
    try {
      await made.addPipelines(plan.pipelines);
      await made.addSources(plan.sources.early);
      await made.addSinks(plan.sinks.early);
    } catch (error) {
      await made.dispose();
      throw error;
    }
    const unused = await this.#takeApart(plan, next, until);
    if (this.#isAborted) return made.dispose();
    try {
      await made.addSources(plan.sources.late);
      await made.addSinks(plan.sinks.late);
    } catch (error) {
      await made.dispose();
      await this.#goBack(before, plan, unused);
      throw error;
    }
    // What stood in for a sink that could not be started again.
    for (const [name, sink] of this.#running.sinks) {
      if (next.sinks.has(name)) continue;
      this.#running.sinks.delete(name);
      unused.push(sink);
    }
    await this.#use(next, made, plan);
    await this.#ending.sinks(unused, until);
  }

  /** Ends what has to end before something else can begin; answers the sinks that may go on until they are drained. */
  async #takeApart(plan: ChangePlan, next: Topology, until: number): Promise<SinkRunner[]> {
    const { sources, pipelines, sinks } = this.#running;
    const goneSources = plan.goneSources.map((name) => sources.get(name)!);
    await this.#ending.sources(goneSources, until);
    for (const { name } of goneSources) sources.delete(name);
    for (const name of plan.held) (sources.get(name) ?? pipelines.get(name))?.out.hold();
    for (const name of plan.drainedPipelines) await this.#ending.pipeline(pipelines.get(name)!, until);
    for (const name of plan.heldSinks) sinks.get(name)!.deadLetters.hold();
    const goneSinks = plan.goneSinks.map((name) => sinks.get(name)!);
    const isExchanged = ({ name }: SinkRunner): boolean => plan.exchangedSinks.has(name);
    const exchanged = goneSinks.filter(isExchanged);
    for (const sink of exchanged) this.#handingOver.add(sink);
    await this.#ending.sinks(
      exchanged,
      until,
      ({ name, type }) => next.sinks.get(name)?.definition.type === type,
    );
    for (const { name } of goneSinks) sinks.delete(name);
    const unused = goneSinks.filter((sink) => !isExchanged(sink));
    for (const sink of unused) this.#leaving.add(sink);
    return unused;
  }

  /** Takes what was made into use, connects everything, and lets lines flow. */
  async #use(topology: Topology, made: Construction, plan: ChangePlan): Promise<void> {
    await refill(made.sinks, this.#environment);
    if (this.#isAborted) return made.dispose();
    const { sources, pipelines, sinks } = this.#running;
    for (const [name, source] of made.sources) sources.set(name, source);
    this.#handOver(made.sinks);
    for (const [name, sink] of made.sinks) sinks.set(name, sink);
    for (const name of topology.pipelines.keys()) {
      const account = this.ledger.pipeline(name);
      const runner = pipelines.get(name) ?? new PipelineRunner(name, account, this.#environment.log);
      pipelines.set(name, runner);
      const chain = made.chains.get(name);
      if (chain) runner.use(chain);
    }
    this.#topology = topology;
    this.loop.start();
    this.#watch ??= this.#environment.clock.every(LOOK_INTERVAL, () => this.#look());
    connect(this.#running, topology);
    // No line can have come in between: those that are handed over are the first.
    for (const sink of this.#handingOver) sinks.get(sink.name)?.takeOver(sink.claim());
    this.#handingOver.clear();
    for (const [name, runner] of pipelines) {
      if (topology.pipelines.has(name)) continue;
      pipelines.delete(name);
      runner.end();
    }
    for (const name of plan.held) (sources.get(name) ?? pipelines.get(name))?.out.resume();
    for (const source of made.sources.values()) source.run();
    return undefined;
  }

  /** Ends sinks that fail, or could not be started, in favour of those in their place. */
  #handOver(made: ReadonlyMap<string, SinkRunner>): void {
    const parked = [...this.#running.sinks.values()].filter(({ isParked }) => isParked);
    for (const sink of [...this.#leaving, ...parked]) {
      const other = made.get(sink.name);
      if (!other || !sink.isFailing || !sink.canHandOver) continue;
      this.#handingOver.add(sink);
      if (other.type === sink.type) sink.handOver();
      else if (sink.isParked) sink.abandon('unavailable');
      if (sink.isParked) void sink.dispose();
    }
  }

  /** Brings back what a change that failed has ended, as far as that can be started again. */
  async #goBack(before: Topology, plan: ChangePlan, unused: readonly SinkRunner[]): Promise<void> {
    const { sinks } = this.#running;
    for (const sink of unused) {
      this.#leaving.delete(sink);
      sinks.set(sink.name, sink);
    }
    const again = new Construction(this.#environment, this.ledger);
    const lost = await addWhatCanBe(again, before, plan, this.#environment.log);
    for (const name of lost.sinks) {
      // It takes the place of the sink, and lines as far as the queue allows, until a change brings the sink back.
      const { definition, queue, retry } = before.sinks.get(name)!;
      const account = this.ledger.sink(name);
      const init = {
        name,
        type: definition.type,
        sink: { write: () => {} },
        queue: inMemory(queue),
        retry,
        account,
      };
      const parked = new SinkRunner({ ...init, ...this.#environment });
      parked.park();
      sinks.set(name, parked);
    }
    await this.#use({ ...before, sinks: inMemoryOnly(before.sinks, lost.sinks) }, again, plan);
    // The next change tries again.
    this.#topology = {
      sources: without(before.sources, lost.sources),
      pipelines: without(before.pipelines, lost.pipelines),
      sinks: without(before.sinks, lost.sinks),
    };
  }

  async #stop(deadline: number): Promise<number> {
    if (this.#isAborted) return 0;
    const { sources, pipelines, sinks } = this.#running;
    const until = this.#now() + deadline;
    for (const sink of sinks.values()) sink.expectStop();
    let lines = await this.#ending.sources([...sources.values()], until);
    for (const name of inFlowOrder(this.#topology.pipelines)) {
      lines += await this.#ending.pipeline(pipelines.get(name)!, until);
    }
    lines += await this.#ending.sinks([...sinks.values()], until);
    for (const pipeline of pipelines.values()) pipeline.end();
    this.#watch?.cancel();
    this.loop.stop();
    return lines;
  }

  #look(): void {
    for (const sink of [...this.#running.sinks.values(), ...this.#leaving]) sink.look();
  }

  #now(): number {
    return this.#environment.clock.monotonic();
  }
}
