/**
 * How many bytes of a source may be on their way at once. A batch takes its bytes when it is emitted and gives them back
 * when it is settled; a source that gets no credit stops reading, so that its sender is slowed down and nothing is lost.
 *
 * Invariants: `0 <= available <= limit`; everything taken comes back; a batch larger than the whole limit takes all of it,
 * so that it can pass, alone. While a gate is closed (a full queue of a sink that blocks), nobody gets credit.
 *
 * Credit comes back in the middle of other work (a sink settles a batch while others are still being handed it). So
 * listeners are told a little later, in a microtask: what they emit then overtakes nothing, and cannot recurse.
 *
 * @remarks Since 0.1.0
 */
export class Credit {
  /** The most bytes that can be on their way. */
  readonly limit: number;
  #available: number;
  #closedGates = 0;
  #telling = false;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<() => void>();

  /** @param onError - Gets what a listener throws, so that the others are told all the same. Rethrown by default. */
  constructor(limit: number, onError: (error: unknown) => void = rethrow) {
    if (!(limit > 0)) throw new RangeError(`a credit of ${limit} bytes lets nothing pass`);
    this.limit = limit;
    this.#available = limit;
    this.#onError = onError;
  }

  /** Bytes that can be taken now, if no gate is closed. */
  get available(): number {
    return this.#available;
  }

  /** Bytes that are on their way. */
  get taken(): number {
    return this.limit - this.#available;
  }

  /** Whether a sink has no room, so that nothing is given however much is available. */
  get closed(): boolean {
    return this.#closedGates > 0;
  }

  /** Takes credit for `bytes` if there is enough; answers whether it did. */
  tryTake(bytes: number): boolean {
    const cost = Math.min(bytes, this.limit);
    if (this.#closedGates > 0 || cost > this.#available) return false;
    this.#available -= cost;
    return true;
  }

  /**
   * Gives back what `tryTake(bytes)` took.
   *
   * @throws Error if that is more than was taken: a fault of the program
   */
  give(bytes: number): void {
    const cost = Math.min(bytes, this.limit);
    if (this.#available + cost > this.limit) throw new Error('more credit was given back than was taken');
    this.#available += cost;
    this.#tellSoon();
  }

  /** Closes a gate: no credit until it is opened again. Gates add up. */
  close(): void {
    this.#closedGates++;
  }

  /** Opens a gate again. */
  open(): void {
    if (this.#closedGates === 0) throw new Error('a gate was opened that was not closed');
    this.#closedGates--;
    this.#tellSoon();
  }

  /** Calls `listener` (soon, never at once) whenever there may be credit again; answers a function that stops it. */
  onAvailable(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tellSoon(): void {
    if (this.#telling || this.#listeners.size === 0) return;
    this.#telling = true;
    queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    this.#telling = false;
    // A copy: a listener that takes itself off and on again is not to be called forever.
    const listeners = [...this.#listeners];
    for (const listener of listeners) {
      if (this.#closedGates > 0 || this.#available === 0) return;
      if (!this.#listeners.has(listener)) continue;
      try {
        listener();
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

function rethrow(error: unknown): never {
  throw error;
}
