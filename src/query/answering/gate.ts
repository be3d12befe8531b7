/** Lets so many in at a time; the others wait, first come, first served. One that is not waited for any more is forgotten. */

/** A place that was given: to be left once, by calling it. */
export type Leave = () => void;

/** Counts who is inside. */
export class Gate {
  readonly #places: number;
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** How many are inside. */
  get inside(): number {
    return this.#inside;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether whoever comes now has to wait. */
  get isFull(): boolean {
    return this.#inside >= this.#places || this.#waiting.size > 0;
  }

  /** A place, if there is one now. */
  tryEnter(): Leave | undefined {
    if (this.#inside >= this.#places) return undefined;
    this.#inside++;
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      this.#inside--;
      const [next] = this.#waiting;
      next?.();
    };
  }

  /**
   * Waits for a place.
   *
   * @throws the reason of `signal`
   */
  async enter(signal: AbortSignal): Promise<Leave> {
    signal.throwIfAborted();
    const now = this.isFull ? undefined : this.tryEnter();
    if (now) return now;
    return new Promise((resolve, reject) => {
      const come = (): void => {
        const leave = this.tryEnter();
        if (!leave) return;
        this.#forget(come, signal, go);
        resolve(leave);
      };
      const go = (): void => {
        this.#forget(come, signal, go);
        reject(signal.reason as Error);
      };
      this.#waiting.add(come);
      signal.addEventListener('abort', go, { once: true });
    });
  }

  #forget(come: () => void, signal: AbortSignal, go: () => void): void {
    this.#waiting.delete(come);
    signal.removeEventListener('abort', go);
  }
}
