/**
 * Runs one sink: its queue, the policy when that is full, its gate, its account and its end. What goes wrong here stays
 * here.
 *
 * Where a line can be: waiting in the queue, with the writer (also while that waits to try again), or settled. A sink with
 * the policy `block` holds the delivery of its lines until they are settled, and so the credit of their source. A sink that
 * may drop lines does not vouch for them: it lets the delivery go as soon as they are queued, so that it never holds up
 * anybody.
 */
import type { Batch } from '../core/batch.ts';
import type { Clock } from '../core/clock.ts';
import type { Sink } from '../core/component.ts';
import { Delivery } from '../core/delivery.ts';
import { messageOf } from '../core/errors.ts';
import type { Figures, SinkAccount } from '../core/ledger.ts';
import type { Logger } from '../core/logger.ts';
import type { Calls } from './calls.ts';
import { DeadLetters, type DeadLetterTarget } from './dead-letters.ts';
import { figuresOf } from './figures.ts';
import { Gate } from './gate.ts';
import { Occasionally } from './occasionally.ts';
import { release } from './release.ts';
import { SinkQueue } from './sink-queue.ts';
import { SinkWriter } from './sink-writer.ts';
import type { BreakerSettings, QueueSettings, RetrySettings } from './topology.ts';
import { attempt, within } from './within.ts';

const DEFAULT_GROUP_BYTES = 4 * 2 ** 20;

/** The most batches that `writeAll` gets at once: what one `writev` takes. */
const MAX_GROUP = 1024;

/** A dispose gets at least so many ms, whatever is left of the deadline: it may have to give up a lock. */
const DISPOSE_GRACE = 1000;

export interface SinkRunnerInit {
  readonly name: string;
  readonly sink: Sink;
  readonly queue: QueueSettings;
  readonly retry: RetrySettings;
  readonly breaker?: BreakerSettings | undefined;
  readonly account: SinkAccount;
  readonly clock: Clock;
  readonly log: Logger;
  readonly calls?: Calls | undefined;
}

/** What a sink that runs takes over from one configuration to the next. */
export interface SinkSettings {
  readonly queue: QueueSettings;
  readonly retry: RetrySettings;
  readonly breaker?: BreakerSettings | undefined;
}

export class SinkRunner {
  readonly name: string;
  readonly sink: Sink;
  /** Stands before the sources that this sink can hold up. */
  readonly gate = new Gate();
  /** Where what the sink rejects goes. */
  readonly deadLetters: DeadLetters;
  readonly #account: SinkAccount;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #waiting = new SinkQueue();
  readonly #writer: SinkWriter;
  readonly #drops: Occasionally;
  readonly #inspect: () => Figures;
  readonly #leaveAccount: () => void;
  #queue: QueueSettings;
  /** Why lines are not taken any more. */
  #closedFor: string | undefined;
  #idleWaiters: (() => void)[] = [];

  constructor(init: SinkRunnerInit) {
    const { name, sink, account, clock, log } = init;
    this.name = name;
    this.sink = sink;
    this.#account = account;
    this.#clock = clock;
    this.#log = log;
    this.#queue = init.queue;
    const pump = (): void => this.#pump();
    this.deadLetters = new DeadLetters({ ...init, onDone: pump });
    this.#writer = new SinkWriter({ ...init, deadLetters: this.deadLetters, onFree: pump });
    this.#drops = new Occasionally(clock);
    this.#inspect = () => ({
      ...figuresOf(sink),
      queuedBytes: this.#waiting.bytes,
      ...this.#writer.figures(),
    });
    this.#leaveAccount = account.inFlight.add(() => this.#inFlight());
  }

  /** Opens what the sink needs. */
  async start(): Promise<void> {
    await this.sink.start?.();
  }

  /** Takes it into use, with these settings, which may have changed since, and the sink for its dead letters. */
  use({ queue, retry, breaker }: SinkSettings, deadLetters?: DeadLetterTarget): void {
    this.#account.inspect = this.#inspect;
    this.#writer.use(retry, breaker);
    this.deadLetters.use(deadLetters);
    const vouchedBefore = this.#queue.whenFull === 'block';
    this.#queue = queue;
    if (vouchedBefore && queue.whenFull !== 'block') {
      const letGo = (batch: Batch): Batch => this.#letGo(batch);
      this.#waiting.replace(letGo);
      this.#writer.replace(letGo);
    }
    this.#updateGate();
  }

  /** Takes a batch, and with it one keeper of its delivery. */
  offer(batch: Batch): void {
    this.#account.offered += batch.length;
    if (this.#closedFor !== undefined) {
      this.#account.dropped.add(this.#closedFor, batch.length, false);
      release(batch, false, this.#log);
      return;
    }
    if (this.#queue.whenFull === 'block') this.#waiting.push(batch);
    else this.#takeOrDrop(this.#letGo(batch));
    this.#pump();
  }

  /** Looks whether it hangs; called about once a second. */
  look(): void {
    this.#writer.look();
  }

  /** Resolves when nothing is in flight, and every dead letter is handed on. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Lets everything that is in flight go, and all that comes later; answers how many lines that were. */
  abandon(reason: string): number {
    if (this.#closedFor !== undefined) return 0;
    this.#closedFor = reason;
    const lines = this.#inFlight();
    const batches = [...this.#writer.abandon(), ...this.#waiting.clear()];
    this.#account.dropped.add(reason, lines, false);
    this.#abandonDeadLetters();
    for (const batch of batches) release(batch, false, this.#log);
    this.gate.open();
    this.#wakeIdle();
    return lines;
  }

  /**
   * Waits until everything is stored.
   *
   * @param until - The latest time, on the monotonic clock in ms; what is left then is abandoned.
   * @returns how many lines had to be abandoned
   */
  async drain(until: number): Promise<number> {
    this.#writer.hurry();
    const left = until - this.#clock.monotonic();
    await within(this.#clock, left, this.idle(), (error) => this.#reportUnclean(error));
    const lines = this.abandon('deadline');
    if (lines > 0) {
      this.#log.error(
        { sink: this.name, lines },
        `${this.name}: ${lines} lines were not stored before the deadline`,
      );
    }
    return lines;
  }

  /**
   * Flushes and closes the sink.
   *
   * @param until - The latest time, on the monotonic clock in ms.
   */
  async close(until: number): Promise<void> {
    const onError = (error: unknown): void => this.#reportUnclean(error);
    const left = (): number => until - this.#clock.monotonic();
    // A sink that is still at a write is not asked to do two things at a time.
    if (!this.#writer.isWriting) {
      await within(
        this.#clock,
        left(),
        attempt(() => this.sink.flush?.()),
        onError,
      );
    }
    await within(this.#clock, Math.max(DISPOSE_GRACE, left()), this.dispose(), onError);
  }

  /** Gives up what the sink has claimed. Safe at any moment, and twice. */
  async dispose(): Promise<void> {
    this.#leaveAccount();
    // The account outlives the sink: it is not to keep the sink in memory.
    if (this.#account.inspect === this.#inspect) {
      const last = this.#inspect();
      this.#account.inspect = () => last;
    }
    await this.sink[Symbol.asyncDispose]?.();
  }

  #inFlight(): number {
    return this.#waiting.lines + this.#writer.lines;
  }

  #isIdle(): boolean {
    return this.#inFlight() === 0 && this.deadLetters.lines === 0;
  }

  #abandonDeadLetters(): void {
    const lines = this.deadLetters.abandon();
    if (lines === 0) return;
    this.#log.error(
      { sink: this.name, lines },
      `${this.name}: ${lines} rejected lines were not handed on as dead letters`,
    );
  }

  #letGo(batch: Batch): Batch {
    release(batch, true, this.#log);
    return batch.withDelivery(Delivery.ignored);
  }

  #takeOrDrop(batch: Batch): void {
    // What a sink that has nothing to do can begin with at once does not wait, however much it is.
    if (this.#inFlight() === 0 && !this.#writer.isBusy && !this.deadLetters.isFull)
      return this.#waiting.push(batch);
    const { whenFull, maxBytes } = this.#queue;
    const dropped = this.#waiting.pushOrDrop(batch, this.#queue);
    if (dropped === 0) return;
    this.#account.dropped.add(whenFull, dropped, true);
    this.#drops.add(dropped, (lines) =>
      this.#log.warn(
        { sink: this.name, policy: whenFull, maxBytes, lines },
        `${this.name}: the queue is full, ${lines} lines dropped (${whenFull})`,
      ),
    );
  }

  /** Writes what waits, until a write has to be waited for. */
  #pump(): void {
    const { sink } = this;
    while (!this.#writer.isBusy && !this.#waiting.empty) {
      if (this.deadLetters.isFull) {
        this.deadLetters.listen();
        break;
      }
      this.#writer.write(
        sink.writeAll
          ? this.#waiting.take(sink.maxGroupBytes ?? DEFAULT_GROUP_BYTES, MAX_GROUP)
          : this.#waiting.take(0, 1),
      );
    }
    this.#updateGate();
    if (this.#isIdle()) this.#wakeIdle();
  }

  #updateGate(): void {
    const { whenFull, maxBytes } = this.#queue;
    if (whenFull === 'block' && this.#waiting.bytes > maxBytes) this.gate.close();
    else if (whenFull !== 'block' || this.#waiting.bytes <= maxBytes / 2) this.gate.open();
  }

  #wakeIdle(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const wake of waiters) wake();
  }

  #reportUnclean(error: unknown): void {
    this.#log.error(
      { sink: this.name, error },
      `${this.name}: could not be closed cleanly: ${messageOf(error)}`,
    );
  }
}
