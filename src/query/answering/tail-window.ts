/**
 * The newest batches, for tails: one window for all of them. A tail reads on from where it is, when it can; what has left the
 * window by then it has to skip, and it learns how many lines that were. So a slow tail holds up nobody, and all tails together
 * take so much memory and no more, however many there are.
 *
 * Lines are numbered from 0 on in the order in which they came. While nobody follows, nothing is kept.
 */
import { Batch } from '../../core/batch.ts';

/** Follows a source of batches; answers a function that ends it. `receivedAt` is the time that a search finds the lines at. */
export type Follow = (listener: (batch: Batch, receivedAt: number) => void) => () => void;

interface Entry {
  readonly batch: Batch;
  readonly receivedAt: number;
  /** The number of its first line. */
  readonly first: number;
  /** What it keeps in memory, in bytes. */
  readonly size: number;
}

/** What a tail gets next. */
export interface TailStep {
  /** Lines that were lost to it since the step before. */
  readonly skipped: number;
  readonly batch: Batch;
  readonly receivedAt: number;
}

/** Keeps the newest batches while there are tails. */
export class TailWindow {
  readonly #maxBytes: number;
  readonly #follow: Follow;
  readonly #tails = new Set<TailCursor>();
  /** The oldest first; those before `#oldest` are gone. */
  #entries: (Entry | undefined)[] = [];
  #oldest = 0;
  #bytes = 0;
  /** The number that the next line will have. */
  #next = 0;
  #unfollow: (() => void) | undefined;

  constructor(maxBytes: number, follow: Follow) {
    this.#maxBytes = maxBytes;
    this.#follow = follow;
  }

  /** The bytes that it keeps. */
  get byteLength(): number {
    return this.#bytes;
  }

  /** Begins to follow with the next line. To be left with `leave`. */
  join(): TailCursor {
    const tail = new TailCursor(this, this.#next);
    this.#tails.add(tail);
    this.#unfollow ??= this.#follow((batch, receivedAt) => this.#add(batch, receivedAt));
    return tail;
  }

  /** Follows anew: what was followed may have been replaced. */
  followAgain(): void {
    if (!this.#unfollow) return;
    this.#unfollow();
    this.#unfollow = this.#follow((batch, receivedAt) => this.#add(batch, receivedAt));
  }

  /** The entry with line `number`, or the oldest one if that is gone; nothing if the line is still to come. */
  at(number: number): Entry | undefined {
    if (number >= this.#next) return undefined;
    let low = this.#oldest;
    let high = this.#entries.length;
    // The last entry that begins with this line or before it.
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle]!.first <= number) low = middle;
      else high = middle;
    }
    return this.#entries[low];
  }

  leave(tail: TailCursor): void {
    this.#tails.delete(tail);
    if (this.#tails.size > 0) return;
    this.#unfollow?.();
    this.#unfollow = undefined;
    this.#entries = [];
    this.#oldest = 0;
    this.#bytes = 0;
  }

  #add(batch: Batch, receivedAt: number): void {
    if (batch.length === 0) return;
    // Neither a delivery nor fields: they would keep more alive than is counted, and a ring has no fields either.
    const lean = new Batch(batch, { origin: batch.origin, receivedAt: batch.receivedAt }, batch.byteLength);
    const kept = lean.compact();
    const size = Math.min(kept.bytes.buffer.byteLength, 4 * kept.byteLength + 1024) + kept.bounds.byteLength;
    this.#entries.push({ batch: kept, receivedAt, first: this.#next, size });
    this.#next += batch.length;
    this.#bytes += size;
    while (this.#bytes > this.#maxBytes && this.#entries.length - this.#oldest > 1) {
      this.#bytes -= this.#entries[this.#oldest]!.size;
      this.#entries[this.#oldest++] = undefined;
    }
    if (this.#oldest > 1024 && this.#oldest * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#oldest);
      this.#oldest = 0;
    }
    for (const tail of this.#tails) tail.wake();
  }
}

/** Where a tail is. */
export class TailCursor {
  readonly #window: TailWindow;
  /** The number of the line that it wants next. */
  #number: number;
  #wake: (() => void) | undefined;

  constructor(window: TailWindow, number: number) {
    this.#window = window;
    this.#number = number;
  }

  /** The next lines, at most so many bytes of them but at least one; nothing if there are none yet. */
  take(maxBytes: number): TailStep | undefined {
    const entry = this.#window.at(this.#number);
    if (!entry) return undefined;
    const skipped = Math.max(0, entry.first - this.#number);
    const from = this.#number + skipped - entry.first;
    const count = Math.max(1, entry.batch.fitting(maxBytes, from));
    this.#number += skipped + count;
    return { skipped, batch: entry.batch.slice(from, from + count), receivedAt: entry.receivedAt };
  }

  /** Waits for more. @throws the reason of `signal` */
  more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const go = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', go, { once: true });
      this.#wake = () => {
        this.#wake = undefined;
        signal.removeEventListener('abort', go);
        resolve();
      };
    });
  }

  wake(): void {
    this.#wake?.();
  }

  leave(): void {
    this.#window.leave(this);
  }
}
