/**
 * Keeps searches on the main thread from being felt.
 *
 * - Work is cut into slices of about a millisecond, and between two slices the event loop turns. All work of one clock takes turns:
 *   many searches together have one slice a turn, not one each.
 * - Where the loop has other work, the next slice waits until that has had as long as the slice before. So all searches together
 *   leave at least half of the thread to those who collect, and what is left of it when those are in need of all: a turn reads no
 *   more than 64 KiB of a connection, which takes a tenth of a slice.
 * - A turn in which next to nothing was done says that nobody waits; then the next slice comes at once.
 */
import { type Clock, systemClock } from './clock.ts';

/** How long a slice takes, in ms. */
const SLICE = 1;

/** A turn with less other work than this is one without, in ms. */
const IDLE_TURN = 0.05;

const paces = new WeakMap<Clock, Pace>();

/** The pace that all work of a clock shares. */
export function paceOf(clock: Clock): Pace {
  const known = paces.get(clock);
  if (known) return known;
  const pace = new Pace(clock, nextTurn);
  paces.set(clock, pace);
  return pace;
}

/** A turn of the event loop, in step with all other searches of this process. */
export function turnOfTheEventLoop(): Promise<void> {
  return paceOf(systemClock).turn();
}

/** Calls back when everything else that waits has had its turn. No timer: it waits for nothing. */
function nextTurn(callback: () => void): void {
  setImmediate(callback);
}

/** Gives out slices. */
export class Pace {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #nextTurn: (callback: () => void) => void;
  readonly #waiting: (() => void)[] = [];
  #isScheduled = false;
  /** When the last slice began, and when it will be over. */
  #began = Number.NEGATIVE_INFINITY;
  #until = Number.NEGATIVE_INFINITY;
  /** Until when everything is known that was done since the last slice. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** How long others may work before the next slice. */
  #owed = 0;
  #isInSlice = false;

  constructor(clock: Pick<Clock, 'monotonic'>, next: (callback: () => void) => void) {
    this.#clock = clock;
    this.#nextTurn = next;
  }

  /** Whether the slice that runs is used up: time to {@link turn}. */
  get isOver(): boolean {
    return this.#clock.monotonic() >= this.#until;
  }

  /** Waits for the next slice. */
  turn(): Promise<void> {
    if (this.#isInSlice) this.#endSlice();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  /** Whoever had the slice is done with it. One that comes back later has waited for something else meanwhile. */
  #endSlice(): void {
    const now = this.#clock.monotonic();
    this.#isInSlice = false;
    this.#owed = Math.min(now - this.#began, 2 * SLICE);
    this.#lookedAt = now;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    this.#nextTurn(() => {
      // Whoever had the slice has ended, or waits for something else.
      if (this.#isInSlice) this.#endSlice();
      this.#isScheduled = false;
      if (!this.#isDue()) return this.#schedule();
      this.#began = this.#clock.monotonic();
      this.#until = this.#began + SLICE;
      this.#isInSlice = true;
      this.#waiting.shift()!();
      this.#schedule();
    });
  }

  #isDue(): boolean {
    const now = this.#clock.monotonic();
    const others = now - this.#lookedAt;
    this.#lookedAt = now;
    this.#owed -= others;
    return this.#owed <= 0 || others < IDLE_TURN;
  }
}
