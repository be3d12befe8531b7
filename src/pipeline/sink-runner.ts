/**
 * Runs one sink: its queue, the policy when that is full, one write after the other, retries, and the account. What goes
 * wrong here stays here.
 *
 * Where a line can be: waiting in the queue, in the group that is being written (also while that waits for a retry), or
 * settled. A sink with the policy `block` holds the delivery of its lines until they are settled, and so the credit of
 * their source. A sink that may drop lines does not vouch for them: it lets the delivery go as soon as they are queued, so
 * that it never holds up anybody.
 */
import type { Batch } from '../core/batch.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Sink, WriteResult } from '../core/component.ts';
import { Delivery } from '../core/delivery.ts';
import { isRetryable, messageOf, RejectedError, RetryableError } from '../core/errors.ts';
import { errorCode } from '../core/file-system.ts';
import type { SinkAccount } from '../core/ledger.ts';
import type { Logger } from '../core/logger.ts';
import { Gate } from './gate.ts';
import { backoff } from './retry.ts';
import { newestFitting, SinkQueue } from './sink-queue.ts';
import type { QueueSettings, RetrySettings } from './topology.ts';

const DEFAULT_GROUP_BYTES = 4 * 2 ** 20;

/** The most batches that `writeAll` gets at once: what one `writev` takes. */
const MAX_GROUP = 1024;

export interface SinkRunnerInit {
  readonly name: string;
  readonly sink: Sink;
  readonly queue: QueueSettings;
  readonly retry: RetrySettings;
  readonly account: SinkAccount;
  readonly clock: Clock;
  readonly log: Logger;
}

export class SinkRunner {
  readonly name: string;
  readonly sink: Sink;
  /** Stands before the sources that this sink can hold up. */
  readonly gate = new Gate();
  readonly #account: SinkAccount;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #waiting = new SinkQueue();
  #queue: QueueSettings;
  #retry: RetrySettings;
  /** What was handed to the sink and is not settled, oldest first. */
  #group: readonly Batch[] = [];
  #groupLines = 0;
  #writing = false;
  #failures = 0;
  #failingSince = 0;
  #retryTimer: Timer | undefined;
  #abandoned = false;
  #idleWaiters: (() => void)[] = [];

  constructor(init: SinkRunnerInit) {
    this.name = init.name;
    this.sink = init.sink;
    this.#queue = init.queue;
    this.#retry = init.retry;
    this.#account = init.account;
    this.#clock = init.clock;
    this.#log = init.log;
    this.#account.inFlight = () => this.#waiting.lines + this.#groupLines;
    this.#account.inspect = () => ({ queuedBytes: this.#waiting.bytes, ...init.sink.inspect?.() });
  }

  /** Takes over new settings. */
  configure(queue: QueueSettings, retry: RetrySettings): void {
    this.#queue = queue;
    this.#retry = retry;
    this.#updateGate();
  }

  /** Takes a batch, and with it one keeper of its delivery. */
  offer(batch: Batch): void {
    this.#account.offered += batch.length;
    if (this.#abandoned) {
      this.#account.dropped.add('abandoned', batch.length, false);
      batch.delivery.release(false);
      return;
    }
    const idle = !this.#writing && this.#group.length === 0 && this.#waiting.empty;
    if (this.#queue.whenFull === 'block') {
      this.#waiting.push(batch);
      if (!idle) this.#updateGate();
    } else {
      // Its keeper ends here, whatever happens to the lines.
      const own = batch.withDelivery(Delivery.ignored);
      if (idle) this.#waiting.push(own);
      else this.#makeRoom(own, this.#queue.whenFull);
      batch.delivery.release();
    }
    this.#pump();
  }

  /** Resolves when nothing is in flight. */
  idle(): Promise<void> {
    if (this.#inFlight() === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Lets everything that is in flight go, and all that comes later; answers how many lines that were. */
  abandon(reason: string): number {
    if (this.#abandoned) return 0;
    this.#abandoned = true;
    this.#retryTimer?.cancel();
    const lines = this.#inFlight();
    const batches = [...this.#group, ...this.#waiting.clear()];
    this.#group = [];
    this.#groupLines = 0;
    this.#account.dropped.add(reason, lines, false);
    for (const batch of batches) batch.delivery.release(false);
    this.gate.open();
    this.#wakeIdle();
    return lines;
  }

  #inFlight(): number {
    return this.#waiting.lines + this.#groupLines;
  }

  #makeRoom(batch: Batch, policy: 'dropNewest' | 'dropOldest'): void {
    const { maxBytes } = this.#queue;
    if (policy === 'dropNewest') {
      const fitting = batch.fitting(maxBytes - this.#waiting.bytes);
      if (fitting > 0) this.#waiting.push(batch.slice(0, fitting));
      this.#account.dropped.add('dropNewest', batch.length - fitting, true);
      return;
    }
    const newest = newestFitting(batch, maxBytes);
    const evicted = this.#waiting.evict(this.#waiting.bytes + newest.byteLength - maxBytes);
    if (newest.length > 0) this.#waiting.push(newest);
    this.#account.dropped.add('dropOldest', evicted + batch.length - newest.length, true);
  }

  /** Writes what waits, until a write has to be waited for. */
  #pump(): void {
    while (!this.#writing && !this.#retryTimer && !this.#abandoned) {
      if (this.#group.length === 0) {
        if (this.#waiting.empty) break;
        this.#group = this.sink.writeAll
          ? this.#waiting.take(this.sink.maxGroupBytes ?? DEFAULT_GROUP_BYTES, MAX_GROUP)
          : this.#waiting.take(0, 1);
        this.#groupLines = countLines(this.#group);
      }
      this.#writing = true;
      let result: WriteResult | Promise<WriteResult>;
      try {
        result = this.sink.writeAll ? this.sink.writeAll(this.#group) : this.sink.write(this.#group[0]!);
      } catch (error) {
        this.#writing = false;
        this.#fail(error);
        continue;
      }
      if (result instanceof Promise) {
        void this.#settleLater(result);
        return;
      }
      this.#writing = false;
      this.#store(result);
    }
    if (this.#inFlight() === 0) this.#wakeIdle();
  }

  async #settleLater(writing: Promise<WriteResult>): Promise<void> {
    try {
      const result = await writing;
      this.#writing = false;
      this.#store(result);
    } catch (error) {
      this.#writing = false;
      this.#fail(error);
    }
    this.#pump();
  }

  #store(result: WriteResult): void {
    if (this.#abandoned) return;
    const group = this.#group;
    if (this.#failures > 0) {
      const seconds = Math.round((this.#clock.monotonic() - this.#failingSince) / 1000);
      this.#log.info(
        { sink: this.name, failures: this.#failures, seconds },
        `${this.name}: writes again, after ${seconds} s`,
      );
      this.#failures = 0;
    }
    const rejected = result?.rejected;
    if (rejected && rejected.length > 0) return this.#settleSome(group, rejected);
    for (const batch of group) {
      this.#account.stored += batch.length;
      this.#account.storedBytes += batch.byteLength;
    }
    this.#endGroup();
    for (const batch of group) batch.delivery.release();
    return undefined;
  }

  /** Some lines of the group were refused, the others are stored. */
  #settleSome(
    group: readonly Batch[],
    rejected: readonly { readonly index: number; readonly reason: string }[],
  ): void {
    const reasons = new Map(rejected.map(({ index, reason }) => [index, reason]));
    let first = 0;
    const lost = group.map((batch) => {
      const kept = batch.select((index) => !reasons.has(first + index));
      first += batch.length;
      this.#account.stored += kept.length;
      this.#account.storedBytes += kept.byteLength;
      return kept.length < batch.length;
    });
    for (const reason of reasons.values()) this.#account.rejected.add(reason, 1, false);
    this.#endGroup();
    group.forEach((batch, index) => batch.delivery.release(!lost[index]));
  }

  #fail(error: unknown): void {
    if (this.#abandoned) return;
    const stored = error instanceof RetryableError ? error.stored : 0;
    if (stored > 0) this.#keepRest(stored);
    if (this.#group.length === 0) return;
    const retryable = isRetryable(error);
    if (retryable && (stored > 0 ? 1 : this.#failures + 1) < this.#retry.maxAttempts) {
      if (this.#failures === 0) {
        this.#failingSince = this.#clock.monotonic();
        this.#log.warn(
          { sink: this.name, error },
          `${this.name}: cannot write, tries again: ${messageOf(error)}`,
        );
      }
      this.#failures = stored > 0 ? 1 : this.#failures + 1;
      this.#account.retries++;
      const asked = error instanceof RetryableError ? error.retryAfter : undefined;
      this.#retryTimer = this.#clock.after(asked ?? backoff(this.#retry, this.#failures), () => {
        this.#retryTimer = undefined;
        this.#pump();
      });
      return;
    }
    const reason = retryable ? 'retries-exhausted' : reasonOf(error);
    const lines = this.#groupLines;
    this.#log.error(
      { sink: this.name, error, reason, lines },
      `${this.name}: ${lines} lines rejected: ${messageOf(error)}`,
    );
    this.#failures = 0;
    this.#account.rejected.add(reason, lines, false);
    const group = this.#group;
    this.#endGroup();
    for (const batch of group) batch.delivery.release(false);
  }

  /** Settles the first `stored` lines of the group as stored and keeps the rest. */
  #keepRest(stored: number): void {
    const done: Batch[] = [];
    const rest: Batch[] = [];
    let left = stored;
    for (const batch of this.#group) {
      const lines = Math.min(left, batch.length);
      left -= lines;
      this.#account.stored += lines;
      this.#account.storedBytes +=
        lines === batch.length ? batch.byteLength : batch.slice(0, lines).byteLength;
      if (lines === batch.length) done.push(batch);
      else rest.push(batch.slice(lines));
    }
    this.#group = rest;
    this.#groupLines = countLines(rest);
    this.#updateGate();
    for (const batch of done) batch.delivery.release();
  }

  #endGroup(): void {
    this.#group = [];
    this.#groupLines = 0;
    this.#updateGate();
  }

  #updateGate(): void {
    const full = this.#queue.whenFull === 'block' && this.#waiting.bytes > this.#queue.maxBytes;
    if (full) this.gate.close();
    else if (this.gate.closed && this.#waiting.bytes <= this.#queue.maxBytes / 2) this.gate.open();
  }

  #wakeIdle(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const wake of waiters) wake();
  }
}

function countLines(batches: readonly Batch[]): number {
  return batches.reduce((sum, batch) => sum + batch.length, 0);
}

/** The name under which the ledger counts lines that an error cost. */
function reasonOf(error: unknown): string {
  if (error instanceof RejectedError) return error.reason;
  return errorCode(error) ?? (error instanceof Error ? error.name : 'error');
}
