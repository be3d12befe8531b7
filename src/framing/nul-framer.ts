/**
 * Makes lines of bytes in which NUL ends a line, as `find -print0` and `xargs -0` write them. A line feed is a byte like
 * any other then, and so is a carriage return.
 *
 * It is the line framer with the two bytes exchanged: before, so that NULs delimit, and after, back again inside of the
 * lines. All that holds for the line framer holds here.
 */
import { Buffer } from 'node:buffer';
import { LINE_FEED, type Lines } from '../core/batch.ts';
import type { FramerListener, FramerOptions } from './framer-options.ts';
import { LineFramer } from './line-framer.ts';

const NUL = 0;

/**
 * Cuts bytes into lines that NULs end.
 *
 * @remarks Since 0.1.0
 */
export class NulFramer {
  readonly #framer: LineFramer;

  constructor(options: Omit<FramerOptions, 'keepCarriageReturn'>, listener: FramerListener) {
    this.#framer = new LineFramer({ ...options, keepCarriageReturn: true }, listener);
  }

  /** The lines that these bytes complete; see {@link LineFramer.push}. The chunk is copied. */
  push(chunk: Buffer): Lines | undefined {
    const swapped = Buffer.from(chunk);
    replace(chunk, LINE_FEED, swapped, NUL);
    replace(chunk, NUL, swapped, LINE_FEED);
    return restore(this.#framer.push(swapped));
  }

  /** The bytes have ended: the last line, if no NUL came behind it. */
  end(): Lines | undefined {
    return restore(this.#framer.end());
  }

  /** Forgets the unfinished line; see {@link LineFramer.discard}. */
  discard(): number {
    return this.#framer.discard();
  }
}

/** Every NUL that is left was a line feed. The bytes belong to these lines alone. */
function restore(lines: Lines | undefined): Lines | undefined {
  if (lines) replace(lines.bytes, NUL, lines.bytes, LINE_FEED);
  return lines;
}

function replace(source: Buffer, byte: number, target: Buffer, by: number): void {
  for (let at = source.indexOf(byte); at !== -1; at = source.indexOf(byte, at + 1)) target[at] = by;
}
