/**
 * Writes to one sink: one group of batches after the other, again after a failure that may pass, and settles every line.
 *
 * Invariants: a group is handed over only when the one before is settled, and no write begins before the one before has
 * ended. Every line of a group is stored, rejected for a reason, or abandoned.
 */
import type { Batch } from '../core/batch.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Sink, WriteResult } from '../core/component.ts';
import { isRejectedError, isRetryable, isRetryableError, messageOf } from '../core/errors.ts';
import { errorCode } from '../core/file-system.ts';
import type { SinkAccount } from '../core/ledger.ts';
import type { Logger } from '../core/logger.ts';
import { Occasionally } from './occasionally.ts';
import { release } from './release.ts';
import { backoff } from './retry.ts';
import type { RetrySettings } from './topology.ts';

export interface SinkWriterInit {
  readonly name: string;
  readonly sink: Sink;
  readonly retry: RetrySettings;
  readonly account: SinkAccount;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told when a group may have been settled, unless that was before `write` returned. */
  readonly onFree: () => void;
}

export class SinkWriter {
  retry: RetrySettings;
  readonly #init: SinkWriterInit;
  readonly #rejections: Occasionally;
  /** What was handed to the sink and is not settled, oldest first. */
  #group: readonly Batch[] = [];
  #lines = 0;
  #isWriting = false;
  #isAbandoned = false;
  #failures = 0;
  #failingSince = 0;
  #timer: Timer | undefined;

  constructor(init: SinkWriterInit) {
    this.#init = init;
    this.retry = init.retry;
    this.#rejections = new Occasionally(init.clock);
  }

  /** Lines that are being written, or wait to be written again. */
  get lines(): number {
    return this.#lines;
  }

  /** Whether a group is not settled. */
  get isBusy(): boolean {
    return this.#lines > 0;
  }

  /** Whether the sink is at it: it has not answered. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Writes a group; it must have lines, and the one before must be settled. */
  write(group: readonly Batch[]): void {
    this.#setGroup(group);
    this.#attempt();
  }

  /** Replaces each batch that is not settled by one of the same lines. */
  replace(replace: (batch: Batch) => Batch): void {
    this.#group = this.#group.map(replace);
  }

  /** Lets go of what is not settled, for good; what the sink answers later changes nothing. */
  abandon(): readonly Batch[] {
    this.#isAbandoned = true;
    this.#timer?.cancel();
    return this.#takeGroup();
  }

  #attempt(): void {
    const { sink } = this.#init;
    this.#isWriting = true;
    let refused: Refused | undefined;
    try {
      const result = sink.writeAll ? sink.writeAll(this.#group) : sink.write(this.#group[0]!);
      if (isThenable(result)) return void this.#wait(result);
      refused = toRefused(result);
    } catch (error) {
      return this.#ended(() => this.#fail(error));
    }
    this.#ended(() => this.#store(refused));
  }

  async #wait(result: PromiseLike<WriteResult>): Promise<void> {
    try {
      const refused = toRefused(await result);
      this.#ended(() => this.#store(refused));
    } catch (error) {
      this.#ended(() => this.#fail(error));
    }
    this.#init.onFree();
  }

  #ended(settle: () => void): void {
    this.#isWriting = false;
    if (!this.#isAbandoned) settle();
  }

  #store(refused: Refused | undefined): void {
    this.#sayRecovered();
    const group = this.#takeGroup();
    if (refused) return this.#storeSome(group, refused);
    for (const batch of group) this.#countStored(batch);
    for (const batch of group) release(batch, true, this.#init.log);
  }

  /** Some lines of the group were refused, the others are stored. */
  #storeSome(group: readonly Batch[], refused: Refused): void {
    const { account, name, log } = this.#init;
    let first = 0;
    const stored = group.map((batch) => {
      const kept = batch.select((index) => {
        const reason = refused.get(first + index);
        if (reason !== undefined) account.rejected.add(reason, 1, false);
        return reason === undefined;
      });
      first += batch.length;
      this.#countStored(kept);
      return kept.length === batch.length;
    });
    this.#rejections.add(refused.size, (lines) => {
      const [reason] = refused.values();
      log.warn({ sink: name, reason, lines }, `${name}: ${lines} lines rejected: ${reason}`);
    });
    group.forEach((batch, index) => release(batch, stored[index]!, log));
  }

  #fail(error: unknown): void {
    const { clock, account, name, log } = this.#init;
    const { stored, retryAfter } = retryOf(error);
    if (stored > 0) this.#keepRest(stored);
    if (!this.isBusy) return this.#sayRecovered();
    const failures = stored > 0 ? 1 : this.#failures + 1;
    if (!isRetryable(error)) return this.#reject(error, reasonOf(error));
    if (failures >= this.retry.maxAttempts) return this.#reject(error, 'retries-exhausted');
    if (this.#failures === 0) {
      this.#failingSince = clock.monotonic();
      log.warn({ sink: name, error }, `${name}: cannot write, tries again: ${messageOf(error)}`);
    }
    this.#failures = failures;
    account.retries++;
    this.#timer = clock.after(
      retryAfter ?? backoff(this.retry, failures),
      () => {
        this.#attempt();
        this.#init.onFree();
      },
      { keepAlive: true },
    );
  }

  #reject(error: unknown, reason: string): void {
    const { account, name, log } = this.#init;
    this.#failures = 0;
    account.rejected.add(reason, this.#lines, false);
    this.#rejections.add(this.#lines, (lines) =>
      log.error(
        { sink: name, error, reason, lines },
        `${name}: ${lines} lines rejected: ${messageOf(error)}`,
      ),
    );
    for (const batch of this.#takeGroup()) release(batch, false, log);
  }

  /** Settles the first `stored` lines of the group as stored and keeps the rest. */
  #keepRest(stored: number): void {
    const done: Batch[] = [];
    const rest: Batch[] = [];
    let left = stored;
    for (const batch of this.#group) {
      const lines = Math.min(left, batch.length);
      left -= lines;
      this.#countStored(batch.slice(0, lines));
      if (lines === batch.length) done.push(batch);
      else rest.push(batch.slice(lines));
    }
    this.#setGroup(rest);
    for (const batch of done) release(batch, true, this.#init.log);
  }

  #sayRecovered(): void {
    if (this.#failures === 0) return;
    const { clock, name, log } = this.#init;
    const seconds = Math.round((clock.monotonic() - this.#failingSince) / 1000);
    this.#failures = 0;
    log.info({ sink: name, seconds }, `${name}: writes again, after ${seconds} s`);
  }

  #countStored(batch: Batch): void {
    this.#init.account.stored += batch.length;
    this.#init.account.storedBytes += batch.byteLength;
  }

  #setGroup(group: readonly Batch[]): void {
    this.#group = group;
    this.#lines = group.reduce((sum, batch) => sum + batch.length, 0);
  }

  #takeGroup(): readonly Batch[] {
    const group = this.#group;
    this.#setGroup([]);
    return group;
  }
}

/** The reasons why lines were refused, by their index in the group. */
type Refused = ReadonlyMap<number, string>;

function toRefused(result: WriteResult): Refused | undefined {
  const rejected = result?.rejected ?? [];
  if (rejected.length === 0) return undefined;
  return new Map(rejected.map(({ index, reason }) => [index, reason]));
}

function isThenable(result: WriteResult | PromiseLike<WriteResult>): result is PromiseLike<WriteResult> {
  return typeof (result as Partial<PromiseLike<unknown>> | undefined)?.then === 'function';
}

/** What an error says about trying again, as far as it makes sense. */
function retryOf(error: unknown): { stored: number; retryAfter: number | undefined } {
  if (!isRetryableError(error)) return { stored: 0, retryAfter: undefined };
  const { stored, retryAfter } = error;
  return {
    stored: Number.isInteger(stored) ? stored : 0,
    retryAfter: retryAfter !== undefined && retryAfter >= 0 ? retryAfter : undefined,
  };
}

/** The name under which the ledger counts lines that an error cost. */
function reasonOf(error: unknown): string {
  if (isRejectedError(error)) return error.reason;
  return errorCode(error) ?? (error instanceof Error ? error.name : 'error');
}
