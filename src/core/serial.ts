/** Jobs that are done one after the other, in the order in which they came. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  /** Does `job` when all that came before it are done, also if they failed. */
  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#last.then(job);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Resolves when all that came so far are done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
