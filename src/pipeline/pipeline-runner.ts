/**
 * Runs one pipeline: its operators, and the way on to its sinks and to the pipelines behind it.
 */
import { type Observable, Subject, type Subscription } from 'rxjs';
import type { Batch } from '../core/batch.ts';
import type { PipelineAccount } from '../core/ledger.ts';
import type { OperatorChain } from './operator-chain.ts';
import type { Receiver } from './source-runner.ts';

export class PipelineRunner {
  readonly name: string;
  /** What leaves the operators, for whoever wants to watch. Watching changes nothing and costs no credit. */
  readonly batches$: Observable<Batch>;
  /** Sinks, and pipelines behind this one. May change while it runs. */
  receivers: readonly Receiver[] = [];
  readonly #account: PipelineAccount;
  readonly #watched = new Subject<Batch>();
  #chain: OperatorChain | undefined;
  #subscription: Subscription | undefined;
  #complete: Promise<void> = Promise.resolve();

  constructor(name: string, account: PipelineAccount) {
    this.name = name;
    this.#account = account;
    this.batches$ = this.#watched.asObservable();
    account.inFlight = () => this.#chain?.held ?? 0;
  }

  /** Takes a chain of operators into use. The one before must have been drained. */
  use(chain: OperatorChain): void {
    this.#chain = chain;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#complete = promise;
    this.#subscription = chain.output$.subscribe({ next: (batch) => this.#route(batch), complete: resolve });
  }

  /** Takes a batch, and with it one keeper of its delivery. */
  readonly receive: Receiver = (batch) => {
    this.#account.received += batch.length;
    this.#chain!.next(batch);
  };

  /** Ends the input of the operators and waits until they have given away what they hold. */
  async drain(): Promise<void> {
    this.#chain?.complete();
    await this.#complete;
  }

  async dispose(): Promise<void> {
    this.#subscription?.unsubscribe();
    await this.#chain?.dispose();
  }

  /** Says that no batch will come any more. */
  end(): void {
    this.#watched.complete();
  }

  #route(batch: Batch): void {
    const { receivers } = this;
    this.#account.offered += batch.length;
    this.#account.routed += batch.length * receivers.length;
    if (receivers.length > 0) batch.delivery.retain(receivers.length);
    for (const receive of receivers) receive(batch);
    if (this.#watched.observed) this.#watched.next(batch);
    batch.delivery.release();
  }
}
