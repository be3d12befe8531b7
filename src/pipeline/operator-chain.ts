/**
 * The operators of one pipeline, one after the other, as RxJS operators. Here the short form is lifted, what operators
 * leave out is counted, and their exceptions are turned into lines that failed, so that a pipeline outlives its operators.
 *
 * Deliveries: a batch that comes in brings one keeper. It goes on with what comes out, is added to when that is several
 * batches, and is released when nothing comes out.
 */
import { Observable, type OperatorFunction, Subject, type Subscriber } from 'rxjs';
import type { Batch } from '../core/batch.ts';
import type { Clock } from '../core/clock.ts';
import type {
  ComponentContext,
  Operator,
  StreamOperator,
  StreamOperatorContext,
  TransformOperator,
} from '../core/component.ts';
import { Delivery } from '../core/delivery.ts';
import { messageOf } from '../core/errors.ts';
import type { FileSystem } from '../core/file-system.ts';
import type { PipelineAccount } from '../core/ledger.ts';
import type { Logger } from '../core/logger.ts';
import type { OperatorNode } from './topology.ts';

/** Errors of one operator are logged at most so often, in ms. */
const LOG_INTERVAL = 10_000;

export interface OperatorChainInit {
  /** The pipeline's name. */
  readonly name: string;
  readonly operators: readonly OperatorNode[];
  readonly account: PipelineAccount;
  readonly clock: Clock;
  readonly fs: FileSystem;
  readonly log: Logger;
}

/** A chain of operators, with its input and its output. */
export class OperatorChain {
  /** What leaves the last operator. It completes after the input has. */
  readonly output$: Observable<Batch>;
  readonly #input = new Subject<Batch>();
  readonly #links: readonly OperatorLink[];

  constructor(init: OperatorChainInit) {
    this.#links = init.operators.map((node) => new OperatorLink(node, init));
    this.output$ = this.#links.reduce<Observable<Batch>>(
      (batches$, link) => batches$.pipe(link.lift()),
      this.#input,
    );
  }

  /** Lets the operators load what they need. Called once, before the first batch. */
  async start(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.start()));
  }

  /** Lines that operators hold. */
  get held(): number {
    return this.#links.reduce((sum, link) => sum + link.held, 0);
  }

  next(batch: Batch): void {
    this.#input.next(batch);
  }

  /** Ends the input, so that operators give away what they hold. */
  complete(): void {
    this.#input.complete();
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.dispose()));
  }
}

/** One operator in its place: it counts what goes in and comes out. */
class OperatorLink {
  readonly #name: string;
  readonly #operator: Operator;
  readonly #account: PipelineAccount;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #pipeline: string;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #in = 0;
  #out = 0;
  #created = 0;
  /** Lines that the operator itself said ended here, for whatever reason. */
  #ended = 0;

  constructor(node: OperatorNode, init: OperatorChainInit) {
    this.#name = node.name;
    this.#account = init.account;
    this.#log = init.log;
    this.#clock = init.clock;
    this.#pipeline = init.name;
    const context: ComponentContext = { name: node.name, log: init.log, clock: init.clock, fs: init.fs };
    this.#operator = node.definition.create(node.options, { ...context, ...this.#counters() });
  }

  /** Lines that went in and have not come out or been counted. */
  get held(): number {
    return this.#in + this.#created - this.#out - this.#ended;
  }

  lift(): OperatorFunction<Batch, Batch> {
    const operator = this.#operator;
    return 'transform' in operator ? this.#liftTransform(operator) : this.#liftStream(operator);
  }

  async start(): Promise<void> {
    await this.#operator.start?.();
  }

  async dispose(): Promise<void> {
    await this.#operator[Symbol.asyncDispose]?.();
  }

  #counters(): Omit<StreamOperatorContext, keyof ComponentContext> {
    return {
      filtered: (lines) => {
        this.#account.filtered.add(this.#name, lines, true);
        this.#ended += lines;
      },
      dropped: (policy, lines) => {
        this.#account.dropped.add(policy, lines, true);
        this.#ended += lines;
      },
      failed: (error, lines) => {
        this.#account.failed.add(this.#name, lines, false);
        this.#ended += lines;
        this.#report(error, lines);
      },
      merged: (lines) => {
        this.#account.merged += lines;
        this.#ended += lines;
      },
      created: (lines) => {
        this.#account.created += lines;
        this.#created += lines;
      },
    };
  }

  #report(error: unknown, lines: number): void {
    const now = this.#clock.monotonic();
    if (now - this.#loggedAt < LOG_INTERVAL) return;
    this.#loggedAt = now;
    const place = { pipeline: this.#pipeline, operator: this.#name };
    this.#log.error(
      { ...place, error, lines },
      `${this.#pipeline}: ${this.#name} failed on ${lines} lines: ${messageOf(error)}`,
    );
  }

  #fail(error: unknown, lines: number): void {
    this.#account.failed.add(this.#name, lines, false);
    this.#ended += lines;
    this.#report(error, lines);
  }

  #liftTransform(operator: TransformOperator): OperatorFunction<Batch, Batch> {
    return (batches$) =>
      new Observable<Batch>((subscriber) =>
        batches$.subscribe({
          next: (batch) => this.#transform(operator, batch, subscriber),
          complete: () => subscriber.complete(),
        }),
      );
  }

  #transform(operator: TransformOperator, batch: Batch, subscriber: Subscriber<Batch>): void {
    const heldBefore = this.held;
    this.#in += batch.length;
    let result: Batch | readonly Batch[] | undefined;
    try {
      result = operator.transform(batch);
    } catch (error) {
      // What it counted before it threw stays counted; the rest failed.
      this.#fail(error, this.held - heldBefore);
      batch.delivery.release(false);
      return;
    }
    if (result === batch) {
      this.#out += batch.length;
      this.#balance(heldBefore);
      subscriber.next(batch);
      return;
    }
    const outputs = (result === undefined ? [] : 'bytes' in result ? [result] : result).filter(
      (out) => out.length > 0,
    );
    for (const output of outputs) this.#out += output.length;
    this.#balance(heldBefore);
    if (outputs.length === 0) return batch.delivery.release();
    if (outputs.length > 1) batch.delivery.retain(outputs.length - 1);
    for (const output of outputs) subscriber.next(output.withDelivery(batch.delivery));
  }

  /** After a transform nothing is held: what is missing was filtered, what is too much was created. */
  #balance(heldBefore: number): void {
    const missing = this.held - heldBefore;
    if (missing > 0) {
      this.#account.filtered.add(this.#name, missing, true);
      this.#ended += missing;
    } else if (missing < 0) {
      this.#account.created -= missing;
      this.#created -= missing;
    }
  }

  /**
   * The full form may hold batches, so each that goes in gets a delivery of its own. If the operator fails, what it holds
   * counts as failed, the deliveries that never came out are let go, and the next batch starts it anew.
   */
  #liftStream(operator: StreamOperator): OperatorFunction<Batch, Batch> {
    return (batches$) =>
      new Observable<Batch>((subscriber) => {
        const inside = new Map<Delivery, (stored: boolean) => void>();
        let input: Subject<Batch> | undefined;

        const enter = (batch: Batch): Batch => {
          let inHand = true;
          const letGo = (stored: boolean): void => {
            inside.delete(own);
            if (inHand) batch.delivery.release(stored);
            inHand = false;
          };
          const own = new Delivery(letGo);
          inside.set(own, letGo);
          return batch.withDelivery(own);
        };
        const fail = (error: unknown): void => {
          input = undefined;
          this.#fail(error, this.held);
          for (const letGo of inside.values()) letGo(false);
        };
        const begin = (): void => {
          const fresh = new Subject<Batch>();
          input = fresh;
          try {
            operator.operate(fresh).subscribe({
              next: (batch) => {
                this.#out += batch.length;
                inside.delete(batch.delivery);
                subscriber.next(batch);
              },
              error: fail,
              complete: () => subscriber.complete(),
            });
          } catch (error) {
            fail(error);
          }
        };

        begin();
        return batches$.subscribe({
          next: (batch) => {
            if (!input) begin();
            this.#in += batch.length;
            const entered = enter(batch);
            if (input) input.next(entered);
            else fail(new Error('the operator could not be started'));
          },
          complete: () => (input ? input.complete() : subscriber.complete()),
        });
      });
  }
}
