/**
 * What a component may do wrong outside of the calls that the pipeline guards anyway: a log that throws, a timer whose action
 * throws or that is left running, an answer that is none. Each is named, and goes no further.
 */
import type { Clock, Timer, TimerOptions } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { LogData, Logger } from '../../core/logger.ts';
import { Occasionally } from '../occasionally.ts';
import { type Callee, Calls } from './calls.ts';

/** A log that never throws: an entry that cannot be written is without its data, or lost. */
export function containedLogger(log: Logger): Logger {
  const level =
    (name: keyof Logger) =>
    (data: LogData, message: string): void => {
      try {
        log[name](data, message);
      } catch {
        try {
          log[name]({}, message);
        } catch {
          // There is nobody to tell.
        }
      }
    };
  return { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
}

export interface ComponentClockInit {
  /** For messages: `sink out`. */
  readonly subject: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly callee: Callee;
}

/** The clock of one component. It knows the timers that are set. */
export class ComponentClock implements Clock {
  readonly #init: ComponentClockInit;
  readonly #timers = new Set<Timer>();
  readonly #failures: Occasionally;
  #hasEnded = false;

  constructor(init: ComponentClockInit) {
    this.#init = init;
    this.#failures = new Occasionally(init.clock);
  }

  now(): number {
    return this.#init.clock.now();
  }

  monotonic(): number {
    return this.#init.clock.monotonic();
  }

  after(delay: number, action: () => void, options?: TimerOptions): Timer {
    const timer = this.#keep((run) =>
      this.#init.clock.after(
        delay,
        () => {
          this.#timers.delete(timer);
          run(action);
        },
        options,
      ),
    );
    return timer;
  }

  every(interval: number, action: () => void): Timer {
    return this.#keep((run) => this.#init.clock.every(interval, () => run(action)));
  }

  /** Stops what the component has left running. */
  end(): void {
    this.#hasEnded = true;
    const left = this.#timers.size;
    for (const timer of this.#timers) timer.cancel();
    if (left === 0) return;
    const { subject, log } = this.#init;
    const timers = left === 1 ? '1 timer' : `${left} timers`;
    log.warn(
      { component: subject, timers: left },
      `${subject}: left ${timers} running, which are stopped now`,
    );
  }

  #keep(set: (run: (action: () => void) => void) => Timer): Timer {
    if (this.#hasEnded) return { cancel: () => {} };
    const inner = set((action) => this.#run(action));
    const timer: Timer = {
      cancel: () => {
        this.#timers.delete(timer);
        inner.cancel();
      },
    };
    this.#timers.add(timer);
    return timer;
  }

  #run(action: () => void): void {
    const { subject, log, callee } = this.#init;
    try {
      callee.run(action);
    } catch (error) {
      this.#failures.add(1, (times) =>
        log.error({ component: subject, error, times }, `${subject}: a timer failed: ${messageOf(error)}`),
      );
    }
  }
}

/** Makes the clock of a component. */
export function toComponentClock(
  subject: string,
  {
    clock,
    log,
    calls = new Calls(clock),
  }: Omit<ComponentClockInit, 'subject' | 'callee'> & {
    readonly calls?: Calls | undefined;
  },
): ComponentClock {
  return new ComponentClock({ subject, clock, log, callee: calls.callee(subject) });
}

/** What a component answers, if it is what it should be; else nothing, also when it throws. */
export function answerOf<T>(ask: () => unknown, isRight: (answer: unknown) => answer is T): T | undefined {
  try {
    const answer = ask();
    // Nobody is going to wait for it.
    if (answer instanceof Promise) answer.catch(() => {});
    return isRight(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}

export function isText(answer: unknown): answer is string {
  return typeof answer === 'string';
}

export function isCount(answer: unknown): answer is number {
  return Number.isSafeInteger(answer) && (answer as number) >= 0;
}
