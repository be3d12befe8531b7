/**
 * `stdin`: the lines of standard input, be it a pipe, a file or a terminal. The source ends when the input does.
 *
 * Invariants: while lines wait for credit nothing is read, so whoever writes to the pipe is slowed down; what waits is the
 * lines of one chunk. Every line that was read is emitted, or counted as `abandoned` when the source is ended before it
 * got credit. A last line without a delimiter is a line if the input has ended, else it is counted as `fragment`.
 */
import type { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import { Observable, type Subscriber } from 'rxjs';
import { z } from 'zod';
import type { Batch, Lines } from '../core/batch.ts';
import { defineSource, type Source, type SourceContext } from '../core/component.ts';
import { size } from '../core/units.ts';
import { type FramerListener, LARGEST_LINE_LIMIT } from '../framing/framer-options.ts';
import { LineFramer } from '../framing/line-framer.ts';
import { NulFramer } from '../framing/nul-framer.ts';

/** The most that is read on after a stop, in bytes: no pipe holds more. */
const MOST_AFTER_STOP = 2 ** 20;

const options = z.strictObject({
  delimiter: z.enum(['newline', 'nul']).default('newline').meta({
    description:
      'What ends a line: a line feed, or a NUL byte (`find -print0`), so that a line can hold line feeds',
    unit: 'byte',
  }),
  maxLineBytes: size({ min: 1, max: LARGEST_LINE_LIMIT }).prefault('1MiB').meta({
    description: 'The longest line, without its delimiter',
    unit: 'size',
  }),
  oversize: z.enum(['truncate', 'split', 'drop']).default('truncate').meta({
    description:
      'What becomes of a longer line: its beginning is kept, it becomes several lines, or it is let go',
    unit: 'policy',
  }),
  keepCarriageReturn: z.boolean().default(false).meta({
    description: 'Whether a carriage return before the line feed belongs to the line, not to the delimiter',
    unit: 'boolean',
  }),
});

type Options = z.output<typeof options>;

/** The source `stdin`. */
export const stdin = defineSource({
  type: 'stdin',
  summary: 'Reads the lines of standard input.',
  description:
    'When all sources have ended, LogCaster stores what there is and ends too: `gunzip -c old.gz | logcaster -c pipeline.yaml`.',
  guarantees: {
    backpressure: 'When credit is used up, it is not read on, and whoever writes to the pipe has to wait.',
    end: 'A last line without a delimiter is a line at the end of the input. When LogCaster is stopped before, what is in the pipe is taken in, and an unfinished line is counted as `fragment`.',
    bytes: 'Lines are not changed or decoded.',
  },
  options,
  examples: [
    { title: 'A pipe', yaml: 'type: stdin\n' },
    { title: 'Records that hold line feeds', yaml: 'type: stdin\ndelimiter: nul\nmaxLineBytes: 16MiB\n' },
  ],
  claims: () => ['standard input'],
  create: (checked, context) => new StdinSource(checked, context, () => process.stdin),
});

/** Reads the lines of a stream like standard input. */
export class StdinSource implements Source {
  readonly batches$: Observable<Batch>;
  readonly #context: SourceContext;
  readonly #open: () => Readable;
  readonly #framer: LineFramer | NulFramer;
  #input: Readable | undefined;
  #subscriber: Subscriber<Batch> | undefined;
  #stopListening: (() => void) | undefined;
  /** Lines that were read but have no credit yet. Nothing is read meanwhile. */
  #waiting: { readonly lines: Lines; readonly receivedAt: number } | undefined;
  /** How the input ended, once it has. */
  #end: { readonly error?: unknown } | undefined;
  #reads = 0;
  #isStopping = false;
  #bytesAfterStop = 0;
  #isDone = false;

  /** @param open - answers the stream, when the lines are subscribed to */
  constructor(checked: Options, context: SourceContext, open: () => Readable) {
    this.#context = context;
    this.#open = open;
    const listener = toFramerListener(context);
    this.#framer =
      checked.delimiter === 'nul' ? new NulFramer(checked, listener) : new LineFramer(checked, listener);
    this.batches$ = new Observable((subscriber) => this.#subscribe(subscriber));
  }

  address(): string {
    return 'standard input';
  }

  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (!this.#subscriber) this.#isDone = true;
    else if (!this.#waiting) void this.#finishWhenQuiet();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort();
  }

  #subscribe(subscriber: Subscriber<Batch>): (() => void) | undefined {
    if (this.#isDone) {
      subscriber.complete();
      return undefined;
    }
    this.#subscriber = subscriber;
    this.#stopListening = this.#context.credit.onAvailable(() => this.#goOn());
    const input = this.#open();
    this.#input = input;
    input
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('error', this.#onError)
      .on('close', this.#onClose);
    // It may have ended under another source, before a reload.
    if (input.readableEnded) this.#onEnd();
    else if (input.destroyed) this.#onClose();
    else input.resume();
    return () => this.#abort();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#reads++;
    if (this.#isStopping) this.#bytesAfterStop += chunk.length;
    const lines = this.#framer.push(chunk);
    if (lines) this.#emit(lines, this.#context.clock.now());
    if (this.#waiting) this.#input?.pause();
  };

  readonly #onEnd = (): void => this.#inputEnded({});
  readonly #onError = (error: unknown): void => this.#inputEnded({ error });
  readonly #onClose = (): void => this.#inputEnded({ error: new Error('standard input was closed') });

  #inputEnded(end: { readonly error?: unknown }): void {
    if (this.#end) return;
    this.#end = end;
    if (!this.#waiting) this.#finish();
  }

  #emit(lines: Lines, receivedAt: number): void {
    const batch = this.#context.admit(lines, { receivedAt });
    if (batch) this.#subscriber?.next(batch);
    else this.#waiting = { lines, receivedAt };
  }

  /** There may be credit for what waits. */
  #goOn(): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    this.#emit(waiting.lines, waiting.receivedAt);
    if (this.#waiting) return;
    if (this.#end) {
      this.#finish();
      return;
    }
    this.#input?.resume();
    if (this.#isStopping) void this.#finishWhenQuiet();
  }

  /** After a stop: takes in what is in the pipe. */
  async #finishWhenQuiet(): Promise<void> {
    let reads: number;
    do {
      reads = this.#reads;
      // The first one may come before the event loop looks at the input, the second comes after.
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#waiting || this.#isDone) return;
    } while (this.#reads > reads && this.#bytesAfterStop < MOST_AFTER_STOP);
    this.#finish();
  }

  /** Everything that was read has been emitted, but for an unfinished line. */
  #finish(): void {
    const end = this.#end;
    if (end && !('error' in end)) {
      const last = this.#framer.end();
      if (last) {
        this.#context.note('unterminated');
        this.#emit(last, this.#context.clock.now());
        // It comes here again.
        if (this.#waiting) return;
      }
    }
    const subscriber = this.#subscriber;
    this.#close();
    if (end && 'error' in end) subscriber?.error(end.error);
    else subscriber?.complete();
  }

  /** Ends everything at once. Safe at any moment, and twice. */
  #abort(): void {
    if (this.#isDone) return;
    const waiting = this.#waiting?.lines;
    this.#waiting = undefined;
    if (waiting) {
      const lines = waiting.bounds.length / 2;
      const bytes = waiting.bounds.at(-1)! + 1 - waiting.bounds[0]!;
      this.#context.discard('abandoned', lines, { intentional: false, bytes });
    }
    this.#close();
  }

  #close(): void {
    this.#isDone = true;
    this.#subscriber = undefined;
    this.#stopListening?.();
    const bytes = this.#framer.discard();
    if (bytes > 0) this.#context.discard('fragment', 1, { intentional: false, bytes });
    // It is not destroyed: after a reload another source may go on with it.
    this.#input
      ?.off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('error', this.#onError)
      .off('close', this.#onClose)
      .pause();
  }
}

function toFramerListener(context: SourceContext): FramerListener {
  return {
    truncated: (lines) => context.note('truncated', lines),
    split: (lines) => context.note('split', lines),
    dropped: (lines, bytes) => context.discard('oversize', lines, { intentional: true, bytes }),
  };
}
