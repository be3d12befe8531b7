/**
 * The circuit breaker of a sink: it keeps a sink that fails from being asked again and again, and its lines from being used
 * up by attempts that cannot succeed.
 *
 *     closed ── so many failures in a row, or a write that hangs ──▶ open: nothing is written
 *       ▲                                                          │ after the pause
 *       │                                                          ▼
 *       └── the probe is stored, or refused on purpose ──── half-open: one line is tried
 *                                                                  │ it fails
 *                                                                  ▼
 *                                                           open, for twice as long
 *
 * What counts as a failure is decided by whoever writes. Without settings it is always closed.
 */
import type { Clock } from '../core/clock.ts';
import type { Figures } from '../core/ledger.ts';
import { backoff } from './retry.ts';
import type { BreakerSettings } from './topology.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

export class Breaker {
  readonly #clock: Clock;
  #settings: BreakerSettings | undefined;
  #state: BreakerState = 'closed';
  /** Wall clock, for people. */
  #since: number;
  #openedAt = 0;
  #failures = 0;
  /** How often it opened since it was closed. */
  #openings = 0;
  #opened = 0;

  constructor(clock: Clock, settings: BreakerSettings | undefined) {
    this.#clock = clock;
    this.#settings = settings;
    this.#since = clock.now();
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Whether there is one: without settings it never opens. */
  get isSet(): boolean {
    return this.#settings !== undefined;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** How long it has not been closed, in ms. */
  get openFor(): number {
    return this.#state === 'closed' ? 0 : this.#clock.monotonic() - this.#openedAt;
  }

  /** Takes other settings over; without any it closes. */
  use(settings: BreakerSettings | undefined): void {
    this.#settings = settings;
    if (!settings) this.succeeded();
  }

  /** A write failed; answers how long nothing is to be written, in ms, if it is open now. */
  failed(): number | undefined {
    const settings = this.#settings;
    if (!settings) return undefined;
    this.#failures++;
    if (this.#state === 'closed' && this.#failures < settings.failures) return undefined;
    this.#open();
    this.#openings++;
    return backoff({ initial: settings.pause, max: settings.maxPause }, this.#openings);
  }

  /** A write does not end: until it does, nothing else can be written. */
  hangs(): void {
    if (!this.#settings) return;
    this.#failures++;
    if (this.#state !== 'open') this.#open();
  }

  /** The pause is over. */
  probe(): void {
    this.#change('half-open');
  }

  /** A write succeeded. */
  succeeded(): void {
    this.#failures = 0;
    this.#openings = 0;
    if (this.#state !== 'closed') this.#change('closed');
  }

  /** For the ledger; nothing without settings. */
  figures(): Figures {
    if (!this.#settings) return {};
    const { state, failures } = this;
    const since = new Date(this.#since).toISOString();
    return { breaker: { state, since, opened: this.#opened, failures } };
  }

  #open(): void {
    if (this.#state === 'closed') this.#openedAt = this.#clock.monotonic();
    this.#opened++;
    this.#change('open');
  }

  #change(state: BreakerState): void {
    this.#state = state;
    this.#since = this.#clock.now();
  }
}
