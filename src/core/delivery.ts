/**
 * Who still has a batch. A source makes one {@link Delivery} for each batch it emits; whoever keeps the batch (a sink's
 * queue, an operator that holds lines) retains it and releases it when done. The last release settles it: the source's
 * credit comes back, and a source that can acknowledge acknowledges.
 *
 * Invariant: it is settled exactly once, and never retained after that. Breaking this is a fault of the program and throws.
 */

/**
 * Told once, when nobody has the batch any more; `stored` is false if lines of it were rejected or abandoned.
 *
 * @remarks Since 0.1.0
 */
export type SettledListener = (stored: boolean) => void;

/**
 * Counts who still has a batch.
 *
 * @remarks Since 0.1.0
 * @example
 * ```ts
 * const delivery = new Delivery((stored) => console.log('settled', stored));
 * delivery.retain(); // a second keeper
 * delivery.release();
 * delivery.release(); // prints: settled true
 * ```
 */
export class Delivery {
  /** For batches that nobody waits for. */
  static readonly ignored: Delivery = new (class extends Delivery {
    override retain(): void {}
    override release(): void {}
  })(() => {});

  #keepers = 1;
  #stored = true;
  readonly #onSettled: SettledListener;

  /** A new delivery has one keeper: whoever made it. */
  constructor(onSettled: SettledListener) {
    this.#onSettled = onSettled;
  }

  /** One delivery that stands for several: when it settles, it releases each of them. */
  static all(deliveries: readonly Delivery[]): Delivery {
    if (deliveries.length === 1) return deliveries[0]!;
    return new Delivery((stored) => {
      const errors: unknown[] = [];
      for (const delivery of deliveries) {
        try {
          delivery.release(stored);
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    });
  }

  /** Whether nobody has the batch any more. */
  get settled(): boolean {
    return this.#keepers === 0;
  }

  /**
   * Adds keepers, one by default.
   *
   * @throws Error if it is settled: a fault of the program
   */
  retain(keepers = 1): void {
    if (this.#keepers === 0) throw new Error('a delivery was retained after it was settled');
    this.#keepers += keepers;
  }

  /**
   * Takes one keeper away; `stored: false` says that lines were lost on the way.
   *
   * @throws Error if there is no keeper: a fault of the program
   */
  release(stored = true): void {
    if (this.#keepers === 0) throw new Error('a delivery was released more often than it was retained');
    if (!stored) this.#stored = false;
    if (--this.#keepers === 0) this.#onSettled(this.#stored);
  }
}
