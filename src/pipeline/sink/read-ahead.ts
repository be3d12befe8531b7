/**
 * Reads the lines of a spill back from the disk, some ahead of the sink. A read that fails is tried again; a place that cannot be
 * read time after time is given up, and what that costs is counted.
 */
import type { Clock, Timer } from '../../core/clock.ts';
import { countOf } from '../../core/count-of.ts';
import { messageOf } from '../../core/errors.ts';
import type { SinkAccount } from '../../core/ledger.ts';
import { Episode } from '../../core/log-directory/episode.ts';
import type { Logger } from '../../core/logger.ts';
import type { SpillLog } from '../../spill/spill-log.ts';
import { SinkQueue } from './sink-queue.ts';

/** So much is read ahead: after a kill, at most twice as much is handed over again, unless a batch alone is larger. */
const READ_BYTES = 256 * 1024;

/** The pause after the first read that fails, in ms; it doubles. */
const FIRST_PAUSE = 200;

/** A place that could not be read so often is given up. */
const MAX_READS = 5;

export interface ReadAheadInit {
  readonly name: string;
  readonly account: SinkAccount;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told when a read has ended. */
  readonly onRead: () => void;
}

export class ReadAhead {
  /** What was read. */
  readonly queue = new SinkQueue();
  readonly #init: ReadAheadInit;
  readonly #failures: Episode;
  #isReading = false;
  #failedReads = 0;
  #again: Timer | undefined;
  #isStopped = false;

  constructor(init: ReadAheadInit) {
    this.#init = init;
    this.#failures = new Episode('read its spill', init);
  }

  /** Whether something is being read, or waits to be read again. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /** Reads on, if there is something to read and room for it. */
  readOn(disk: SpillLog): void {
    if (disk.unread === 0 || this.#isReading || this.#isStopped) return;
    if (this.queue.bytes >= READ_BYTES / 2) return;
    this.#isReading = true;
    void this.#read(disk);
  }

  /** Reads no more, for good; what comes of a read that is under way is not kept: it is on the disk. */
  stop(): void {
    this.#isStopped = true;
    this.#again?.cancel();
  }

  async #read(disk: SpillLog): Promise<void> {
    const { account, log, name } = this.#init;
    try {
      const { batches, lost } = await disk.read(READ_BYTES);
      this.#failedReads = 0;
      this.#failures.succeeded();
      if (lost > 0) {
        account.dropped.add('spillDamaged', lost, false);
        log.error(
          { sink: name, lines: lost },
          `${name}: ${countOf(lost, 'line')} of its spill are damaged or missing`,
        );
      }
      if (!this.#isStopped) for (const batch of batches) this.queue.push(batch);
    } catch (error) {
      this.#failures.failed(error);
      if (++this.#failedReads < MAX_READS) return this.#readLater(disk);
      log.error({ sink: name, error }, `${name}: gives up a file of its spill: ${messageOf(error)}`);
      this.#failedReads = 0;
      await disk.skipSegment();
    }
    this.#isReading = false;
    this.#init.onRead();
  }

  #readLater(disk: SpillLog): void {
    const again = (): void => {
      this.#isReading = false;
      this.readOn(disk);
    };
    const pause = FIRST_PAUSE * 2 ** (this.#failedReads - 1);
    this.#again = this.#init.clock.after(pause, again, { keepAlive: true });
  }
}
