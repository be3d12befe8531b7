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
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Figures } from '../../core/ledger.ts';
import type { Logger } from '../../core/logger.ts';
import type { BreakerSettings } from '../topology.ts';
import { backoff } from './retry.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerInit {
  /** The sink. */
  readonly name: string;
  readonly breaker?: BreakerSettings | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

export class Breaker {
  readonly #init: BreakerInit;
  #settings: BreakerSettings | undefined;
  #state: BreakerState = 'closed';
  /** Wall clock, for people. */
  #since: number;
  #openedAt = 0;
  #failures = 0;
  /** How often it opened since it was closed. */
  #openings = 0;
  #opened = 0;
  /** It is open because a write hangs, which is counted. */
  #isHanging = false;

  constructor(init: BreakerInit) {
    this.#init = init;
    this.#settings = init.breaker;
    this.#since = init.clock.now();
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Whether there is one: without settings it never opens. */
  get isSet(): boolean {
    return this.#settings !== undefined;
  }

  /** Takes other settings over; without any it closes. */
  use(settings: BreakerSettings | undefined): void {
    this.#settings = settings;
    if (!settings) this.succeeded();
  }

  /** A write failed; answers how long nothing is to be written, in ms, if it is open now. */
  failed(error: unknown): number | undefined {
    const settings = this.#settings;
    if (!settings) return undefined;
    if (!this.#isHanging) {
      this.#failures++;
      if (this.#state === 'closed' && this.#failures < settings.failures) return undefined;
      this.#open();
    }
    this.#isHanging = false;
    this.#openings++;
    const pause = backoff({ initial: settings.pause, max: settings.maxPause }, this.#openings);
    this.#sayOpen(error, pause);
    return pause;
  }

  /** A write does not end: until it does, nothing else can be written. */
  hangs(): void {
    if (!this.#settings) return;
    this.#isHanging = true;
    this.#failures++;
    this.#open();
  }

  /** The pause is over. */
  probe(): void {
    this.#change('half-open');
    const { name, log } = this.#init;
    log.info({ sink: name, breaker: 'half-open' }, `${name}: the breaker is half-open: one line is tried`);
  }

  /** A write succeeded; answers whether it was not closed. */
  succeeded(): boolean {
    this.#failures = 0;
    this.#openings = 0;
    this.#isHanging = false;
    if (this.#state === 'closed') return false;
    this.#change('closed');
    const { name, log, clock } = this.#init;
    const seconds = Math.round((clock.monotonic() - this.#openedAt) / 1000);
    log.info(
      { sink: name, breaker: 'closed', seconds },
      `${name}: the breaker is closed, after ${seconds} s: writes again`,
    );
    return true;
  }

  /** For the ledger; nothing without settings. */
  figures(): Figures {
    if (!this.#settings) return {};
    const since = new Date(this.#since).toISOString();
    return { breaker: { state: this.#state, since, opened: this.#opened, failures: this.#failures } };
  }

  #open(): void {
    if (this.#state === 'closed') this.#openedAt = this.#init.clock.monotonic();
    this.#opened++;
    this.#change('open');
  }

  #change(state: BreakerState): void {
    this.#state = state;
    this.#since = this.#init.clock.now();
  }

  #sayOpen(error: unknown, pause: number): void {
    const { name, log } = this.#init;
    const failures = this.#failures;
    const seconds = Math.max(1, Math.round(pause / 1000));
    const times = failures === 1 ? 'a failure' : `${failures} failures in a row`;
    log.warn(
      { sink: name, error, breaker: 'open', failures, seconds },
      `${name}: the breaker is open, after ${times}: nothing is written for ${seconds} s: ${messageOf(error)}`,
    );
  }
}
