/**
 * `generate`: makes lines up, so many in a second or as many as the sinks take.
 *
 * Invariants: it makes no line before there is credit for those before; a line that there was no credit for at its time
 * is not made later, but for what one second brings. So what is received is what was emitted, and memory is one batch.
 */
import { Observable, type Subscriber } from 'rxjs';
import { z } from 'zod';
import type { Batch, Lines } from '../../core/batch.ts';
import type { Timer } from '../../core/clock.ts';
import { defineSource, type Source, type SourceContext } from '../../core/component.ts';
import { templateOption } from '../../core/encoding.ts';
import { DEFAULT_TEMPLATE, PLACEHOLDER_NAMES, parseLineTemplate, SyntheticLines } from './synthetic-lines.ts';

/** The most lines of a batch: with the default template about 64 KiB. */
const BATCH = 512;

/** The most batches in one go when there is no rate; after that everybody else has a turn. */
const BATCHES_AT_ONCE = 16;

/** The time until the next go when there is no rate, in ms: no timer is faster. */
const PAUSE = 1;

/** The shortest time between two looks at the clock, in ms. */
const SHORTEST_TICK = 20;

const options = z.strictObject({
  rate: z.number().min(0).max(1e9).default(10).meta({
    description: 'How many lines a second; 0: as many as the sinks take',
    unit: 'lines per second',
  }),
  count: z.int().min(1).optional().meta({
    description: 'Ends after so many lines; without it, never',
    unit: 'lines',
  }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1)
    .meta({
      description: 'The same seed gives the same lines, but for their time',
      unit: 'number',
    }),
  template: templateOption(parseLineTemplate)
    .default(DEFAULT_TEMPLATE)
    .meta({
      description: `What a line looks like, with ${PLACEHOLDER_NAMES}; a brace is written twice`,
      unit: 'template',
    }),
});

type Options = z.output<typeof options>;

/** The source `generate`. */
export const generate = defineSource({
  type: 'generate',
  summary: 'Makes up log lines, for trying out and for load.',
  description:
    'The lines look like those of some web services: mostly `INFO`, with a few warnings and errors among them. `{seq}` counts them, from 1 on.',
  guarantees: {
    rate: 'When the sinks take fewer, fewer are made; of what was missed, one second is made up for.',
    seed: 'All but `{time}` depends on the seed and the number of the line alone.',
  },
  options,
  examples: [
    { title: 'Something to look at', yaml: 'type: generate\n' },
    {
      title: 'A million lines, as fast as it goes',
      yaml: 'type: generate\nrate: 0\ncount: 1000000\nseed: 7\n',
    },
    {
      title: 'Lines of your own',
      yaml: 'type: generate\nrate: 2\ntemplate: \'{{"seq":{seq},"level":"{level}","user":"{user}"}}\'\n',
    },
  ],
  create: (checked, context) => new GenerateSource(checked, context),
});

class GenerateSource implements Source {
  readonly batches$: Observable<Batch>;
  readonly #context: SourceContext;
  readonly #rate: number;
  readonly #lines: SyntheticLines;
  /** Lines that are still to be made. */
  #left: number;
  /** Lines that may be made now; a part of one, too. */
  #due = 1;
  #lookedAt = 0;
  /** Lines that were made but have no credit yet. */
  #waiting: Lines | undefined;
  #timer: Timer | undefined;
  #subscriber: Subscriber<Batch> | undefined;
  #stopListening: (() => void) | undefined;
  #isDone = false;

  constructor({ rate, count, seed, template }: Options, context: SourceContext) {
    this.#context = context;
    this.#rate = rate;
    this.#left = count ?? Number.POSITIVE_INFINITY;
    this.#lines = new SyntheticLines(template, seed);
    this.batches$ = new Observable((subscriber) => this.#subscribe(subscriber));
  }

  stop(): void {
    this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  #subscribe(subscriber: Subscriber<Batch>): (() => void) | undefined {
    if (this.#isDone) {
      subscriber.complete();
      return undefined;
    }
    this.#subscriber = subscriber;
    this.#lookedAt = this.#context.clock.monotonic();
    this.#stopListening = this.#context.credit.onAvailable(() => {
      if (this.#waiting) this.#make();
    });
    // Not at once: whoever subscribes has nothing but the subscription so far.
    this.#schedule(0);
    return () => this.#end();
  }

  /** Makes and emits what is due, until credit runs out. */
  #make(): void {
    this.#timer?.cancel();
    this.#updateDue();
    for (let batches = 0; batches < BATCHES_AT_ONCE || this.#rate > 0; batches++) {
      const lines = this.#waiting ?? this.#next();
      if (!lines) break;
      const batch = this.#context.admit(lines);
      this.#waiting = batch ? undefined : lines;
      if (!batch) return;
      this.#subscriber?.next(batch);
      if (this.#isDone) return;
    }
    if (this.#left === 0) this.#end();
    else
      this.#schedule(
        this.#rate === 0 ? PAUSE : Math.max(SHORTEST_TICK, ((1 - this.#due) / this.#rate) * 1000),
      );
  }

  #next(): Lines | undefined {
    const count = Math.min(BATCH, this.#left, Math.floor(this.#due));
    if (count < 1) return undefined;
    this.#due -= count;
    this.#left -= count;
    return this.#lines.next(count, this.#context.clock.now());
  }

  #updateDue(): void {
    const now = this.#context.clock.monotonic();
    const since = now - this.#lookedAt;
    this.#lookedAt = now;
    this.#due =
      this.#rate === 0
        ? Number.POSITIVE_INFINITY
        : Math.min(this.#due + (since * this.#rate) / 1000, Math.max(1, this.#rate));
  }

  #schedule(delay: number): void {
    this.#timer = this.#context.clock.after(delay, () => this.#make(), { keepAlive: true });
  }

  /** Ends at once; lines that wait were never received. */
  #end(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#timer?.cancel();
    this.#stopListening?.();
    this.#waiting = undefined;
    this.#subscriber?.complete();
    this.#subscriber = undefined;
  }
}
