/**
 * The way on from a source or a pipeline: every batch goes to all receivers. While the topology changes, it can be held
 * back here; what is held back is bounded by the credit of the sources.
 *
 * Invariant: the order is kept, also over a pause.
 */
import type { Batch } from '../core/batch.ts';
import type { Logger } from '../core/logger.ts';
import { release } from './containment/release.ts';

/** Takes a batch, and with it one keeper of its delivery. */
export type Receiver = (batch: Batch) => void;

export class FanOut {
  /** May change at any time, except while a batch is handed over. */
  receivers: readonly Receiver[] = [];
  readonly #count: (lines: number, receivers: number) => void;
  readonly #log: Logger;
  #heldBack: Batch[] | undefined;

  /** @param count - Told of each batch that goes on, just before it does. */
  constructor(count: (lines: number, receivers: number) => void, log: Logger) {
    this.#count = count;
    this.#log = log;
  }

  /** Lines that are held back. */
  get held(): number {
    return this.#heldBack?.reduce((sum, batch) => sum + batch.length, 0) ?? 0;
  }

  /** Takes a batch, and with it one keeper of its delivery. */
  send(batch: Batch): void {
    if (this.#heldBack) this.#heldBack.push(batch);
    else this.#forward(batch);
  }

  /** Holds back what comes, until {@link resume}. */
  hold(): void {
    this.#heldBack ??= [];
  }

  resume(): void {
    // What comes meanwhile goes to the end of the list, and so is still behind.
    for (const batch of this.#heldBack ?? []) this.#forward(batch);
    this.#heldBack = undefined;
  }

  /** Lets go of what is held back; answers how many lines that was. */
  abandon(): number {
    const lines = this.held;
    for (const batch of this.#heldBack?.splice(0) ?? []) release(batch, false, this.#log);
    return lines;
  }

  #forward(batch: Batch): void {
    const { receivers } = this;
    this.#count(batch.length, receivers.length);
    // The keeper that came with it goes last: a batch is settled when everybody has seen it.
    if (receivers.length > 0) batch.delivery.retain(receivers.length);
    for (const receive of receivers) receive(batch);
    release(batch, true, this.#log);
  }
}
