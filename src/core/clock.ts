/**
 * The clock seam: the only place that asks the machine for the time or sets a timer, so that tests can make time jump.
 */

/** A running timer. */
export interface Timer {
  /** Stops it; safe after it has fired. */
  cancel(): void;
}

/** Time, as far as LogCaster is concerned. */
export interface Clock {
  /** The wall clock in ms since the epoch. It can jump, back too. */
  now(): number;
  /** A clock that only goes forward, in ms from an arbitrary start. */
  monotonic(): number;
  /** Calls `action` once after `delay` ms. It does not keep the process alive. */
  after(delay: number, action: () => void): Timer;
  /** Calls `action` every `interval` ms. It does not keep the process alive. */
  every(interval: number, action: () => void): Timer;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delay, action) {
    const timer = setTimeout(action, delay).unref();
    return { cancel: () => clearTimeout(timer) };
  },
  every(interval, action) {
    const timer = setInterval(action, interval).unref();
    return { cancel: () => clearInterval(timer) };
  },
};

/** Waits `delay` ms, or until `signal` is aborted; never rejects. */
export function sleep(clock: Clock, delay: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = clock.after(delay, finish);
    signal?.addEventListener('abort', finish, { once: true });
    function finish(): void {
      timer.cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    }
  });
}
