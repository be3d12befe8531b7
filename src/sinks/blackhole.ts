/**
 * `blackhole`: takes every line, counts it and forgets it: for trying out and for measuring what is before it.
 */
import { z } from 'zod';
import type { Batch } from '../core/batch.ts';
import { type Clock, sleep } from '../core/clock.ts';
import { defineSink, type Sink } from '../core/component.ts';
import type { Figures } from '../core/ledger.ts';
import { duration } from '../core/units.ts';

/** The sink `blackhole`. */
export const blackhole = defineSink({
  type: 'blackhole',
  summary: 'Counts lines and forgets them.',
  guarantees: { durability: 'None: a line that counts as stored is gone.' },
  options: z.strictObject({
    delay: duration().prefault('0s').meta({
      description: 'How long each write takes, to try out what a slow sink does to the others',
      unit: 'duration',
    }),
  }),
  examples: [
    { title: 'Forget everything', yaml: 'type: blackhole\n' },
    { title: 'Slowly', yaml: 'type: blackhole\ndelay: 100ms\n' },
  ],
  create: ({ delay }, { clock }) => new BlackholeSink(delay, clock),
});

class BlackholeSink implements Sink {
  readonly #delay: number;
  readonly #clock: Clock;
  readonly #ending = new AbortController();
  #lines = 0;
  #bytes = 0;

  constructor(delay: number, clock: Clock) {
    this.#delay = delay;
    this.#clock = clock;
  }

  write(batch: Batch): void | Promise<void> {
    if (this.#delay === 0) return this.#forget(batch);
    return sleep(this.#clock, this.#delay, this.#ending.signal).then(() => this.#forget(batch));
  }

  /** Lines and bytes, with a line feed each, that were forgotten. */
  inspect(): Figures {
    return { lines: this.#lines, bytes: this.#bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
  }

  #forget(batch: Batch): void {
    this.#lines += batch.length;
    this.#bytes += batch.byteLength;
  }
}
