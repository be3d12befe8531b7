/**
 * The memory of all unfinished lines together. A limit for each line does not bound it: ten thousand connections, each with a
 * line that does not end, would take ten thousand times as much.
 *
 * When it is used up, the longest unfinished lines are cut, as if they were too long: `oversize` says what that means. To
 * let them wait would be no way out: a connection that is not read can never finish its line, and so never frees its memory.
 *
 * Invariant: after each chunk that was taken in, no more than the limit is held, unless the lines that were cut wait for credit:
 * then nothing is read until they have it.
 */
import type { Connection } from './connection.ts';

/** Room is made for so much of the limit at a time, so that the connections are not looked through for every chunk. */
const SHARE = 1 / 8;

export class LineMemory {
  readonly #limit: number;
  readonly #connections: Iterable<Connection>;
  readonly #onCut: () => void;
  #held = 0;

  /**
   * @param limit - Bytes.
   * @param onCut - A line was cut.
   */
  constructor(limit: number, connections: Iterable<Connection>, onCut: () => void) {
    this.#limit = limit;
    this.#connections = connections;
    this.#onCut = onCut;
  }

  /** Bytes that are held. */
  get held(): number {
    return this.#held;
  }

  /** A connection holds so many bytes more than before, or less. */
  changed(bytes: number): void {
    this.#held += bytes;
    if (bytes > 0 && this.#held > this.#limit) this.#makeRoom();
  }

  #makeRoom(): void {
    const byLength = [...this.#connections].filter(({ capacity }) => capacity > 0);
    byLength.sort((one, other) => other.capacity - one.capacity);
    const enough = this.#limit * (1 - SHARE);
    for (const connection of byLength) {
      if (this.#held <= enough) return;
      // Memory that is only kept for the next line costs nobody a line.
      if (connection.cut()) this.#onCut();
    }
  }
}
