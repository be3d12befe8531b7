/** Something that fails again and again is told twice: when it begins, and when it is over. */
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';

export class Episode {
  readonly #what: string;
  readonly #context: { readonly name: string; readonly clock: Clock; readonly log: Logger };
  #failures = 0;
  #since = 0;

  /** `what` names the work, as in "cannot `what`". */
  constructor(what: string, context: { readonly name: string; readonly clock: Clock; readonly log: Logger }) {
    this.#what = what;
    this.#context = context;
  }

  failed(error: unknown): void {
    const { name, clock, log } = this.#context;
    if (this.#failures++ > 0) return;
    this.#since = clock.monotonic();
    log.error({ sink: name, error }, `${name}: cannot ${this.#what}: ${messageOf(error)}`);
  }

  succeeded(): void {
    if (this.#failures === 0) return;
    const { name, clock, log } = this.#context;
    const seconds = Math.round((clock.monotonic() - this.#since) / 1000);
    log.info(
      { sink: name, failures: this.#failures, seconds },
      `${name}: can ${this.#what} again, after ${seconds} s`,
    );
    this.#failures = 0;
  }
}
