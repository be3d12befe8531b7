/**
 * A clock that stands still until a test moves it. Timers fire inside {@link ManualClock.advance}, in the order of their
 * time, and see their own time as now.
 */
import type { Clock, Timer } from '../../src/core/clock.ts';

interface Entry {
  at: number;
  readonly interval: number | undefined;
  readonly action: () => void;
}

/** Time that a test moves. */
export class ManualClock implements Clock {
  readonly #start: number;
  readonly #timers = new Set<Entry>();
  #elapsed = 0;
  #skew = 0;

  /** @param start - The wall clock at the beginning, in ms since the epoch. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#start = start;
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#start + this.#elapsed + this.#skew;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(delay: number, action: () => void): Timer {
    return this.#add(delay, undefined, action);
  }

  every(interval: number, action: () => void): Timer {
    return this.#add(interval, interval, action);
  }

  /** Lets `ms` pass: what is due fires, also what is set meanwhile. */
  advance(ms: number): void {
    const target = this.#elapsed + ms;
    for (let next = this.#earliest(); next && next.at <= target; next = this.#earliest()) {
      this.#elapsed = Math.max(this.#elapsed, next.at);
      if (next.interval === undefined) this.#timers.delete(next);
      else next.at += Math.max(next.interval, 1);
      next.action();
    }
    this.#elapsed = target;
  }

  /** Sets the wall clock back or ahead by `ms`, as an administrator does; no timer notices. */
  jump(ms: number): void {
    this.#skew += ms;
  }

  #add(delay: number, interval: number | undefined, action: () => void): Timer {
    const entry: Entry = { at: this.#elapsed + delay, interval, action };
    this.#timers.add(entry);
    return { cancel: () => void this.#timers.delete(entry) };
  }

  /** The timer that fires next; of several at one time the one that was set first. */
  #earliest(): Entry | undefined {
    let earliest: Entry | undefined;
    for (const entry of this.#timers) {
      if (!earliest || entry.at < earliest.at) earliest = entry;
    }
    return earliest;
  }
}
