/**
 * A gate in front of sources: while it is closed they get no credit. A sink that blocks closes one when its queue is full.
 */
import type { Credit } from '../../core/credit.ts';

export class Gate {
  #closed = false;
  #credits: ReadonlySet<Credit> = new Set();
  #waiters: (() => void)[] = [];

  get closed(): boolean {
    return this.#closed;
  }

  /** Which sources it stands in front of. A closed gate is closed for the new ones too, and opened for those that left. */
  standBefore(credits: ReadonlySet<Credit>): void {
    if (this.#closed) {
      for (const credit of credits.difference(this.#credits)) credit.close();
    }
    const left = this.#credits.difference(credits);
    this.#credits = credits;
    if (this.#closed) for (const credit of left) credit.open();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const credit of this.#credits) credit.close();
  }

  open(): void {
    if (!this.#closed) return;
    this.#closed = false;
    for (const credit of this.#credits) credit.open();
    for (const waiter of this.#waiters.splice(0)) queueMicrotask(waiter);
  }

  /** Calls `waiter` once, soon after it is opened: for those that it does not close, but who mind it. */
  whenOpen(waiter: () => void): void {
    if (this.#closed) this.#waiters.push(waiter);
    else queueMicrotask(waiter);
  }
}
