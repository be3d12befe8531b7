/**
 * Runs one source: gives it credit, counts what it admits, and hands its batches to the pipelines that it feeds.
 *
 * Invariants: what was admitted is emitted, or counted as abandoned when the source ends before. What a batch costs comes
 * back once, when its delivery is settled. No code of the source runs inside a release: it hears of credit, and of lines
 * that are settled, in a microtask.
 */
import type { Subscription } from 'rxjs';
import { Batch, type Lines } from '../../core/batch.ts';
import type { Clock } from '../../core/clock.ts';
import type { AdmitInit, Source, SourceContext } from '../../core/component.ts';
import { Credit } from '../../core/credit.ts';
import { Delivery } from '../../core/delivery.ts';
import { messageOf } from '../../core/errors.ts';
import type { FileSystem } from '../../core/file-system.ts';
import type { Figures, SourceAccount } from '../../core/ledger.ts';
import type { Logger } from '../../core/logger.ts';
import { asCount } from '../containment/as-count.ts';
import { mustHave } from '../containment/beginnings.ts';
import type { Calls } from '../containment/calls.ts';
import { type ComponentClock, toComponentClock } from '../containment/contained.ts';
import { figuresOf } from '../containment/figures.ts';
import { isBatch } from '../containment/is-batch.ts';
import { release, sound } from '../containment/release.ts';
import { attempt, within } from '../containment/within.ts';
import { FanOut } from '../fan-out.ts';
import { Occasionally } from '../occasionally.ts';
import type { SourceNode } from '../topology.ts';
import { fromLineSource } from './line-source.ts';

/**
 * What a batch costs beside its bytes and bounds: what its objects take in memory (650 to 750 bytes were measured). Without
 * it, a million batches of a byte each would cost next to no credit, and most of a gigabyte.
 */
const BATCH_COST = 768;

/** A dispose gets at least so many ms, whatever is left of the deadline: it may have to give up a port. */
const DISPOSE_GRACE = 1000;

export interface SourceRunnerInit {
  readonly name: string;
  readonly node: SourceNode;
  readonly account: SourceAccount;
  readonly clock: Clock;
  readonly fs: FileSystem;
  readonly log: Logger;
  readonly calls?: Calls | undefined;
}

export class SourceRunner {
  readonly name: string;
  readonly credit: Credit;
  readonly source: Source;
  /** The way to the pipelines that it feeds. */
  readonly out: FanOut;
  /** Resolves when the source has ended, by itself or because it was told to. */
  readonly ended: Promise<void>;
  readonly #account: SourceAccount;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #sourceClock: ComponentClock;
  readonly #broken: Occasionally;
  readonly #end: () => void;
  readonly #inspect: () => Figures;
  readonly #leaveAccount: () => void;
  #subscription: Subscription | undefined;
  /** By reason: what is said of lines that the source discards. */
  readonly #discards = new Map<string, Occasionally>();
  #hasEnded = false;
  #admitted = 0;
  /** Of those admitted, the lines that the source has emitted. */
  #emitted = 0;
  #isStopping = false;
  /** Lines that a stop was too short for. */
  #abandoned = 0;

  constructor(init: SourceRunnerInit) {
    this.name = init.name;
    this.#account = init.account;
    this.#clock = init.clock;
    this.#log = init.log;
    this.#broken = new Occasionally(init.clock);
    this.credit = toCredit(init);
    this.out = new FanOut((lines, receivers) => {
      this.#account.emitted += lines;
      this.#account.routed += lines * receivers;
    }, init.log);
    ({ promise: this.ended, resolve: this.#end } = Promise.withResolvers<void>());
    this.#sourceClock = toComponentClock(`source ${init.name}`, init);
    const context = this.#toContext(init);
    const made = mustHave(init.node.definition.create(init.node.options, context), 'lines', 'batches$');
    this.source = 'lines' in made ? fromLineSource(made, context) : made;
    this.#leaveAccount = init.account.inFlight.add(() => this.#admitted - this.#emitted + this.out.held);
    this.#inspect = () => ({ creditTaken: this.credit.taken, ...figuresOf(this.source) });
  }

  /** Claims what the source needs. */
  async start(): Promise<void> {
    await this.source.start?.();
  }

  /** Lets the lines flow. */
  run(): void {
    this.#account.inspect = this.#inspect;
    const fail = (error: unknown): void => {
      this.#report(error, 'the source failed and has ended');
      this.#finish();
    };
    try {
      this.#subscription = this.source.batches$.subscribe({
        next: (batch) => this.#take(batch),
        error: fail,
        complete: () => this.#finish(),
      });
    } catch (error) {
      return fail(error);
    }
    // It may have been told to end while it emitted its first lines.
    if (this.#hasEnded) this.#subscription.unsubscribe();
  }

  /**
   * Takes in what has arrived, and ends the source.
   *
   * @param until - The latest time, on the monotonic clock in ms.
   * @returns how many lines could not be taken in
   */
  async stop(until: number): Promise<number> {
    const onError = (error: unknown): void => this.#report(error, 'could not be stopped cleanly');
    const left = (): number => until - this.#clock.monotonic();
    this.#isStopping = true;
    if (this.source.stop && this.#subscription) {
      const stopped = attempt(async () => {
        await this.source.stop?.();
        await this.ended;
      });
      await within(this.#clock, left(), stopped, onError);
    }
    this.abort();
    await within(this.#clock, Math.max(DISPOSE_GRACE, left()), this.dispose(), onError);
    return this.#abandoned;
  }

  /** Ends the source at once; answers how many lines that costs. */
  abort(): number {
    this.#isStopping = true;
    this.#subscription?.unsubscribe();
    this.#finish();
    const heldBack = this.out.abandon();
    this.#account.dropped.add('abandoned', heldBack, false);
    this.#abandoned += heldBack;
    return this.#abandoned;
  }

  /** Gives up what the source has claimed. Safe at any moment, and twice. */
  async dispose(): Promise<void> {
    try {
      await this.source[Symbol.asyncDispose]?.();
    } finally {
      this.#sourceClock.end();
      this.#leaveAccount();
      // The account outlives the source: it is not to keep the source in memory.
      if (this.#account.inspect === this.#inspect) {
        const { credit } = this;
        const last = this.#inspect();
        this.#account.inspect = () => ({ ...last, creditTaken: credit.taken });
      }
    }
  }

  #toContext({ name, log, fs }: SourceRunnerInit): SourceContext {
    return {
      name,
      log,
      clock: this.#sourceClock,
      fs,
      credit: this.credit,
      admit: (lines, init) => this.#admit(lines, init),
      discard: (reason, lines, { intentional, bytes = 0 }) => {
        const [counted, countedBytes] = [asCount(lines), asCount(bytes)];
        this.#account.received += counted;
        this.#account.bytes += countedBytes;
        this.#account.dropped.add(reason, lines, intentional);
        // The beginning of a line whose end has not come is no line that could have been stored.
        if (this.#isStopping && !intentional && reason !== 'fragment') this.#abandoned += lines;
        if (counted > 0) this.#reportDiscard(reason, counted);
      },
      note: (event, count = 1) => this.#account.note(event, asCount(count)),
    };
  }

  #admit(lines: Lines, { peer, receivedAt, fields, onSettled }: AdmitInit = {}): Batch | undefined {
    if (this.#hasEnded) return undefined;
    const delivery = new Delivery((stored) => {
      this.credit.give(cost);
      if (onSettled) queueMicrotask(() => this.#acknowledge(onSettled, stored));
    });
    const batch = new Batch(lines, {
      origin: { source: this.name, peer },
      receivedAt: receivedAt ?? this.#clock.now(),
      delivery,
      fields,
    });
    const cost = batch.byteLength + batch.bounds.byteLength + BATCH_COST;
    if (!this.credit.tryTake(cost)) return undefined;
    this.#admitted += batch.length;
    this.#account.received += batch.length;
    this.#account.bytes += batch.byteLength;
    return batch;
  }

  #acknowledge(onSettled: (stored: boolean) => void, stored: boolean): void {
    try {
      onSettled(stored);
    } catch (error) {
      this.#report(error, 'failed to acknowledge lines');
    }
  }

  #take(batch: Batch): void {
    if (!isBatch(batch)) return this.#reportBroken();
    if (batch.length === 0) return release(batch, true, this.#log);
    // A source that makes its batches itself is not held back by credit, but its lines are counted.
    const unknown = this.#emitted + batch.length - this.#admitted;
    if (unknown > 0) {
      this.#admitted += unknown;
      this.#account.received += unknown;
    }
    this.#emitted += batch.length;
    this.out.send(sound(batch));
  }

  #finish(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const inHand = this.#admitted - this.#emitted;
    this.#admitted = this.#emitted;
    this.#account.dropped.add('abandoned', inHand, false);
    this.#abandoned += inHand;
    this.#end();
  }

  #reportDiscard(reason: string, discarded: number): void {
    let entries = this.#discards.get(reason);
    if (!entries) this.#discards.set(reason, (entries = new Occasionally(this.#clock)));
    entries.add(discarded, (lines) =>
      this.#log.warn(
        { source: this.name, reason, lines },
        `${this.name}: ${lines} ${lines === 1 ? 'line' : 'lines'} dropped: ${reason}`,
      ),
    );
  }

  #reportBroken(): void {
    this.#broken.add(1, (times) =>
      this.#log.error(
        { source: this.name, times },
        `${this.name}: what the source emitted is no batch, and is left out`,
      ),
    );
  }

  #report(error: unknown, what: string): void {
    report(this.#log, this.name, error, what);
  }
}

/**
 * The account, and batches that are on their way, keep the credit in memory longer than the source: what it calls must not
 * stand in a scope that knows the source.
 */
function toCredit({ name, node, log }: SourceRunnerInit): Credit {
  return new Credit(node.credit, (error) => report(log, name, error, 'failed to go on'));
}

function report(log: Logger, source: string, error: unknown, what: string): void {
  log.error({ source, error }, `${source}: ${what}: ${messageOf(error)}`);
}
