/**
 * The clock seam: the only place that asks the machine for the time or sets a timer, so that tests can make time jump.
 */

/** The longest delay that the machine's timers know, in ms; they take a longer one for none at all. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * A running timer.
 *
 * @remarks Since 0.1.0
 */
export interface Timer {
  /** Stops it; safe after it has fired. */
  cancel(): void;
}

/**
 * How a timer behaves.
 *
 * @remarks Since 0.1.0
 */
export interface TimerOptions {
  /** Whether the process lives on until it has fired: for what lines wait for. @defaultValue false */
  readonly keepAlive?: boolean;
}

/**
 * Time, as far as LogCaster is concerned.
 *
 * @remarks Since 0.1.0
 */
export interface Clock {
  /** The wall clock in ms since the epoch. It can jump, back too. */
  now(): number;
  /** A clock that only goes forward, in ms from an arbitrary start. */
  monotonic(): number;
  /** Calls `action` once after `delay` ms. It does not keep the process alive, unless that is asked for. */
  after(delay: number, action: () => void, options?: TimerOptions): Timer;
  /** Calls `action` every `interval` ms. It does not keep the process alive. */
  every(interval: number, action: () => void): Timer;
}

/**
 * The machine's clock.
 *
 * @remarks Since 0.1.0
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delay, action, { keepAlive = false } = {}) {
    let left = delay;
    const set = (): NodeJS.Timeout => {
      const step = Math.min(left, LONGEST_DELAY);
      left -= step;
      const timeout = setTimeout(left > 0 ? () => (timer = set()) : action, step);
      return keepAlive ? timeout : timeout.unref();
    };
    let timer = set();
    return { cancel: () => clearTimeout(timer) };
  },
  every(interval, action) {
    const timer = setInterval(action, Math.min(interval, LONGEST_DELAY)).unref();
    return { cancel: () => clearInterval(timer) };
  },
};

/** Waits `delay` ms, or until `signal` is aborted; never rejects. */
export function sleep(
  clock: Clock,
  delay: number,
  signal?: AbortSignal,
  options?: TimerOptions,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = clock.after(delay, finish, options);
    signal?.addEventListener('abort', finish, { once: true });
    function finish(): void {
      timer.cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    }
  });
}
