/**
 * `stdout`: writes lines to standard output.
 *
 * Invariants: a line counts as stored when the operating system has taken it, so a reader that is behind holds up this
 * sink, and by its queue whoever it should. On a terminal nothing is written that could disturb it; anywhere else the
 * bytes of `line` go out as they came, neither copied nor decoded.
 *
 * A pipe and a socket are written without blocking. Node writes to a terminal and to a file while everything waits: a
 * terminal that was stopped with Ctrl-S stops the process.
 */
import { Buffer } from 'node:buffer';
import type { Writable } from 'node:stream';
import { z } from 'zod';
import type { Batch } from '../../core/batch.ts';
import { defineSink, type Sink } from '../../core/component.ts';
import { templateEncoding, toEncoder } from '../../core/encoding.ts';
import { RejectedError } from '../../core/errors.ts';
import { errorCode } from '../../core/file-system.ts';
import { styleFor, toEscaped, toPretty } from './pretty.ts';

const options = z.strictObject({
  encoding: z
    .union([z.enum(['auto', 'pretty', 'line', 'json']), templateEncoding], {
      error: 'must be `auto`, `pretty`, `line`, `json`, or `template:` with a text',
    })
    .default('auto')
    .meta({
      description:
        'What is written for a line: `pretty` for people, with time, origin and fields; the line as it was received; JSON of ' +
        'the line and its fields; a template; or `auto`, which is `pretty` on a terminal and `line` otherwise',
      unit: 'encoding',
    }),
});

type Options = z.output<typeof options>;

/** The sink `stdout`. */
export const stdout = defineSink({
  type: 'stdout',
  summary: 'Writes lines to standard output.',
  description:
    'On a terminal, control characters and bytes that are no UTF-8 are written out (`\\x1b`), so that no line can disturb it; a pipe ' +
    'or a file gets the bytes as they are. `NO_COLOR` and `FORCE_COLOR` are obeyed. Log entries of LogCaster itself go to standard error.',
  guarantees: {
    durability: 'A line is stored when the operating system has taken it.',
    backpressure: 'It writes no faster than its reader reads.',
    errors:
      'When nobody reads any more (`EPIPE`), lines are rejected as `stdout-closed`, and not tried again.',
  },
  options,
  examples: [
    { title: 'See what comes', yaml: 'type: stdout\n' },
    { title: 'For another program', yaml: 'type: stdout\nencoding: json\n' },
    {
      title: 'As one likes it',
      yaml: 'type: stdout\nencoding:\n  template: "{time} {fields.level} {message}"\n',
    },
  ],
  create: ({ encoding }) => new StdoutSink(encoding, () => process.stdout),
});

/** A stream that may be a terminal. */
type Output = Writable & { readonly isTTY?: boolean };

/** Writes lines to a stream like standard output. */
export class StdoutSink implements Sink {
  readonly #encoding: Options['encoding'];
  readonly #open: () => Output;
  #output: Output | undefined;
  #format: (batch: Batch) => readonly Uint8Array[] = () => [];
  #closedBy: unknown;

  /** @param open - answers the stream, when the sink is started */
  constructor(encoding: Options['encoding'], open: () => Output) {
    this.#encoding = encoding;
    this.#open = open;
  }

  start(): void {
    const output = this.#open();
    this.#output = output;
    this.#format = toFormat(this.#encoding, output);
    guard(output);
  }

  async write(batch: Batch): Promise<void> {
    this.#refuseIfClosed();
    const output = this.#output!;
    const chunks = this.#format(batch);
    if (chunks.length === 0) return;
    try {
      await new Promise<void>((resolve, reject) => {
        const last = chunks.length - 1;
        output.cork();
        chunks.forEach((chunk, index) => {
          if (index < last) output.write(chunk);
          else output.write(chunk, (error) => (error ? reject(error) : resolve()));
        });
        output.uncork();
      });
    } catch (error) {
      this.#closedBy ??= error;
      this.#refuseIfClosed();
    }
  }

  #refuseIfClosed(): void {
    if (this.#closedBy === undefined) return;
    const code = errorCode(this.#closedBy) ?? 'unknown error';
    throw new RejectedError('stdout-closed', `standard output cannot be written to any more (${code})`, {
      cause: this.#closedBy,
    });
  }
}

/** Streams whose errors have a listener. */
const guarded = new WeakSet<Writable>();

/** An `error` event that nobody listens to would end the process; the write that failed is told anyway. */
function guard(output: Writable): void {
  if (guarded.has(output)) return;
  guarded.add(output);
  output.on('error', () => {});
}

function toFormat(encoding: Options['encoding'], output: Output): (batch: Batch) => readonly Uint8Array[] {
  const isTerminal = output.isTTY === true;
  const style = styleFor(output);
  if (encoding === 'pretty' || (encoding === 'auto' && isTerminal)) {
    return (batch) => [Buffer.from(toPretty(batch, style))];
  }
  const encoder = toEncoder(encoding === 'auto' ? 'line' : encoding);
  if (isTerminal) return (batch) => [Buffer.from(toEscaped(encoder.encode(batch)))];
  return (batch) => encoder.encode(batch).chunks();
}
