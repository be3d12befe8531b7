/**
 * Who is being called: the pipeline says so before and after each call of an operator or a sink, and so it is known, when the
 * event loop was blocked, who had it. Two looks at the clock a call of a whole batch; nothing a line.
 *
 * Time counts for the innermost: what a sink takes that an operator emits to does not count for the operator.
 */
import type { Clock } from '../../core/clock.ts';

/** Somebody who is called, and for how long since the last look. */
export class Callee {
  /** For messages: `operator slow of main`, `sink out`. */
  readonly name: string;
  /** In ms. */
  spent = 0;
  readonly #calls: Calls;

  constructor(name: string, calls: Calls) {
    this.name = name;
    this.#calls = calls;
  }

  /** Says that it is called now; what it answers is for {@link leave}. */
  enter(): Callee | undefined {
    return this.#calls.change(this);
  }

  /** Says that the call has ended. */
  leave(before: Callee | undefined): void {
    this.#calls.change(before);
  }

  /** Calls it. */
  run<T>(work: () => T): T {
    const before = this.enter();
    try {
      return work();
    } finally {
      this.leave(before);
    }
  }
}

/** How long somebody had the event loop. */
export interface Share {
  readonly name: string;
  readonly ms: number;
}

export class Calls {
  readonly #clock: Clock;
  #current: Callee | undefined;
  #since = 0;
  /** Who was called since the last look. */
  #called: Callee[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  callee(name: string): Callee {
    return new Callee(name, this);
  }

  /** Says who is called from now on, if anybody; answers who was until now. */
  change(next: Callee | undefined): Callee | undefined {
    const now = this.#clock.monotonic();
    const before = this.#current;
    if (before) {
      if (before.spent === 0) this.#called.push(before);
      before.spent += now - this.#since;
    }
    this.#current = next;
    this.#since = now;
    return before;
  }

  /** Answers who was called since the last look, those that took longest first, and forgets it. */
  take(): Share[] {
    const shares = this.#called.map(({ name, spent }) => ({ name, ms: spent }));
    this.forget();
    return shares.toSorted((a, b) => b.ms - a.ms);
  }

  /** Forgets who was called. */
  forget(): void {
    for (const callee of this.#called) callee.spent = 0;
    this.#called.length = 0;
  }
}
