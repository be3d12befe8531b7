/**
 * The bench on which a component is put: a runtime around it, a source that is pushed by hand, a sink that keeps what it
 * gets, and a file system that can be made to fail.
 */
import assert from 'node:assert/strict';
import type { Buffer } from 'node:buffer';
import { Subject } from 'rxjs';
import { type Batch, type Fields, joinLines } from '../core/batch.ts';
import { sleep, systemClock } from '../core/clock.ts';
import type {
  ComponentContext,
  OperatorDefinition,
  SinkDefinition,
  SourceContext,
  SourceDefinition,
} from '../core/component.ts';
import { Runtime } from '../pipeline/runtime.ts';
import {
  DEFAULT_CREDIT,
  DEFAULT_QUEUE,
  DEFAULT_RETRY,
  type OperatorNode,
  type RetrySettings,
  type SinkNode,
  type SourceNode,
} from '../pipeline/topology.ts';
import { pushedSource, tellingOperator, tellingSink } from './bench-parts.ts';
import { DEFAULT_PATIENCE } from './conformance-case.ts';
import { FailingFileSystem } from './failing-file-system.ts';
import { KeptLog } from './kept-log.ts';
import { checkOptions } from './options.ts';
import { isAnyTouched, Untouchable } from './untouchable.ts';

const QUICK: RetrySettings = { ...DEFAULT_RETRY, initial: 1, max: 20 };

/** How much of its patience a stop may use up: the pipeline gives sources nine tenths of it, and then ends them. */
const STOP_SHARE = 0.85;

/** A runtime with at most one component under test; what is missing is pushed and kept by the bench. */
export class Bench {
  readonly log = new KeptLog();
  readonly fs = new FailingFileSystem();
  readonly runtime = new Runtime({ clock: systemClock, fs: this.fs, log: this.log });
  /** What reached the bench's own sink, one entry a batch. */
  readonly kept: Batch[] = [];
  /** How often the bench's own sink has settled deliveries. */
  settled = 0;
  lost = 0;
  pushed = 0;
  readonly patience: number;
  /** What the source under test has emitted. */
  readonly emitted = { batches: 0, bytes: 0 };
  readonly #batches$ = new Subject<Batch>();
  readonly #input: Untouchable[] = [];
  readonly #output: Untouchable[] = [];
  #settledWaiters: (() => void)[] = [];
  #stopped: Promise<number> | undefined;
  #context: SourceContext | undefined;
  /** While true the bench's own sink takes nothing. */
  #holding: Promise<void> | undefined;
  #letGo: () => void = () => {};

  /** @param patience - Nothing that should happen takes longer than this, in ms. */
  constructor(patience = DEFAULT_PATIENCE) {
    this.patience = patience;
  }

  /** What every component is given that is not put on a runtime. */
  get context(): ComponentContext {
    return { name: 'component', log: this.log, clock: systemClock, fs: this.fs };
  }

  async sink(definition: SinkDefinition, options: unknown): Promise<void> {
    await this.#start({ sink: await this.#sinkNode(definition, options) });
  }

  async operator(definition: OperatorDefinition, options: unknown): Promise<void> {
    const node = {
      name: definition.type,
      definition,
      options: await checkOptions(definition, options),
      key: '',
    };
    await this.#start({ operator: node });
  }

  async source(definition: SourceDefinition, options: unknown, credit = DEFAULT_CREDIT): Promise<void> {
    await this.#start({
      operator: {
        name: 'count',
        definition: tellingOperator((batch) => this.#count(batch)),
        options: {},
        key: '',
      },
      source: { definition, options: await checkOptions(definition, options), credit, key: '' },
    });
  }

  /** Sends lines to the sink or the operator under test, as one batch. Lines may have a peer and fields. */
  async push(
    lines: readonly Uint8Array[],
    { peer = 'bench', fields }: { readonly peer?: string; readonly fields?: readonly Fields[] } = {},
  ): Promise<void> {
    const context = this.#context!;
    const joined = joinLines(lines);
    this.#input.push(new Untouchable(joined));
    this.pushed++;
    for (;;) {
      const batch = context.admit(joined, {
        peer,
        ...(fields && { fields }),
        onSettled: (stored) => {
          this.settled++;
          if (!stored) this.lost++;
          if (this.settled === this.pushed) this.#tellSettled();
        },
      });
      if (batch) return this.#batches$.next(batch);
      await new Promise<void>((resolve) => {
        const stop = context.credit.onAvailable(() => {
          stop();
          resolve();
        });
      });
    }
  }

  /** Ends the bench's own source: what operators hold comes out. */
  complete(): void {
    this.#batches$.complete();
  }

  /** Makes the bench's own sink wait, until `release`. */
  hold(): void {
    ({ promise: this.#holding, resolve: this.#letGo } = Promise.withResolvers<void>());
  }

  release(): void {
    this.#letGo();
    this.#holding = undefined;
  }

  /** Forgets what it has kept, so that only the component keeps anything. */
  forget(): void {
    this.kept.length = 0;
    this.log.entries.length = 0;
    this.#input.length = 0;
    this.#output.length = 0;
  }

  /** The lines that reached the bench's own sink. */
  keptLines(): Buffer[] {
    return this.kept.flatMap((batch) =>
      Array.from({ length: batch.length }, (_, index) => batch.line(index)),
    );
  }

  /** How many lines reached the bench's own sink. */
  get keptCount(): number {
    return this.kept.reduce((sum, { length }) => sum + length, 0);
  }

  /** The account of the component under test, and of everything, must add up. */
  balance(): void {
    const ledger = this.runtime.ledger.toJSON();
    assert.equal(ledger.unaccounted, 0, `the ledger does not add up: ${JSON.stringify(ledger)}`);
  }

  /** Nobody may change what a batch holds: others have it too. */
  checkBytes(): void {
    assert.ok(!isAnyTouched(this.#input), 'it changed bytes or bounds of a batch that it was given');
    assert.ok(!isAnyTouched(this.#output), 'it changed bytes or bounds of a batch that it had passed on');
  }

  /** Without trouble there is nothing to complain about. */
  checkLog(): void {
    const errors = this.log.entries.filter(({ level }) => level === 'error');
    assert.deepEqual(
      errors.map(({ message }) => message),
      [],
      'errors are logged although nothing is the matter',
    );
  }

  /** Waits until `condition` holds. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const begin = systemClock.monotonic();
    while (!condition()) {
      if (systemClock.monotonic() - begin > this.patience) this.#giveUp(what);
      await sleep(systemClock, 2, undefined, { keepAlive: true });
    }
  }

  /** Waits for `work`. */
  async within(work: Promise<unknown>, what: string): Promise<void> {
    const waiting = new AbortController();
    const late = sleep(systemClock, this.patience, waiting.signal, { keepAlive: true }).then(() => true);
    try {
      if ((await Promise.race([work, late])) === true) this.#giveUp(what);
    } finally {
      waiting.abort();
    }
  }

  /** Waits until every batch is settled; goes on in the very microtask in which the last one was. */
  async allSettled(): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      if (this.settled === this.pushed) resolve();
      else this.#settledWaiters.push(resolve);
    });
    await this.within(settled, 'every batch is settled');
  }

  /** Stops; answers how many lines were abandoned. Asked again, it answers the same. */
  stop(): Promise<number> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Ends it, after something has failed. */
  async abort(): Promise<void> {
    this.release();
    this.runtime.abort();
    // Not longer than this: it may never have got through its start.
    await Promise.race([this.runtime.stop(1), sleep(systemClock, 2000, undefined, { keepAlive: true })]);
  }

  async #stop(): Promise<number> {
    this.release();
    const begin = systemClock.monotonic();
    const lines = await this.runtime.stop(this.patience);
    if (systemClock.monotonic() - begin > this.patience * STOP_SHARE)
      this.#giveUp('it ends when it is stopped');
    const unclean = this.log.entries.find(({ message }) => message.includes('cleanly'));
    assert.equal(unclean?.message, undefined, 'it could not be ended cleanly');
    return lines;
  }

  #giveUp(what: string): never {
    const last = this.log.entries.slice(-5).map(({ message }) => message);
    const log = last.length === 0 ? '' : `; the log ends with ${JSON.stringify(last)}`;
    return assert.fail(`${what}: not within ${this.patience} ms${log}`);
  }

  #tellSettled(): void {
    const waiters = this.#settledWaiters;
    this.#settledWaiters = [];
    for (const wake of waiters) wake();
  }

  async #sinkNode(definition: SinkDefinition, options: unknown): Promise<SinkNode> {
    return {
      definition,
      options: await checkOptions(definition, options),
      queue: DEFAULT_QUEUE,
      retry: QUICK,
      key: '',
    };
  }

  async #start(parts: {
    readonly source?: SourceNode;
    readonly operator?: OperatorNode;
    readonly sink?: SinkNode;
  }): Promise<void> {
    const source = parts.source ?? {
      definition: pushedSource(
        this.#batches$,
        () => this.complete(),
        (context) => {
          this.#context = context;
        },
      ),
      options: {},
      credit: DEFAULT_CREDIT,
      key: '',
    };
    const sink = parts.sink ?? {
      definition: tellingSink((batch) => this.#keep(batch)),
      options: {},
      queue: DEFAULT_QUEUE,
      retry: QUICK,
      key: '',
    };
    const topology = {
      sources: new Map([['source', source]]),
      pipelines: new Map([
        ['main', { from: ['source'], through: parts.operator ? [parts.operator] : [], to: ['sink'] }],
      ]),
      sinks: new Map([['sink', sink]]),
    };
    await this.within(this.runtime.change(topology), 'it starts');
  }

  #count({ byteLength }: Batch): void {
    this.emitted.batches++;
    this.emitted.bytes += byteLength;
  }

  #keep(batch: Batch): Promise<void> | undefined {
    this.kept.push(batch);
    this.#output.push(new Untouchable(batch));
    return this.#holding;
  }
}
