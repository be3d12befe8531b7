/**
 * Who is next when credit is scarce. Who got none waits in a queue and is served in its order; until the queue is empty,
 * everybody else who has something goes behind it. So a greedy connection gets one turn for each turn of the others.
 *
 * Invariant: what waits is in the queue once. The cost of a round is that of those who wait, not of all there are.
 */
import type { Clock } from '../../core/clock.ts';

/**
 * What came of a turn: `done`, it waits no longer; `behind`, it goes behind all others; `passed`, it stays where it is, and
 * others may be served before it; `stop`, it stays, and nobody else is served either: there is not enough credit.
 */
export type Turn = 'done' | 'behind' | 'passed' | 'stop';

export class Turns<T> {
  readonly #clock: Clock;
  readonly #serve: (item: T) => Turn;
  /** In the order in which they came. */
  readonly #waiting = new Set<T>();
  #isServing = false;
  #since = 0;
  #elapsed = 0;

  /** @param serve - Serves one. One that goes behind the others must have had something: it is asked again in the same round. */
  constructor(clock: Clock, serve: (item: T) => Turn) {
    this.#clock = clock;
    this.#serve = serve;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** For how many ms, all in all, somebody has waited. */
  get elapsed(): number {
    return this.#elapsed + (this.#waiting.size > 0 ? this.#clock.monotonic() - this.#since : 0);
  }

  has(item: T): boolean {
    return this.#waiting.has(item);
  }

  /** Puts `item` behind all others, unless it waits already. */
  wait(item: T): void {
    if (this.#waiting.size === 0) this.#since = this.#clock.monotonic();
    this.#waiting.add(item);
  }

  /** Serves those who wait, the first first, until one cannot be served. */
  run(): void {
    // Serving can settle lines at once, which gives credit back, which calls this again.
    if (this.#isServing || this.#waiting.size === 0) return;
    this.#isServing = true;
    try {
      for (const item of this.#waiting) {
        const turn = this.#serve(item);
        if (turn === 'stop') break;
        if (turn === 'done') this.#remove(item);
        if (turn === 'behind' && this.#waiting.delete(item)) this.#waiting.add(item);
      }
    } finally {
      this.#isServing = false;
    }
  }

  /** Lets everybody go; answers who that was, the first first. */
  clear(): T[] {
    const items = [...this.#waiting];
    for (const item of items) this.#remove(item);
    return items;
  }

  #remove(item: T): void {
    if (this.#waiting.delete(item) && this.#waiting.size === 0) {
      this.#elapsed += this.#clock.monotonic() - this.#since;
    }
  }
}
