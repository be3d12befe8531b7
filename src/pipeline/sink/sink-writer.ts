/**
 * Writes to one sink: one group of batches after the other, again after a failure that may pass, until every line is settled
 * (settlement.ts).
 *
 * Invariants: a group is handed over only when the one before is settled, and no write begins before the one before has
 * ended, however long that takes. Every line of a group is stored, rejected for a reason, or abandoned.
 *
 * A sink with a breaker that is not closed gets a probe: the first line of the group; the rest stays behind until that is
 * settled.
 */

import type { Batch } from '../../core/batch.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import type { Sink, WriteResult } from '../../core/component.ts';
import { countOf } from '../../core/count-of.ts';
import { messageOf, RetryableError } from '../../core/errors.ts';
import type { Figures, SinkAccount } from '../../core/ledger.ts';
import type { Logger } from '../../core/logger.ts';
import { formatDuration } from '../../core/units.ts';
import { type Callee, Calls } from '../containment/calls.ts';
import { retain } from '../containment/release.ts';
import type { BreakerSettings, RetrySettings } from '../topology.ts';
import { Breaker } from './breaker.ts';
import type { DeadLetters } from './dead-letters.ts';
import { backoff } from './retry.ts';
import { Settlement } from './settlement.ts';
import { WriteAttempt } from './write-attempt.ts';
import { type Refused, readFailure, toRefused } from './write-failure.ts';

export interface SinkWriterInit {
  readonly name: string;
  readonly sink: Sink;
  readonly retry: RetrySettings;
  readonly breaker?: BreakerSettings | undefined;
  readonly account: SinkAccount;
  readonly clock: Clock;
  readonly log: Logger;
  readonly calls?: Calls | undefined;
  /** Takes what the sink rejects. */
  readonly deadLetters: DeadLetters;
  /** Told when a group may have been settled, unless that was before `write` returned. */
  readonly onFree: () => void;
}

const NOTHING: readonly Batch[] = [];

export class SinkWriter {
  readonly #init: SinkWriterInit;
  readonly #settlement: Settlement;
  readonly #breaker: Breaker;
  readonly #callee: Callee;
  #retry: RetrySettings;
  /** What was handed to the sink and is not settled, oldest first. */
  #group: readonly Batch[] = NOTHING;
  /** What comes behind it: a probe is only the first line of what was to be written. */
  #rest: readonly Batch[] = NOTHING;
  #lines = 0;
  /** The write that has not ended. */
  #attempt: WriteAttempt | undefined;
  #isAbandoned = false;
  /** Whether the write that has ended last had been told to. */
  #wasLate = false;
  #failures = 0;
  #failingSince = 0;
  /** Set while it waits until it may write. */
  #timer: Timer | undefined;
  #hung = 0;

  constructor(init: SinkWriterInit) {
    this.#init = init;
    this.#retry = init.retry;
    this.#breaker = new Breaker(init);
    this.#callee = (init.calls ?? new Calls(init.clock)).callee(`sink ${init.name}`);
    this.#settlement = new Settlement(init);
  }

  /** Lines that are being written, or wait to be written again. */
  get lines(): number {
    return this.#lines;
  }

  /** What is not settled. */
  get group(): readonly Batch[] {
    return this.#rest.length === 0 ? this.#group : [...this.#group, ...this.#rest];
  }

  /** Whether it takes no group: one is not settled, or nothing may be written for now. */
  get isBusy(): boolean {
    return this.#lines > 0 || this.#timer !== undefined;
  }

  /** Whether the sink is at it: it has not answered. */
  get isWriting(): boolean {
    return this.#attempt !== undefined;
  }

  /** Whether it waits to write again after a failure. */
  get isFailing(): boolean {
    return this.#timer !== undefined;
  }

  /** Whether nothing is written because the sink keeps failing, or hangs. */
  get isOpen(): boolean {
    return this.#breaker.state !== 'closed';
  }

  /** Takes other settings over. */
  use(retry: RetrySettings, breaker: BreakerSettings | undefined): void {
    this.#retry = retry;
    const wasOpen = this.isOpen;
    this.#breaker.use(breaker);
    if (wasOpen && !this.isOpen) this.#endPause();
  }

  /** Writes a group; it must have lines, and the one before must be settled. */
  write(group: readonly Batch[]): void {
    this.#setGroup(group, NOTHING);
    this.#begin();
  }

  /** Ends a pause of the breaker: there may not be another chance. */
  hurry(): void {
    if (this.#breaker.isSet) this.#endPause();
  }

  /** Looks whether a write hangs; called about once a second. */
  look(): void {
    const attempt = this.#attempt;
    const { writeTimeout } = this.#retry;
    if (!attempt || attempt.isLate || attempt.duration < writeTimeout) return;
    const { name, log } = this.#init;
    const timeout = formatDuration(writeTimeout);
    this.#hung++;
    log.warn(
      { sink: name, ms: Math.round(attempt.duration), lines: this.#lines },
      `${name}: hangs: a write of ${countOf(sumOf(this.#group), 'line')} has not ended after ${timeout}; until it ends nothing else is written`,
    );
    this.#breaker.hangs();
    attempt.end(new RetryableError(`the write has taken longer than ${timeout}`));
  }

  /** Replaces each batch that is not settled by one of the same lines. */
  replace(replace: (batch: Batch) => Batch): void {
    this.#group = this.#group.map(replace);
    this.#rest = this.#rest.map(replace);
  }

  /** Lets go of what is not settled, for good; what the sink answers later changes nothing. */
  abandon(): readonly Batch[] {
    this.#isAbandoned = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    const all = [...this.#group, ...this.#rest];
    this.#setGroup(NOTHING, NOTHING);
    this.#attempt?.end(new Error('the lines were given up'));
    return all;
  }

  /**
   * Lets go of what is not settled, for good; answers what may go to another sink. What is being written may not: it may yet
   * be stored.
   */
  handOver(): { readonly lost: readonly Batch[]; readonly kept: readonly Batch[] } {
    const [group, rest] = [this.#group, this.#rest];
    const { isWriting } = this;
    this.abandon();
    return isWriting ? { lost: group, kept: rest } : { lost: [], kept: [...group, ...rest] };
  }

  figures(): Figures {
    return {
      ...(this.#attempt && { writingFor: Math.round(this.#attempt.duration) }),
      ...(this.#hung > 0 && { hung: this.#hung }),
      ...this.#breaker.figures(),
    };
  }

  #begin(): void {
    if (this.isOpen) this.#probe();
    const { sink, clock } = this.#init;
    const attempt = new WriteAttempt(clock);
    this.#attempt = attempt;
    const before = this.#callee.enter();
    let refused: Refused | undefined;
    try {
      // A copy: what the sink does to it is not to change what it was given.
      const result = sink.writeAll
        ? sink.writeAll(this.#group.slice(), attempt)
        : sink.write(this.#group[0]!, attempt);
      this.#callee.leave(before);
      if (isThenable(result)) {
        attempt.began();
        return void this.#wait(result);
      }
      refused = toRefused(result);
    } catch (error) {
      this.#callee.leave(before);
      if (this.#hasEnded()) this.#fail(error);
      return;
    }
    if (this.#hasEnded()) this.#store(refused);
  }

  async #wait(result: PromiseLike<WriteResult>): Promise<void> {
    try {
      const refused = toRefused(await result);
      if (this.#hasEnded()) this.#store(refused);
    } catch (error) {
      if (this.#hasEnded()) this.#fail(error);
    }
    this.#init.onFree();
  }

  /** The sink has answered. Says whether that matters: not if its lines were given up. */
  #hasEnded(): boolean {
    const attempt = this.#attempt!;
    this.#attempt = undefined;
    if (this.#isAbandoned) return false;
    this.#wasLate = attempt.isLate;
    if (attempt.isLate) {
      const { name, log } = this.#init;
      const seconds = Math.round(attempt.duration / 1000);
      log.info({ sink: name, seconds }, `${name}: the write that hung has ended, after ${seconds} s`);
    }
    return true;
  }

  /** Half-open: one line is tried. */
  #probe(): void {
    this.#breaker.probe();
    const [first, ...others] = this.#group as [Batch, ...Batch[]];
    if (first.length === 1) return this.#setGroup([first], [...others, ...this.#rest]);
    retain(first, this.#init.log);
    this.#setGroup([first.slice(0, 1)], [first.slice(1), ...others, ...this.#rest]);
  }

  #store(refused: Refused | undefined): void {
    this.#sayRecovered();
    const group = this.#takeGroup();
    if (refused) this.#settlement.storedExcept(group, refused);
    else this.#settlement.stored(group);
    this.#goOn();
  }

  #fail(error: unknown): void {
    const { clock, account, name, log } = this.#init;
    const { stored, retryAfter, isRefusal, isPassing, reason } = readFailure(error);
    if (stored > 0) this.#keepRest(stored);
    if (this.#group.length === 0) {
      this.#sayRecovered();
      return this.#goOn();
    }
    // Progress is no failure in a row; who refuses lines on purpose is there, and well.
    if (stored > 0 || isRefusal) this.#breaker.succeeded();
    const failures = stored > 0 ? 1 : this.#failures + 1;
    const pause = isRefusal ? undefined : this.#breaker.failed(error);
    // Whatever a sink throws when it was told to end, it may succeed the next time.
    const mayPass = isPassing || (this.#wasLate && !isRefusal);
    if (!mayPass) return this.#reject(error, reason, pause);
    if (failures >= this.#retry.maxAttempts) return this.#reject(error, 'retries-exhausted', pause);
    if (this.#failures === 0) {
      this.#failingSince = clock.monotonic();
      // A breaker that has just opened has said so.
      if (pause === undefined)
        log.warn({ sink: name, error }, `${name}: cannot write, tries again: ${messageOf(error)}`);
    }
    this.#failures = failures;
    account.retries++;
    this.#pause(Math.max(retryAfter ?? backoff(this.#retry, failures), pause ?? 0));
  }

  #reject(error: unknown, reason: string, pause: number | undefined): void {
    this.#failures = 0;
    this.#settlement.rejected(this.#takeGroup(), reason, error);
    this.#goOn(pause);
  }

  /** Goes on with what is behind a probe, or, while the breaker is open, when its pause is over. */
  #goOn(pause?: number): void {
    this.#setGroup(this.#rest, NOTHING);
    if (pause !== undefined) this.#pause(pause);
    else if (this.#group.length > 0) this.#begin();
  }

  #pause(ms: number): void {
    // Only lines are worth living on for.
    const keepAlive = this.#lines > 0;
    this.#timer = this.#init.clock.after(ms, () => this.#resume(), { keepAlive });
  }

  #endPause(): void {
    if (!this.#timer) return;
    this.#timer.cancel();
    this.#resume();
  }

  #resume(): void {
    this.#timer = undefined;
    if (this.#lines > 0) this.#begin();
    this.#init.onFree();
  }

  /** Settles the first `stored` lines of the group as stored and keeps the rest. */
  #keepRest(stored: number): void {
    const { done, rest } = this.#settlement.countFirst(this.#group, stored);
    this.#setGroup(rest, this.#rest);
    this.#settlement.letGo(done);
  }

  #sayRecovered(): void {
    const wasOpen = this.#breaker.succeeded();
    if (this.#failures === 0) return;
    this.#failures = 0;
    if (wasOpen) return;
    const { clock, name, log } = this.#init;
    const seconds = Math.round((clock.monotonic() - this.#failingSince) / 1000);
    log.info({ sink: name, seconds }, `${name}: writes again, after ${seconds} s`);
  }

  #setGroup(group: readonly Batch[], rest: readonly Batch[]): void {
    this.#group = group;
    this.#rest = rest;
    this.#lines = sumOf(group) + sumOf(rest);
  }

  #takeGroup(): readonly Batch[] {
    const group = this.#group;
    this.#setGroup(NOTHING, this.#rest);
    return group;
  }
}

function sumOf(batches: readonly Batch[]): number {
  return batches.reduce((sum, batch) => sum + batch.length, 0);
}

function isThenable(result: WriteResult | PromiseLike<WriteResult>): result is PromiseLike<WriteResult> {
  return typeof (result as Partial<PromiseLike<unknown>> | undefined)?.then === 'function';
}
