/** The time that an answer may take: a signal that is aborted when it is over, or when the client is gone. */
import type { Clock } from '../../core/clock.ts';

/** Runs from when it is made; `cancel` when the answer is complete. */
export class Deadline {
  readonly signal: AbortSignal;
  readonly cancel: () => void;
  readonly #clock: Clock;
  readonly #client: AbortSignal;
  readonly #begin: number;

  /** @param timeout - in ms */
  constructor(clock: Clock, timeout: number, client: AbortSignal) {
    const own = new AbortController();
    const end = (): void => own.abort(client.reason);
    const timer = clock.after(timeout, () => own.abort(new Error('the time of the search is over')));
    if (client.aborted) end();
    client.addEventListener('abort', end, { once: true });
    this.#clock = clock;
    this.#client = client;
    this.#begin = clock.monotonic();
    this.signal = own.signal;
    this.cancel = () => {
      timer.cancel();
      client.removeEventListener('abort', end);
    };
  }

  /** ms since it began. */
  get elapsed(): number {
    return this.#clock.monotonic() - this.#begin;
  }

  /** Whether the time is over, and the client still there. */
  get isOver(): boolean {
    return this.signal.aborted && !this.#client.aborted;
  }
}
