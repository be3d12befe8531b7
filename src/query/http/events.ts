/**
 * A tail as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html):
 *
 *     id: 1790000000000-2          a line; the data is its object, as everywhere
 *     data: {"time":…,"message":…}
 *
 *     event: skipped               so many lines had to be skipped
 *     data: {"skipped":123}
 *
 *     event: end                   the collector ends the tail
 *     data: {"ended":true}
 *
 *     : keep-alive                 a comment: nothing came for a while
 *
 * The id of a line is the time when it was received, in ms since the epoch, and which one of the lines with that time it is among
 * those that this tail told. A client that comes back with it (`Last-Event-ID`) goes on behind that line, as long as the ring has it.
 * No line is lost then; lines may come again if the tail had begun in the middle of that millisecond.
 */
import { Buffer } from 'node:buffer';
import type { Clock } from '../../core/clock.ts';
import type { FoundLines } from '../../core/search.ts';
import { lineAsJson } from '../answering/format-json.ts';
import { PART_BYTES } from '../answering/parts.ts';
import { lengthOf, slice } from '../answering/pieces.ts';
import type { TailEvent } from '../answering/tail-lines.ts';

const DATA_END = Buffer.from('\n\n');
const BEGIN = Buffer.from(': lines come as they are received\n\n');
const KEEP_ALIVE = Buffer.from(': keep-alive\n\n');

/** The event behind which a tail goes on. */
export interface LastEvent {
  /** When its line was received, in ms since the epoch. */
  readonly time: number;
  /** Which one of the lines with this time it was, from 1 on. */
  readonly ordinal: number;
}

/** What events are made with. */
export interface EventsContext {
  readonly clock: Clock;
  /** In ms. */
  readonly heartbeat: number;
  /** Lines up to this one are left out. */
  readonly last?: LastEvent | undefined;
}

/** Reads the id of an event; `undefined` if it is none. */
export function readLastEvent(id: string | undefined): LastEvent | undefined {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(id ?? '');
  return match ? { time: Number(match[1]), ordinal: Number(match[2]) } : undefined;
}

/** The events of a tail, as bytes. Between two of them, a comment every `heartbeat` ms. */
export async function* formatEvents(
  events: AsyncGenerator<TailEvent, void, undefined>,
  { clock, heartbeat, last }: EventsContext,
): AsyncGenerator<Buffer, void, undefined> {
  const numbers = new LineNumbers(last);
  const coming = new Coming(events);
  const timer = clock.every(heartbeat, () => coming.beat());
  try {
    // Something comes at once, so that the client knows that it is connected.
    await coming.begin();
    yield BEGIN;
    for (;;) {
      const step = await coming.next();
      if (step === 'nothing') yield KEEP_ALIVE;
      else if (step.done) break;
      else if (step.value.kind === 'skipped') yield ownEvent('skipped', { skipped: step.value.lines });
      else yield* lineEvents(numbers.new(step.value.lines), numbers);
    }
    yield ownEvent('end', { ended: true });
  } finally {
    timer.cancel();
    await events.return().catch(() => {});
  }
}

function ownEvent(name: string, data: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}

function* lineEvents(lines: FoundLines, numbers: LineNumbers): Generator<Buffer, void, undefined> {
  let parts: Buffer[] = [];
  let size = 0;
  for (let index = 0; index < lengthOf(lines); index++) {
    const pieces = [
      Buffer.from(`id: ${numbers.next(lines.receivedAt[index]!)}\ndata: `),
      ...lineAsJson(lines, index),
    ];
    for (const piece of [...pieces, DATA_END]) {
      parts.push(piece);
      size += piece.length;
    }
    if (size < PART_BYTES) continue;
    yield Buffer.concat(parts);
    parts = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(parts);
}

/** Numbers the lines of each time, and leaves out those that the client had before. */
class LineNumbers {
  #time: number;
  #ordinal = 0;
  /** Lines of {@link #time} that are still to be left out. */
  #had: number;

  constructor(last: LastEvent | undefined) {
    this.#time = last?.time ?? Number.NaN;
    this.#had = last?.ordinal ?? 0;
  }

  /** The lines that the client did not have. */
  new(lines: FoundLines): FoundLines {
    let from = 0;
    while (this.#had > 0 && from < lengthOf(lines)) {
      if (lines.receivedAt[from]! > this.#time) this.#had = 0;
      else {
        this.#had--;
        this.#ordinal++;
        from++;
      }
    }
    return slice(lines, from, lengthOf(lines));
  }

  next(time: number): string {
    if (time === this.#time) this.#ordinal++;
    else {
      this.#time = time;
      this.#ordinal = 1;
    }
    return `${Math.trunc(time)}-${this.#ordinal}`;
  }
}

type Step = IteratorResult<TailEvent, void>;

/** The next event; or that none has come by the next beat. However long none comes, each is waited for once. */
class Coming {
  readonly #events: AsyncGenerator<TailEvent, void, undefined>;
  #isAsked = false;
  #come: Step | { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(events: AsyncGenerator<TailEvent, void, undefined>) {
    this.#events = events;
  }

  /** Begins to wait. @throws what the tail throws at once: that it may not be, say */
  async begin(): Promise<void> {
    this.#ask();
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#come && 'error' in this.#come) throw this.#come.error;
  }

  async next(): Promise<Step | 'nothing'> {
    this.#ask();
    if (!this.#come) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const come = this.#come;
    if (!come) return 'nothing';
    this.#come = undefined;
    this.#isAsked = false;
    if ('error' in come) throw come.error;
    return come;
  }

  beat(): void {
    this.#wake?.();
  }

  #ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#events.next().then(
      (step) => this.#comes(step),
      (error: unknown) => this.#comes({ error }),
    );
  }

  #comes(step: Step | { readonly error: unknown }): void {
    this.#come = step;
    this.#wake?.();
  }
}
