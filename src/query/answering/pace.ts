/**
 * Keeps work on the main thread from being felt: it is cut into slices of about a millisecond, and between two slices the event
 * loop turns. All work of one pace takes turns, so that many answers together have one slice a turn, not one each.
 */
import type { Clock } from '../../core/clock.ts';

/** How long a slice takes, in ms. */
const SLICE = 1;

/** Gives out slices. */
export class Pace {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #isScheduled = false;
  #until = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the slice that runs is used up: time to {@link turn}. */
  get isOver(): boolean {
    return this.#clock.monotonic() >= this.#until;
  }

  /** Waits for the next slice. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#until = this.#clock.monotonic() + SLICE;
      this.#waiting.shift()!();
      this.#schedule();
    });
  }
}
