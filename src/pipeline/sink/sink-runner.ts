/**
 * Runs one sink: its queue, its gate, its account and its end. What goes wrong here stays here.
 *
 * Where a line can be: waiting in the queue, with the writer (also while that waits to try again), or settled. A sink with
 * the policy `block` holds the delivery of its lines until they are settled, and so the credit of their source. A sink that
 * may drop lines does not vouch for them: it lets the delivery go as soon as they are queued, so that it never holds up
 * anybody. A sink that spills lets go of what memory has room for, too; beyond it see spill.ts. When a sink is exchanged for
 * another one of its type, lines that it has not begun to write are handed over to that.
 */

import type { Batch } from '../../core/batch.ts';
import type { Clock } from '../../core/clock.ts';
import type { Sink } from '../../core/component.ts';
import { countOf } from '../../core/count-of.ts';
import { messageOf } from '../../core/errors.ts';
import type { FileSystem } from '../../core/file-system.ts';
import type { Figures, SinkAccount } from '../../core/ledger.ts';
import type { Logger } from '../../core/logger.ts';
import type { Calls } from '../containment/calls.ts';
import { answerOf, type ComponentClock, isCount } from '../containment/contained.ts';
import { figuresOf } from '../containment/figures.ts';
import { detach, release } from '../containment/release.ts';
import { attempt, within } from '../containment/within.ts';
import type { BreakerSettings, QueueSettings, RetrySettings } from '../topology.ts';
import { Admission } from './admission.ts';
import { DeadLetters, type DeadLetterTarget } from './dead-letters.ts';
import { Gate } from './gate.ts';
import { SinkQueue } from './sink-queue.ts';
import { SinkWriter } from './sink-writer.ts';
import { Spill } from './spill.ts';

const DEFAULT_GROUP_BYTES = 4 * 2 ** 20;

/** With so much behind it a write should wait for nothing, in bytes. */
const PLENTY_BYTES = 256 * 2 ** 10;

const isNothing = (answer: unknown): answer is undefined => answer === undefined;

/** The most batches that `writeAll` gets at once: what one `writev` takes. */
const MAX_GROUP = 1024;

/** A dispose gets at least so many ms, whatever is left of the deadline: it may have to give up a lock. */
const DISPOSE_GRACE = 1000;

/** So many ms of a stop, half of it at most, are for what has to go to the spill. */
const LEAVING_TIME = 2000;

export interface SinkRunnerInit {
  readonly name: string;
  /** Lines are handed over only to a sink of the same type. */
  readonly type: string;
  readonly sink: Sink;
  readonly queue: QueueSettings;
  readonly retry: RetrySettings;
  readonly breaker?: BreakerSettings | undefined;
  readonly account: SinkAccount;
  readonly clock: Clock;
  /** For the spill. */
  readonly fs: FileSystem;
  readonly log: Logger;
  readonly calls?: Calls | undefined;
  /** The clock that the sink was given. */
  readonly sinkClock?: ComponentClock | undefined;
}

/** What a sink that runs takes over from one configuration to the next. */
export interface SinkSettings {
  readonly queue: QueueSettings;
  readonly retry: RetrySettings;
  readonly breaker?: BreakerSettings | undefined;
}

export class SinkRunner {
  readonly name: string;
  readonly type: string;
  readonly sink: Sink;
  /** Stands before the sources that this sink can hold up. */
  readonly gate = new Gate();
  /** Where what the sink rejects goes. */
  readonly deadLetters: DeadLetters;
  readonly #account: SinkAccount;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #sinkClock: ComponentClock | undefined;
  readonly #groupBytes: number;
  readonly #waiting = new SinkQueue();
  readonly #writer: SinkWriter;
  readonly #spill: Spill | undefined;
  readonly #admission: Admission;
  readonly #inspect: () => Figures;
  readonly #leaveAccount: () => void;
  /** Of the queue; see {@link QueueSettings}. */
  #maxBytes: number;
  /** Why lines are not taken any more. */
  #closedFor: string | undefined;
  /** Lines that stay on the disk when it is closed. */
  #left = 0;
  /** Whether what its spill holds is in the account: not while it is only being started. */
  #isUsed = false;
  #isParked = false;
  /** Lines that were let go when it was closed, and since. */
  #givenUp = 0;
  /** Whether it need not be waited for once it fails. */
  #mayHandOver = false;
  /** What waits for the sink in its place. */
  #handedOver: readonly Batch[] = [];
  #isDisposed = false;
  #idleWaiters: (() => void)[] = [];

  constructor(init: SinkRunnerInit) {
    const { name, sink, account, clock, log } = init;
    this.name = name;
    this.type = init.type;
    this.sink = sink;
    this.#account = account;
    this.#clock = clock;
    this.#log = log;
    this.#sinkClock = init.sinkClock;
    this.#groupBytes = answerOf(() => sink.maxGroupBytes, isCount) ?? DEFAULT_GROUP_BYTES;
    this.#maxBytes = init.queue.maxBytes;
    const pump = (): void => this.#pump();
    this.deadLetters = new DeadLetters({ ...init, onDone: pump });
    this.#writer = new SinkWriter({ ...init, deadLetters: this.deadLetters, onFree: pump });
    const isFree = (): boolean => this.#inFlight() === 0 && !this.#writer.isBusy && !this.deadLetters.isFull;
    this.#admission = new Admission({ ...init, waiting: this.#waiting, isFree });
    const { spill } = init.queue;
    this.#spill =
      spill &&
      new Spill({
        ...init,
        queue: { ...init.queue, spill },
        memory: this.#waiting,
        inHand: () => this.#writer.group,
        onChange: pump,
      });
    this.#inspect = () => ({
      ...figuresOf(sink),
      queuedBytes: this.#waiting.bytes,
      ...this.#spill?.inspect(),
      ...this.#writer.figures(),
    });
    this.#leaveAccount = account.inFlight.add(() => this.#inFlight());
  }

  /** Opens what the sink needs, and its spill. */
  async start(): Promise<void> {
    await this.#spill?.open();
    await this.sink.start?.();
  }

  /** Takes it into use, with these settings, which may have changed since, and the sink for its dead letters. */
  use({ queue, retry, breaker }: SinkSettings, deadLetters?: DeadLetterTarget): void {
    this.#account.inspect = this.#inspect;
    this.#writer.use(retry, breaker);
    this.deadLetters.use(deadLetters);
    const vouchedBefore = this.#admission.blocks;
    this.#admission.use(queue);
    this.#maxBytes = queue.maxBytes;
    if (vouchedBefore && !this.#admission.blocks) {
      const letGo = (batch: Batch): Batch => detach(batch, this.#log);
      this.#waiting.replace(letGo);
      this.#writer.replace(letGo);
    }
    if (this.#spill && queue.spill) {
      this.#spill.use({ ...queue, spill: queue.spill });
      this.#recover(this.#spill);
    }
    this.#updateGate();
  }

  /** Takes a batch, and with it one keeper of its delivery. */
  offer(batch: Batch): void {
    this.#account.offered += batch.length;
    this.#take(batch);
    this.#pump();
    // What waits now is what the sink let lines wait for; and a source without credit would send no more of it.
    if (this.#waiting.bytes < PLENTY_BYTES || !this.sink.hurry || !this.#writer.isWriting) return;
    answerOf(() => this.sink.hurry?.(), isNothing);
  }

  /** Takes lines over from a sink that was in its place: they were offered before. */
  takeOver(batches: readonly Batch[]): void {
    for (const batch of batches) {
      if (this.#closedFor === undefined && !this.#spill) this.#admission.takeOver(batch);
      else this.#take(batch);
    }
    this.#pump();
  }

  /** Lets it take lines, as its queue allows, and write none: the sink could not be started. */
  park(): void {
    this.#isParked = true;
  }

  get isParked(): boolean {
    return this.#isParked;
  }

  /** Whether its lines can go to another sink: those of a spill are for whoever opens that again. */
  get canHandOver(): boolean {
    return this.#spill === undefined;
  }

  /** Whether there is no use in waiting for it. */
  get isFailing(): boolean {
    return this.#isParked || this.#writer.isFailing;
  }

  /** Looks whether it hangs; called about once a second. */
  look(): void {
    this.#writer.look();
  }

  /** Resolves when nothing is in flight, and every dead letter is handed on. */
  idle(): Promise<void> {
    if (this.#isIdle() || this.#isGivenUp()) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Lets everything that is in flight go, and all that comes later; answers how many lines that were. */
  abandon(reason: string): number {
    if (this.#closedFor !== undefined) return this.#drop(this.claim(), reason);
    this.#closedFor = reason;
    const isInHandSafe = this.#spill?.holdsInHand === true;
    const inHand = this.#writer.abandon();
    const waiting = this.#spill?.abandon() ?? this.#waiting.clear();
    const batches = isInHandSafe ? waiting : [...inHand, ...waiting];
    this.#left = this.#isUsed ? this.#spill!.linesOnDisk : 0;
    this.#abandonDeadLetters();
    const lines = this.#drop(batches, reason);
    this.gate.open();
    this.#wakeIdle();
    return lines;
  }

  /** Closes it; what it has not begun to write is for the sink in its place. Answers how many lines had to be dropped. */
  handOver(): number {
    if (this.#closedFor !== undefined) return 0;
    this.#closedFor = 'deadline';
    const { lost, kept } = this.#writer.handOver();
    this.#handedOver = [...kept, ...this.#waiting.clear()];
    this.#abandonDeadLetters();
    const lines = sumOf(this.#handedOver);
    if (lines > 0) {
      this.#log.info(
        { sink: this.name, lines },
        `${this.name}: ${countOf(lines, 'line')} that are not stored yet are handed over to the sink in its place`,
      );
    }
    const dropped = this.#drop(lost, 'deadline');
    this.gate.open();
    this.#wakeIdle();
    return dropped;
  }

  /** Gives away what was handed over, and with it the keepers of its deliveries. */
  claim(): readonly Batch[] {
    const batches = this.#handedOver;
    this.#handedOver = [];
    if (this.#isDisposed) this.#leaveAccount();
    return batches;
  }

  /** Says that the last lines are on their way: a spill that is full takes them all the same, so that sources can end. */
  expectStop(): void {
    // Nothing can be waited for.
    if (this.#isParked) this.abandon('unavailable');
    this.#spill?.expectStop();
    this.#updateGate();
  }

  /**
   * Waits until everything is stored.
   *
   * @param until - The latest time, on the monotonic clock in ms; what is left then is abandoned.
   * @param mayHandOver - Whether there will be another one in its place: then what is left is for that, and a sink that fails
   *   is not waited for.
   * @returns how many lines had to be abandoned
   */
  async drain(until: number, mayHandOver = false): Promise<number> {
    if (this.#isParked && !mayHandOver) {
      this.abandon('unavailable');
      return this.#givenUp;
    }
    this.#mayHandOver = mayHandOver && this.canHandOver;
    if (!this.#mayHandOver) this.#writer.hurry();
    const onError = (error: unknown): void => this.#reportUnclean(error);
    const left = (): number => until - this.#clock.monotonic();
    // What cannot be stored in time goes to the spill, which takes its time, too.
    const leaving = this.#spill ? Math.min(LEAVING_TIME, left() / 2) : 0;
    await within(this.#clock, left() - leaving, this.idle(), onError);
    if (this.#spill && this.#inFlight() > 0) await within(this.#clock, left(), this.#spill.leave(), onError);
    const lines = this.#mayHandOver ? this.handOver() : this.abandon('deadline');
    if (this.#left > 0) {
      this.#log.warn(
        { sink: this.name, lines: this.#left, directory: this.#spill?.path },
        `${this.name}: ${countOf(this.#left, 'line', 'wait')} on disk for the next start, in ${this.#spill?.path}`,
      );
    }
    if (lines > 0) {
      this.#log.error(
        { sink: this.name, lines },
        `${this.name}: ${countOf(lines, 'line', 'were')} not stored before the deadline`,
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
    this.#isDisposed = true;
    // What was handed over is in this account until it is taken.
    if (this.#handedOver.length === 0) this.#leaveAccount();
    const { path } = this.#spill ?? {};
    if (path !== undefined && this.#left > 0) this.#account.onDisk.set(path, this.#left);
    this.#left = 0;
    // The account outlives the sink: it is not to keep the sink in memory.
    if (this.#account.inspect === this.#inspect) {
      const last = this.#inspect();
      this.#account.inspect = () => last;
    }
    try {
      await Promise.all([this.#spill?.close(), this.sink[Symbol.asyncDispose]?.()]);
    } finally {
      this.#sinkClock?.end();
    }
  }

  #inFlight(): number {
    if (this.#closedFor !== undefined) return this.#left + sumOf(this.#handedOver);
    return this.#waiting.lines + this.#writer.lines + (this.#isUsed ? this.#spill!.lines : 0);
  }

  /** Takes over what was on the disk before. Lines of this process are in the account already. */
  #recover(spill: Spill): void {
    if (this.#isUsed) return;
    this.#isUsed = true;
    const { path, lines, possibleDuplicates } = spill.begin();
    const own = Math.min(lines, this.#account.onDisk.get(path) ?? 0);
    this.#account.onDisk.delete(path);
    this.#account.recovered += lines - own;
    if (lines === 0) return;
    this.#log.info(
      { sink: this.name, lines, possibleDuplicates, directory: path },
      `${this.name}: ${countOf(lines, 'line', 'wait')} in its spill and come first; ${possibleDuplicates} of them it may have stored before`,
    );
  }

  #isIdle(): boolean {
    return this.#inFlight() === 0 && this.deadLetters.lines === 0;
  }

  /** Whether it is about to be exchanged and fails: the one in its place is going to do better. */
  #isGivenUp(): boolean {
    return this.#mayHandOver && this.isFailing && this.deadLetters.lines === 0;
  }

  #abandonDeadLetters(): void {
    const lines = this.deadLetters.abandon();
    if (lines === 0) return;
    this.#log.error(
      { sink: this.name, lines },
      `${this.name}: ${countOf(lines, 'rejected line', 'were')} not handed on as dead letters`,
    );
  }

  #take(batch: Batch): void {
    if (this.#closedFor !== undefined) this.#drop([batch], this.#closedFor);
    else (this.#spill ?? this.#admission).offer(batch);
  }

  #drop(batches: readonly Batch[], reason: string): number {
    const lines = sumOf(batches);
    this.#givenUp += lines;
    this.#account.dropped.add(reason, lines, false);
    for (const batch of batches) release(batch, false, this.#log);
    return lines;
  }

  /** Writes what waits, until a write has to be waited for. */
  #pump(): void {
    const { sink } = this;
    // What was abandoned is not settled.
    if (this.#closedFor !== undefined) return;
    if (this.#isParked) return this.#updateGate();
    this.#settleSpilled();
    const queue = this.#spill ?? this.#waiting;
    while (!this.#writer.isBusy && this.#inFlight() > 0) {
      if (this.deadLetters.isFull) {
        this.deadLetters.listen();
        break;
      }
      const group = sink.writeAll ? queue.take(this.#groupBytes, MAX_GROUP) : queue.take(0, 1);
      if (group.length === 0) break;
      this.#writer.write(group);
      this.#settleSpilled();
    }
    this.#updateGate();
    if (this.#isIdle() || this.#isGivenUp()) this.#wakeIdle();
  }

  /** What the sink had in hand need not stay on the disk, unless it waits to be handed on as dead letters. */
  #settleSpilled(): void {
    if (this.#writer.lines === 0 && this.deadLetters.lines === 0) this.#spill?.settled();
  }

  #updateGate(): void {
    const { blocks } = this.#spill ?? this.#admission;
    const maxBytes = this.#maxBytes;
    if (blocks && this.#waiting.bytes > maxBytes) this.gate.close();
    else if (!blocks || this.#waiting.bytes <= maxBytes / 2) this.gate.open();
  }

  #wakeIdle(): void {
    const waiters = this.#idleWaiters;
    if (waiters.length === 0) return;
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

function sumOf(batches: readonly Batch[]): number {
  return batches.reduce((sum, { length }) => sum + length, 0);
}
