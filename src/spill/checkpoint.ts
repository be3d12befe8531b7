/**
 * Notes on the disk how far the lines of a spill have come, and removes the segments in which everything is settled.
 *
 * Invariants: a segment is removed only after the cursor is beyond it. A cursor that cannot be written is logged and holds nobody
 * up: after a kill more comes twice.
 */
import type { Clock } from '../core/clock.ts';
import { Episode } from '../core/log-directory/episode.ts';
import type { Logger } from '../core/logger.ts';
import { Serial } from '../core/serial.ts';
import type { CursorFile } from './cursor.ts';
import type { SpillSettings } from './options.ts';
import type { Positions } from './positions.ts';
import type { SegmentReader } from './segment-reader.ts';
import type { Segments } from './segments.ts';

export interface CheckpointInit {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly cursor: CursorFile;
  readonly positions: Positions;
  readonly reader: SegmentReader;
  readonly segments: Segments;
  /** In which the list of segments is changed. */
  readonly turns: Serial;
  readonly durability: () => SpillSettings['durability'];
  /** Whether lines are being written or read, so that a segment is in use of which nothing waits. */
  readonly isBusy: () => boolean;
}

export class Checkpoint {
  readonly #init: CheckpointInit;
  readonly #cursorTurns = new Serial();
  readonly #cursorFailures: Episode;
  readonly #removeFailures: Episode;
  #isTidying = false;
  #isWanted = false;
  #isStopped = false;

  constructor(init: CheckpointInit) {
    this.#init = init;
    this.#cursorFailures = new Episode('note in its spill what is settled', init);
    this.#removeFailures = new Episode('remove what is settled from its spill', init);
  }

  /** Writes the cursor; answers whether it could. */
  async save(settled: number, handed: number): Promise<boolean> {
    const { cursor, durability } = this.#init;
    const position = { settled, handed: Math.max(settled, handed) };
    // Without it what was removed would seem to be missing after a power cut.
    const isDurable = durability() === 'always' || (durability() === 'interval' && this.#hasDone());
    try {
      await this.#cursorTurns.run(() => cursor.write(position, isDurable));
      this.#cursorFailures.succeeded();
      return true;
    } catch (error) {
      this.#cursorFailures.failed(error);
      return false;
    }
  }

  /**
   * Writes the cursor, and removes what is done. Called in turn.
   *
   * @param handed - up to where the sink may have stored what it was given
   */
  async saveAndRemove(handed: number): Promise<void> {
    const done = this.#doneBefore;
    if (await this.save(this.#init.positions.settled, handed)) await this.#removeBefore(done);
  }

  /** Writes the cursor and removes what is done, soon. At most one of these runs; what comes meanwhile is done by the next. */
  tidy(): void {
    if (this.#isStopped) return;
    this.#isWanted = true;
    if (this.#isTidying) return;
    this.#isTidying = true;
    void this.#tidyAll().finally(() => (this.#isTidying = false));
  }

  /** Tidies no more, for good. */
  stop(): void {
    this.#isStopped = true;
  }

  async #tidyAll(): Promise<void> {
    const { positions, turns } = this.#init;
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      const done = this.#doneBefore;
      if (!(await this.save(positions.settled, positions.next))) continue;
      try {
        await turns.run(() => this.#removeBefore(done));
        this.#removeFailures.succeeded();
      } catch (error) {
        this.#removeFailures.failed(error);
      }
    }
  }

  #hasDone(): boolean {
    const [oldest] = this.#init.segments.list;
    return oldest !== undefined && oldest.number < this.#doneBefore;
  }

  /** Of the segments before this number everything is settled. */
  get #doneBefore(): number {
    const { positions, reader, segments, isBusy } = this.#init;
    if (positions.waiting === 0 && !isBusy()) return (segments.list.at(-1)?.number ?? 0) + 1;
    return positions.oldestHanded ?? reader.from;
  }

  /** Removes segments; what was appended since `done` was asked for stays. Called in turn, and when the cursor is beyond them. */
  async #removeBefore(done: number): Promise<void> {
    const { reader, segments } = this.#init;
    const before = Math.min(done, this.#doneBefore);
    await reader.skipTo(before);
    await segments.remove(({ number }) => number < before);
  }
}
