/** Log entries about what happens often. */
import type { Clock } from '../core/clock.ts';

/** How long it is silent after an entry, in ms. */
const INTERVAL = 10_000;

/** Says something at once, and then at most once in a while, with how much of it there was in between. */
export class Occasionally {
  readonly #clock: Clock;
  #saidAt = Number.NEGATIVE_INFINITY;
  #amount = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `say`, if it is time, with all that was added since it was called last. */
  add(amount: number, say: (amount: number) => void): void {
    this.#amount += amount;
    const now = this.#clock.monotonic();
    if (now - this.#saidAt < INTERVAL) return;
    this.#saidAt = now;
    const sum = this.#amount;
    this.#amount = 0;
    say(sum);
  }
}
