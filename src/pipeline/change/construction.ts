/** Components that are made and started, but not in use yet. What cannot be started is disposed of at once. */
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { FileSystem } from '../../core/file-system.ts';
import type { Ledger } from '../../core/ledger.ts';
import type { Logger } from '../../core/logger.ts';
import { makeNamed, mustHave, startNamed } from '../containment/beginnings.ts';
import type { Calls } from '../containment/calls.ts';
import { toComponentClock } from '../containment/contained.ts';
import { attempt, within } from '../containment/within.ts';
import { OperatorChain } from '../operator/operator-chain.ts';
import { SinkRunner } from '../sink/sink-runner.ts';
import { SourceRunner } from '../source/source-runner.ts';
import type { PipelineNode, SinkNode, SourceNode } from '../topology.ts';

/** The seams, and who is told. */
export interface Environment {
  readonly clock: Clock;
  readonly fs: FileSystem;
  readonly log: Logger;
  /** Is told who is called; by default nobody looks at it. */
  readonly calls?: Calls | undefined;
}

/** How long components may take to be disposed of when a start fails, in ms. */
const DISPOSE_TIMEOUT = 5000;

type Nodes<Node> = ReadonlyMap<string, Node>;

export class Construction {
  readonly chains = new Map<string, OperatorChain>();
  readonly sources = new Map<string, SourceRunner>();
  readonly sinks = new Map<string, SinkRunner>();
  readonly #environment: Environment;
  readonly #ledger: Ledger;

  constructor(environment: Environment, ledger: Ledger) {
    this.#environment = environment;
    this.#ledger = ledger;
  }

  /**
   * Makes the operators of pipelines.
   *
   * @throws what an operator throws
   */
  async addPipelines(nodes: Nodes<PipelineNode>): Promise<void> {
    for (const [name, { through }] of nodes) {
      const account = this.#ledger.pipeline(name);
      const chain = new OperatorChain({ ...this.#environment, name, operators: through, account });
      await this.#start(chain, () => chain.start());
      this.chains.set(name, chain);
    }
  }

  /**
   * Makes and starts sources.
   *
   * @throws what a source throws
   */
  async addSources(nodes: Nodes<SourceNode>): Promise<void> {
    for (const [name, node] of nodes) {
      const account = this.#ledger.source(name);
      const subject = `source ${name} (${node.definition.type})`;
      const init = { ...this.#environment, name, node, account };
      const runner = makeNamed(subject, () => new SourceRunner(init));
      await this.#start(runner, () => startNamed(subject, this.#environment, () => runner.start()));
      this.sources.set(name, runner);
    }
  }

  /**
   * Makes and starts sinks.
   *
   * @throws what a sink throws
   */
  async addSinks(nodes: Nodes<SinkNode>): Promise<void> {
    for (const [name, { definition, options, queue, retry, breaker }] of nodes) {
      const subject = `sink ${name} (${definition.type})`;
      const { fs, log } = this.#environment;
      const clock = toComponentClock(`sink ${name}`, this.#environment);
      const sink = makeNamed(subject, () =>
        mustHave(definition.create(options, { name, fs, log, clock }), 'write', 'writeAll'),
      );
      const account = this.#ledger.sink(name);
      const runner = new SinkRunner({
        name,
        type: definition.type,
        sink,
        queue,
        retry,
        breaker,
        account,
        ...this.#environment,
        sinkClock: clock,
      });
      await this.#start(runner, () => startNamed(subject, this.#environment, () => runner.start()));
      this.sinks.set(name, runner);
    }
  }

  /** Disposes of everything: it is not going to be used. */
  async dispose(): Promise<void> {
    const all = [...this.chains.values(), ...this.sources.values(), ...this.sinks.values()];
    await Promise.all(all.map((each) => this.#dispose(each)));
  }

  async #start(
    component: OperatorChain | SourceRunner | SinkRunner,
    start: () => Promise<void>,
  ): Promise<void> {
    try {
      await start();
    } catch (error) {
      await this.#dispose(component);
      throw error;
    }
  }

  async #dispose(component: OperatorChain | SourceRunner | SinkRunner): Promise<void> {
    const { clock, log } = this.#environment;
    await within(
      clock,
      DISPOSE_TIMEOUT,
      attempt(() => component.dispose()),
      (error) => log.error({ error }, `could not be closed cleanly: ${messageOf(error)}`),
    );
  }
}
