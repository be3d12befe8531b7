/** A write that has not ended: since when, and the signal that tells it to end. */
import type { Clock } from '../../core/clock.ts';
import type { WriteContext } from '../../core/component.ts';

export class WriteAttempt implements WriteContext {
  readonly #clock: Clock;
  #beganAt = 0;
  #controller: AbortController | undefined;
  /** Why it was told to end. */
  #reason: Error | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Made only for those that ask for it: most do not. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Whether it was told to end. */
  get isLate(): boolean {
    return this.#reason !== undefined;
  }

  /** In ms, since it was seen that it takes time at all. */
  get duration(): number {
    return this.#clock.monotonic() - this.#beganAt;
  }

  /** It does not end at once. */
  began(): void {
    this.#beganAt = this.#clock.monotonic();
  }

  /** Tells it to end. */
  end(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }
}
