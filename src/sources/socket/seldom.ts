/**
 * Says what happens often: at once for the first time, then once in a while for all that came meanwhile.
 */
import type { Clock } from '../../core/clock.ts';

/** The least time between two log entries, in ms. */
const INTERVAL = 60_000;

export class Seldom {
  readonly #clock: Clock;
  readonly #say: (count: number) => void;
  #unsaid = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, say: (count: number) => void) {
    this.#clock = clock;
    this.#say = say;
  }

  /** Counts one more. */
  add(): void {
    this.#unsaid++;
    const now = this.#clock.monotonic();
    if (now - this.#saidAt < INTERVAL) return;
    this.#say(this.#unsaid);
    this.#saidAt = now;
    this.#unsaid = 0;
  }
}
