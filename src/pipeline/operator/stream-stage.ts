/**
 * Lifts the full form of an operator, which may hold batches over time. Each batch that goes in gets a delivery of its
 * own, so that what an operator that failed never lets go can be let go for it.
 *
 * - It fails (an error, an exception, something emitted that is no batch): what it holds counts as failed, and the next
 *   batch starts it anew.
 * - It completes before its input does: it wants no more. What it holds, and all that comes, counts as filtered.
 * - It completes behind its input, as it should, but still holds lines: they count as failed.
 *
 * When lines are let go for it, all that it has not settled is told as not stored, even what it emitted already and what
 * may still be stored: which of its lines a delivery stands for, only the operator knows. A source that acknowledges sends
 * such lines again. At least once, never less.
 */
import { Observable, Subject, type Subscriber, Subscription } from 'rxjs';
import type { Batch } from '../../core/batch.ts';
import type { StreamOperator } from '../../core/component.ts';
import { Delivery } from '../../core/delivery.ts';
import type { Callee } from '../containment/calls.ts';
import { isBatch } from '../containment/is-batch.ts';
import { release, sound } from '../containment/release.ts';
import { GuardedObservable } from './guarded-observable.ts';
import type { OperatorBooks } from './operator-books.ts';
import type { Stage } from './transform-stage.ts';

/** Makes a stage of the full form of an operator. */
export function toStreamStage(operator: StreamOperator, books: OperatorBooks, callee: Callee): Stage {
  let running: StreamRun | undefined;
  return {
    lift: (batches$) =>
      new Observable((subscriber) => {
        running = new StreamRun(operator, books, callee, subscriber);
        return batches$.subscribe(running);
      }),
    abandon: () => running?.abandon() ?? 0,
  };
}

class StreamRun {
  readonly #operator: StreamOperator;
  readonly #books: OperatorBooks;
  readonly #callee: Callee;
  readonly #subscriber: Subscriber<Batch>;
  /** How to let go of the batches that went in and are not settled. */
  readonly #unsettled = new Set<() => void>();
  /** Where batches go in, while the operator works. */
  #input: Subject<Batch> | undefined;
  #working = Subscription.EMPTY;
  #inputIsComplete = false;
  #wantsNoMore = false;

  constructor(operator: StreamOperator, books: OperatorBooks, callee: Callee, subscriber: Subscriber<Batch>) {
    this.#operator = operator;
    this.#books = books;
    this.#callee = callee;
    this.#subscriber = subscriber;
    this.#begin();
  }

  next(batch: Batch): void {
    if (!this.#input && !this.#wantsNoMore) this.#begin();
    this.#books.wentIn(batch.length);
    if (this.#input) {
      const before = this.#callee.enter();
      try {
        return this.#input.next(this.#enter(batch));
      } finally {
        this.#callee.leave(before);
      }
    }
    if (this.#wantsNoMore) this.#books.filtered(batch.length);
    else this.#books.failed(new Error('it could not be started'), batch.length);
    release(batch, this.#wantsNoMore, this.#books.log);
  }

  complete(): void {
    this.#inputIsComplete = true;
    if (this.#input) this.#callee.run(() => this.#input?.complete());
    else this.#subscriber.complete();
  }

  abandon(): number {
    this.#working.unsubscribe();
    this.#input = undefined;
    const lines = this.#books.abandon();
    this.#letGo();
    return lines;
  }

  #begin(): void {
    const input = new Subject<Batch>();
    const fail = (error: unknown): void => {
      if (this.#input === input) this.#fail(error);
    };
    this.#input = input;
    const working = new Subscription();
    this.#working = working;
    try {
      working.add(
        this.#operator.operate(new GuardedObservable(fail, input)).subscribe({
          next: (batch) => (isBatch(batch) ? this.#emit(batch) : fail(new TypeError('it emitted no batch'))),
          error: fail,
          complete: () => this.#finish(input),
        }),
      );
    } catch (error) {
      fail(error);
    }
  }

  #enter(batch: Batch): Batch {
    let inHand = true;
    const leave = (stored: boolean): void => {
      this.#unsettled.delete(letGo);
      if (inHand) release(batch, stored, this.#books.log);
      inHand = false;
    };
    const letGo = (): void => leave(false);
    this.#unsettled.add(letGo);
    return batch.withDelivery(new Delivery(leave));
  }

  #emit(batch: Batch): void {
    this.#books.cameOut(batch.length);
    // It made lines and did not say so.
    if (this.#books.held < 0) this.#books.balance(0);
    this.#subscriber.next(sound(batch));
  }

  #fail(error: unknown): void {
    this.#input = undefined;
    this.#working.unsubscribe();
    this.#books.failed(error, this.#books.held);
    this.#letGo();
    if (this.#inputIsComplete) this.#subscriber.complete();
  }

  #finish(input: Subject<Batch>): void {
    if (this.#input !== input) return;
    this.#input = undefined;
    const { held } = this.#books;
    if (!this.#inputIsComplete) this.#wantsNoMore = true;
    if (held > 0) {
      if (this.#wantsNoMore) this.#books.filtered(held);
      else this.#books.failed(new Error('it has ended and still held lines'), held);
      this.#letGo();
    }
    if (this.#inputIsComplete) this.#subscriber.complete();
  }

  #letGo(): void {
    for (const letGo of this.#unsettled) letGo();
  }
}
