/**
 * Searches for query clients, one after the other, and bounds the memory that their answers hold together.
 *
 * A search may use all the memory that no other answer holds; that is why there is one at a time. What it found is held
 * until it is sent, and given back piece by piece. A search that found too much while others hold memory is done again
 * when half of the memory is free, and if that does not do, when all of it is: a try that fails has copied what it found
 * so far for nothing. Searches that need less go on meanwhile.
 *
 * Invariants: held bytes never exceed the limit. A client that leaves while it waits is forgotten at once. No search waits
 * for memory longer than the timeout.
 */
import type { Buffer } from 'node:buffer';
import type { Clock, Timer } from '../core/clock.ts';
import { LogCasterError } from '../core/errors.ts';
import type { Searchable, SearchResult } from '../core/search.ts';

/** Settings of a {@link SearchDesk}. */
export interface SearchDeskOptions {
  /** The most bytes that all answers hold together. */
  readonly maxBytes: number;
  /** How long a search waits for memory, in ms. */
  readonly timeout: number;
}

interface Waiter {
  /** The bytes that must be free. */
  readonly wanted: number;
  go(): void;
}

/** Gives searches their turn and their memory. */
export class SearchDesk {
  readonly #options: SearchDeskOptions;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #isSearching = false;
  #held = 0;

  constructor(options: SearchDeskOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** The bytes that answers hold at the moment. */
  get held(): number {
    return this.#held;
  }

  /** How many searches wait for their turn or for memory. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /**
   * Searches when its turn comes. The caller releases what it gets.
   *
   * @throws LogCasterError `LC_SEARCH_TOO_LARGE` when it does not fit into the memory of all answers, or waited too long for
   * it; the reason of `signal` when that is aborted; whatever the search throws
   */
  async search(searchable: Searchable, keyword: Uint8Array, signal: AbortSignal): Promise<HeldLines> {
    const { maxBytes, timeout } = this.#options;
    const overdue = new AbortController();
    const patience = AbortSignal.any([signal, overdue.signal]);
    let wanted = 0;
    let timer: Timer | undefined;
    try {
      for (;;) {
        await this.#turn(wanted, patience);
        const free = maxBytes - this.#held;
        const lines = await this.#try(searchable, keyword, free, patience);
        if (lines) return lines;
        wanted = free < maxBytes / 2 ? maxBytes / 2 : maxBytes;
        timer ??= this.#clock.after(timeout, () => overdue.abort(tooLong()));
      }
    } finally {
      timer?.cancel();
    }
  }

  /**
   * Searches in the memory that is free; nothing when that may do later.
   *
   * The error of a search that found too much must not be kept while this waits for memory: it holds on to what it was
   * thrown from (that is how its stack is made), which is the copies of all lines that were found until then.
   */
  async #try(
    searchable: Searchable,
    keyword: Uint8Array,
    free: number,
    signal: AbortSignal,
  ): Promise<HeldLines | undefined> {
    try {
      signal.throwIfAborted();
      const result = await searchable.search({ keyword }, { signal, maxBytes: free });
      signal.throwIfAborted();
      return this.#hold(result);
    } catch (error) {
      if (
        free < this.#options.maxBytes &&
        (error as { code?: unknown } | null)?.code === 'LC_SEARCH_TOO_LARGE'
      )
        return undefined;
      throw error;
    } finally {
      this.#isSearching = false;
      this.#next();
    }
  }

  /** Waits until no other search runs and `wanted` bytes are free, then has the turn. */
  #turn(wanted: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const leave = (): void => {
        this.#waiters.delete(waiter);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        wanted,
        go: () => {
          signal.removeEventListener('abort', leave);
          this.#waiters.delete(waiter);
          this.#isSearching = true;
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiters.add(waiter);
      this.#next();
    });
  }

  /** Gives the turn to the first that can use it. */
  #next(): void {
    if (this.#isSearching) return;
    const free = this.#options.maxBytes - this.#held;
    for (const waiter of this.#waiters) {
      if (waiter.wanted <= free) return waiter.go();
    }
  }

  #hold(result: SearchResult): HeldLines {
    const lines = new HeldLines(result, (bytes) => {
      this.#held -= bytes;
      this.#next();
    });
    this.#held += lines.byteLength;
    return lines;
  }
}

/** Found lines, with a line feed each, on their way to a client. */
export class HeldLines {
  readonly matches: number;
  /** The bytes that are still held. */
  byteLength: number;
  readonly #giveBack: (bytes: number) => void;
  /** What is still held, the next last. Nothing but the bytes: the bounds may take more than short lines do. */
  readonly #pieces: Buffer[] = [];
  /** How much of the last piece was taken. */
  #taken = 0;

  constructor({ matches, pieces }: SearchResult, giveBack: (bytes: number) => void) {
    this.matches = matches;
    this.#giveBack = giveBack;
    this.byteLength = 0;
    for (const { bytes, bounds } of pieces.toReversed()) {
      if (bounds.length === 0) continue;
      const piece = bytes.subarray(bounds[0], bounds.at(-1)! + 1);
      this.byteLength += piece.length;
      this.#pieces.push(piece);
    }
  }

  /** The next bytes, at most so many; nothing at the end. The bytes that it gave before are not needed any more. */
  take(maxBytes: number): Buffer | undefined {
    if (this.#taken === this.#pieces.at(-1)?.length) {
      this.#taken = 0;
      this.#release([this.#pieces.pop()!]);
    }
    const bytes = this.#pieces.at(-1)?.subarray(this.#taken, this.#taken + maxBytes);
    this.#taken += bytes?.length ?? 0;
    return bytes;
  }

  /** Gives back the memory of what was not sent. Safe to call twice. */
  release(): void {
    this.#release(this.#pieces.splice(0));
  }

  #release(pieces: readonly Buffer[]): void {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (bytes === 0) return;
    this.byteLength -= bytes;
    this.#giveBack(bytes);
  }
}

function tooLong(): LogCasterError {
  return new LogCasterError(
    'LC_SEARCH_TOO_LARGE',
    'other answers held the memory that this one needs, for too long',
    {
      hint: 'Look for something rarer, ask again later, or raise maxAnswerBytes of the query port.',
    },
  );
}
