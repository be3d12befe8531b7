/**
 * A queue that goes on to disk. In memory it is the runner's queue, as long as that suffices. When it does not, everything that
 * is not settled goes to the disk in order, what the sink has in hand first, and everything new goes behind it until the disk
 * part is drained.
 *
 * Where a line can be, oldest first:
 *
 *     in hand    given to the sink and not settled; also on the disk if it was read from there, or since the spill began
 *     read       back from the disk, as copies
 *     on disk
 *     entry      being written to the disk, or waiting to be written again
 *     memory     the runner's queue
 *
 * Invariants:
 * - Nothing is taken from memory while there is something before it, and nothing leaves the disk before it is settled.
 * - What waits in memory because memory suffices holds nobody's delivery. While the queue spills, what waits in memory holds its
 *   delivery until it is on the disk, so that memory is bounded by credit; except where the disk is stuck and the policy drops:
 *   then it is bounded by `maxBytes`, and what has to go is counted as `spillFull`.
 * - The disk is stuck when a write takes longer than a second, fails, or finds no room. It is tried again, and while nothing is
 *   on the disk the sink gets its lines from memory meanwhile.
 */

import type { Batch } from '../../core/batch.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import { countOf } from '../../core/count-of.ts';
import type { FileSystem } from '../../core/file-system.ts';
import type { Figures, SinkAccount } from '../../core/ledger.ts';
import { Episode } from '../../core/log-directory/episode.ts';
import type { Logger } from '../../core/logger.ts';
import type { SpillSettings } from '../../spill/options.ts';
import { type Entry, SpillLog } from '../../spill/spill-log.ts';
import { detach, release } from '../containment/release.ts';
import { Occasionally } from '../occasionally.ts';
import type { QueueSettings } from '../topology.ts';
import { ReadAhead } from './read-ahead.ts';
import type { SinkQueue } from './sink-queue.ts';

/** So much is written at once. */
const CHUNK_BYTES = 2 ** 20;
const CHUNK_BATCHES = 256;

/** A write that takes longer, in ms, is stuck. */
const LATE = 1000;

/** Pauses between attempts, in ms. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

export interface SpillInit {
  readonly name: string;
  readonly queue: QueueSettings & { readonly spill: SpillSettings };
  readonly memory: SinkQueue;
  readonly account: SinkAccount;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly log: Logger;
  /** What the sink has in hand. */
  readonly inHand: () => readonly Batch[];
  /** Told when there may be something to take, or room again. */
  readonly onChange: () => void;
}

/** What is being written. */
interface Writing {
  batches: readonly Batch[];
  readonly entry: Entry;
  /** They are what the sink has in hand. */
  readonly isInHand: boolean;
  /** The sink has settled them meanwhile. */
  isSettled: boolean;
  isUnderWay: boolean;
}

export class Spill {
  readonly #init: SpillInit;
  readonly #memory: SinkQueue;
  /** Reads back from the disk. */
  readonly #ahead: ReadAhead;
  readonly #drops: Occasionally;
  readonly #writeFailures: Episode;
  #queue: SpillInit['queue'];
  #disk: SpillLog | undefined;
  #isSpilling = false;
  #isStuck = false;
  #writing: Writing | undefined;
  /** How many batches of what the sink has in hand are on the disk. */
  #inHand = 0;
  #failures = 0;
  #retry: Timer | undefined;
  #isClosed = false;
  /** The last lines are on their way: all of them have room. */
  #isStopping = false;
  /** Everything has to go to the disk: it is going to be closed. */
  #isLeaving = false;
  #leavers: (() => void)[] = [];

  constructor(init: SpillInit) {
    this.#init = init;
    this.#memory = init.memory;
    this.#queue = init.queue;
    this.#drops = new Occasionally(init.clock);
    this.#writeFailures = new Episode('write to its spill', init);
    this.#ahead = new ReadAhead({ ...init, onRead: () => this.#hasRead() });
  }

  /**
   * Opens the directory.
   *
   * @throws LogCasterError `LC_DIRECTORY_…`
   */
  async open(): Promise<void> {
    const disk = await SpillLog.open(this.#queue.spill, this.#init);
    // It may have been closed meanwhile.
    if (this.#isClosed) return disk.close(0);
    this.#disk = disk;
    this.#isSpilling = disk.unread > 0;
  }

  /** Begins to give away what was there at the start; answers where it is, and how many lines. */
  begin(): { readonly path: string; readonly lines: number; readonly possibleDuplicates: number } {
    const { path, recovered, possibleDuplicates } = this.#disk!;
    this.#readOn();
    return { path, lines: recovered, possibleDuplicates };
  }

  use(queue: SpillInit['queue']): void {
    this.#queue = queue;
    this.#disk?.use(queue.spill);
    if (this.#isStuck && this.#mayDrop) this.#letGo();
    this.#tryAgain();
    this.#writeOn();
  }

  /** Lines that are not in the runner's queue and not in hand. */
  get lines(): number {
    const writing = this.#writing && !this.#writing.isInHand ? this.#writing.entry.lines : 0;
    return this.#ahead.queue.lines + (this.#disk?.unread ?? 0) + writing;
  }

  /** Lines on the disk that are not settled: they stay there when it is closed. */
  get linesOnDisk(): number {
    return this.#disk?.waiting ?? 0;
  }

  /** Whether what the sink has in hand is on the disk. */
  get holdsInHand(): boolean {
    return this.#inHand > 0;
  }

  /** Whether sources have to wait where memory is full: the disk does not take it fast enough. */
  get blocks(): boolean {
    return this.#isSpilling && !this.#mayDrop && !this.#isStopping;
  }

  get path(): string | undefined {
    return this.#disk?.path;
  }

  inspect(): Figures {
    const disk = this.#disk;
    if (!disk) return {};
    const { path, waiting, bytes, segments, possibleDuplicates, damagedBytes } = disk;
    return {
      spill: {
        directory: path,
        lines: waiting,
        bytes,
        segments,
        possibleDuplicates,
        damagedBytes,
        stuck: this.#isStuck,
      },
    };
  }

  /** Takes a batch, or drops what the policy says. */
  offer(batch: Batch): void {
    const isIdle = this.#memory.empty && this.#init.inHand().length === 0;
    if (!this.#isSpilling) {
      if (isIdle || this.#memory.fits(batch, this.#queue.maxBytes)) {
        this.#memory.push(detach(batch, this.#init.log).compact());
        return;
      }
      this.#spill();
    }
    if (this.#isStuck && this.#mayDrop) this.#pushOrDrop(batch);
    else this.#memory.push(batch);
    this.#writeOn();
  }

  /** Takes the next batches for the sink; what it had in hand before is settled. */
  take(maxBytes: number, maxBatches: number): Batch[] {
    if (this.#isLeaving) return [];
    this.#giveUpEntry();
    if (!this.#ahead.queue.empty) {
      const group = this.#ahead.queue.take(maxBytes, maxBatches);
      this.#inHand = group.length;
      this.#readOn();
      return group;
    }
    if (this.#isSpilling && (this.#writing || this.#ahead.isReading || this.#disk!.unread > 0)) return [];
    const group = this.#memory.take(maxBytes, maxBatches);
    this.#drained();
    return group;
  }

  /** Says that what the sink had in hand is settled. */
  settled(): void {
    if (this.#writing?.isInHand) this.#writing.isSettled = true;
    if (this.#inHand === 0) return;
    this.#disk!.settle(this.#inHand);
    this.#inHand = 0;
    this.#drained();
    // There may be room again.
    if (this.#isStuck) this.#tryAgain();
  }

  /** What comes from now on has room, since it is the last. */
  expectStop(): void {
    this.#isStopping = true;
    this.#tryAgain();
  }

  /** Writes everything to the disk that is not there. Resolves when that is done, or when it is closed. */
  leave(): Promise<void> {
    this.#isLeaving = this.#isStopping = true;
    this.#ahead.stop();
    if (!this.#disk) return Promise.resolve();
    if (!this.#isSpilling) this.#spill();
    this.#tryAgain();
    this.#writeOn();
    if (this.#hasLeft()) return Promise.resolve();
    return new Promise((resolve) => this.#leavers.push(resolve));
  }

  /** Lets go of what is in memory only; answers the batches. */
  abandon(): readonly Batch[] {
    this.#isLeaving = true;
    this.#retry?.cancel();
    this.#ahead.stop();
    const writing = this.#writing?.isInHand === false ? this.#writing.batches : [];
    this.#writing = undefined;
    this.#ahead.queue.clear();
    return [...writing, ...this.#memory.clear()];
  }

  /** Closes the directory. Safe twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#retry?.cancel();
    this.#ahead.stop();
    await this.#disk?.close(this.#inHand);
  }

  get #mayDrop(): boolean {
    return this.#queue.spill.whenFull !== 'block';
  }

  #hasLeft(): boolean {
    return this.#memory.empty && !this.#writing && (this.#inHand > 0 || this.#init.inHand().length === 0);
  }

  /** What waits holds nobody up any more. */
  #letGo(): void {
    const letGo = (batch: Batch): Batch => detach(batch, this.#init.log);
    this.#memory.replace(letGo);
    if (this.#writing && !this.#writing.isInHand) this.#writing.batches = this.#writing.batches.map(letGo);
  }

  #pushOrDrop(batch: Batch): void {
    const { maxBytes, spill } = this.#queue;
    if (spill.whenFull === 'block') return this.#memory.push(batch);
    const { whenFull } = spill;
    this.#countDropped(this.#memory.pushOrDrop(detach(batch, this.#init.log), { maxBytes, whenFull }));
  }

  #countDropped(lines: number): void {
    if (lines === 0) return;
    const { account, name, log } = this.#init;
    const { maxBytes, whenFull } = this.#queue.spill;
    account.dropped.add('spillFull', lines, true);
    this.#drops.add(lines, (dropped) =>
      log.warn(
        { sink: name, policy: whenFull, maxBytes, lines: dropped },
        `${name}: the spill is full, ${countOf(dropped, 'line')} dropped (${whenFull})`,
      ),
    );
  }

  /** Begins to spill, with what the sink has in hand. */
  #spill(): void {
    this.#isSpilling = true;
    const batches = this.#inHand === 0 ? this.#init.inHand() : [];
    if (batches.length > 0) this.#begin(batches, true);
  }

  /** Ends spilling if nothing is on the disk that was not read, and memory suffices. */
  #drained(): void {
    if (!this.#isSpilling || this.#isLeaving || this.#writing || this.#ahead.isReading) return;
    if (this.#disk!.unread > 0) return;
    if (this.#memory.bytes > this.#queue.maxBytes) return this.#writeOn();
    this.#isSpilling = false;
    this.#isStuck = false;
    this.#letGo();
  }

  #writeOn(): void {
    if (!this.#isSpilling || this.#writing || this.#isClosed || this.#memory.empty) return;
    // A part of a disk that has little room.
    const bytes = this.#isStopping ? CHUNK_BYTES : Math.min(CHUNK_BYTES, this.#queue.spill.maxBytes / 16);
    this.#begin(this.#memory.take(bytes, CHUNK_BATCHES), false);
  }

  #begin(batches: readonly Batch[], isInHand: boolean): void {
    const entry = this.#disk!.toEntry(batches);
    this.#writing = { batches, entry, isInHand, isSettled: false, isUnderWay: false };
    // A disk that fails is not tried more often because there is more to write.
    if (this.#failures === 0 || this.#isLeaving) void this.#write();
    else this.#writeLater();
  }

  #writeLater(): void {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(this.#failures - 1, 10));
    this.#retry?.cancel();
    this.#retry = this.#init.clock.after(pause, () => void this.#write(), { keepAlive: true });
  }

  #tryAgain(): void {
    if (this.#failures === 0 || this.#isLeaving) void this.#write();
  }

  async #write(): Promise<void> {
    const writing = this.#writing;
    if (!writing || writing.isUnderWay || this.#isClosed) return;
    writing.isUnderWay = true;
    this.#retry?.cancel();
    const late = this.#init.clock.after(LATE, () => this.#stick());
    try {
      if (!(await this.#makeRoom(writing.entry))) {
        writing.isUnderWay = false;
        return this.#stick();
      }
      await this.#disk!.append(writing.entry, writing.isInHand);
      writing.isUnderWay = false;
      this.#written(writing);
    } catch (error) {
      writing.isUnderWay = false;
      this.#failures++;
      this.#writeFailures.failed(error);
      this.#stick();
      if (this.#writing === writing && !this.#isClosed) this.#writeLater();
    } finally {
      late.cancel();
      this.#init.onChange();
    }
  }

  /** Whether an entry fits; lets go of the oldest if that is the policy. What has to be written before the end fits always. */
  async #makeRoom(entry: Entry): Promise<boolean> {
    const disk = this.#disk!;
    while (!this.#isStopping && !disk.hasRoom(entry)) {
      if (this.#queue.spill.whenFull !== 'dropOldest') return false;
      const before = disk.bytes;
      const lines = await disk.dropOldest();
      this.#countDropped(lines);
      if (lines === 0 && disk.bytes === before) return disk.hasRoom(entry);
    }
    return true;
  }

  #written(writing: Writing): void {
    this.#failures = 0;
    this.#isStuck = false;
    this.#writeFailures.succeeded();
    // Abandoned meanwhile.
    if (this.#writing !== writing) return;
    this.#writing = undefined;
    if (!writing.isInHand) for (const batch of writing.batches) release(batch, true, this.#init.log);
    else if (writing.isSettled) this.#disk!.settle(writing.batches.length);
    else this.#inHand = writing.batches.length;
    this.#readOn();
    this.#drained();
    this.#writeOn();
    if (!this.#isLeaving || !this.#hasLeft()) return;
    for (const done of this.#leavers.splice(0)) done();
  }

  #stick(): void {
    this.#isStuck = true;
    if (!this.#mayDrop) return;
    this.#letGo();
    for (const batch of this.#memory.clear()) this.#pushOrDrop(batch);
  }

  /** Takes back to memory what could not be written, if nothing is before it: the sink need not wait for a broken disk. */
  #giveUpEntry(): void {
    const writing = this.#writing;
    if (!writing || writing.isUnderWay || this.#failures === 0) return;
    if (this.#disk!.waiting > 0 || !this.#ahead.queue.empty) return;
    this.#retry?.cancel();
    this.#writing = undefined;
    this.#disk!.giveUp();
    if (!writing.isInHand) this.#memory.unshift(writing.batches);
  }

  #hasRead(): void {
    if (this.#isStuck) this.#tryAgain();
    this.#drained();
    this.#readOn();
    this.#init.onChange();
  }

  #readOn(): void {
    if (this.#disk) this.#ahead.readOn(this.#disk);
  }
}
