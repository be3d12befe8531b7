/**
 * What a stream operator gets as its input: an observable that catches what its subscribers throw. An exception in an
 * operator such as `map` RxJS passes on as an error by itself; one in a plain observer (`batches$.subscribe(batch => …)`), or an
 * error for which an observer has no handler, it throws where nobody can catch it, and the process ends.
 */
import { Observable, type Observer, type Operator, type Subscription } from 'rxjs';

type Next<T> = (value: T) => void;

/** An observable whose plain subscribers, and those of what is made of it with `pipe`, cannot end the process. */
export class GuardedObservable<T> extends Observable<T> {
  readonly #onError: (error: unknown) => void;

  /** @param onError - Gets what a subscriber throws, and errors that it does not handle. */
  constructor(onError: (error: unknown) => void, source?: Observable<T>) {
    super(source && ((subscriber) => source.subscribe(subscriber)));
    this.#onError = onError;
  }

  /** As RxJS does it for its own observables: what `pipe` makes is of this class, too. */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new GuardedObservable<R>(this.#onError);
    lifted.source = this;
    lifted.operator = operator;
    return lifted;
  }

  override subscribe(
    observer?: Partial<Observer<T>> | Next<T> | null,
    error?: Next<unknown> | null,
    complete?: (() => void) | null,
  ): Subscription {
    // A subscriber of RxJS, or of a plugin's own copy of it: an operator, which catches what it runs.
    if (observer && 'add' in observer && 'unsubscribe' in observer) return super.subscribe(observer);
    const plain: Partial<Observer<T>> =
      typeof observer === 'object' && observer !== null
        ? observer
        : {
            ...(observer && { next: observer }),
            ...(error && { error }),
            ...(complete && { complete }),
          };
    return super.subscribe({
      next: (value) => this.#try(() => plain.next?.(value)),
      error: (reason: unknown) =>
        plain.error ? this.#try(() => plain.error?.(reason)) : this.#onError(reason),
      complete: () => this.#try(() => plain.complete?.()),
    });
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onError(error);
    }
  }
}
