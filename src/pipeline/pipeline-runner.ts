/**
 * Runs one pipeline: its operators, and the way on to its sinks and to the pipelines behind it.
 */
import { type Observable, Subject, type Subscription } from 'rxjs';
import type { Batch } from '../core/batch.ts';
import { Delivery } from '../core/delivery.ts';
import type { PipelineAccount } from '../core/ledger.ts';
import type { Logger } from '../core/logger.ts';
import type { Passage } from '../core/passage.ts';
import { release } from './containment/release.ts';
import { FanOut, type Receiver } from './fan-out.ts';
import type { OperatorChain } from './operator/operator-chain.ts';

export class PipelineRunner {
  readonly name: string;
  /** What leaves the operators, for whoever wants to watch. Watching changes nothing and costs no credit. */
  readonly batches$: Observable<Batch>;
  /** The way to the sinks, and to the pipelines behind this one. */
  readonly out: FanOut;
  readonly #account: PipelineAccount;
  readonly #log: Logger;
  /** Where what it lets out stands, for whoever has to know what is where already. */
  readonly #passage: Passage;
  #sent = 0;
  readonly #watched = new Subject<Batch>();
  readonly #leaveAccount: () => void;
  #chain: OperatorChain | undefined;
  #isOpen = false;
  #subscription: Subscription | undefined;
  #drained: Promise<void> = Promise.resolve();

  constructor(name: string, account: PipelineAccount, log: Logger) {
    this.name = name;
    this.#passage = { pipeline: name };
    this.#account = account;
    this.#log = log;
    this.batches$ = this.#watched.asObservable();
    this.out = new FanOut((lines, receivers) => {
      account.offered += lines;
      account.routed += lines * receivers;
    }, log);
    this.#leaveAccount = account.inFlight.add(() => (this.#chain?.held ?? 0) + this.out.held);
  }

  /** Takes a chain of operators into use. The one before must be closed. */
  use(chain: OperatorChain): void {
    this.#chain = chain;
    this.#isOpen = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained = promise;
    this.#subscription = chain.output$.subscribe({ next: (batch) => this.#send(batch), complete: resolve });
  }

  /** Takes a batch, and with it one keeper of its delivery. */
  readonly receive: Receiver = (batch) => {
    this.#account.received += batch.length;
    if (this.#chain && this.#isOpen) return this.#chain.next(batch);
    this.#account.dropped.add('abandoned', batch.length, false);
    release(batch, false, this.#log);
  };

  /** Ends the input of the operators and waits until they have given away what they hold. */
  async drain(): Promise<void> {
    this.#isOpen = false;
    this.#chain?.complete();
    await this.#drained;
  }

  /** Ends the operators; answers how many lines they, or this, still held and had to be abandoned. */
  abandon(): number {
    this.#isOpen = false;
    this.#subscription?.unsubscribe();
    const lines = (this.#chain?.abandon() ?? 0) + this.out.abandon();
    this.#account.dropped.add('abandoned', lines, false);
    return lines;
  }

  /** Disposes of the operators, which must be drained or abandoned. */
  async dispose(): Promise<void> {
    await this.#chain?.dispose();
  }

  /** Says that no batch will come any more. */
  end(): void {
    this.#leaveAccount();
    this.#watched.complete();
  }

  #send(batch: Batch): void {
    if (batch.length === 0) return release(batch, true, this.#log);
    const placed = batch.withPosition({ passage: this.#passage, first: this.#sent });
    this.#sent += batch.length;
    this.out.send(placed);
    if (this.#watched.observed) this.#watched.next(batch.withDelivery(Delivery.ignored));
  }
}
