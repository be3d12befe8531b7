/**
 * Reads the one command of a query client from the bytes that it sends.
 *
 * The command ends at the first line feed, or where the client half-closes; one carriage return at its end belongs to the
 * line end. It stays bytes: a keyword may be any of them. What comes behind the line is not looked at.
 *
 * Invariants: never more than `maxBytes` + 2 bytes are kept, and each byte is looked at and copied a constant number of
 * times, however the command is cut up.
 */
import { Buffer } from 'node:buffer';
import { LINE_FEED } from '../core/batch.ts';

const CARRIAGE_RETURN = 13;
const FIRST_CAPACITY = 256;

/** What stands in place of a command that is too long. */
export const TOO_LONG = Symbol('too long');

/** A command without its line end. */
export type CommandLine = Buffer | typeof TOO_LONG;

/** Puts the chunks of one command together. */
export class CommandReader {
  readonly #maxBytes: number;
  #kept: Buffer = Buffer.alloc(0);
  #length = 0;

  /** @param maxBytes - The longest command, without its line end. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes bytes; the command if it is complete now, and must not be called again then. */
  push(chunk: Buffer): CommandLine | undefined {
    const end = chunk.indexOf(LINE_FEED);
    const part = end === -1 ? chunk : chunk.subarray(0, end);
    // One more than the limit can be a carriage return that a line feed follows.
    if (this.#length + part.length > this.#maxBytes + 1) return TOO_LONG;
    this.#keep(part);
    return end === -1 ? undefined : this.end();
  }

  /** The command, as far as it came, when the client sends no more. */
  end(): CommandLine {
    const hasReturn = this.#length > 0 && this.#kept[this.#length - 1] === CARRIAGE_RETURN;
    const length = hasReturn ? this.#length - 1 : this.#length;
    return length > this.#maxBytes ? TOO_LONG : this.#kept.subarray(0, length);
  }

  #keep(part: Buffer): void {
    const length = this.#length + part.length;
    if (length > this.#kept.length) {
      const grown = Buffer.allocUnsafe(
        Math.max(length, Math.min(this.#kept.length * 2, this.#maxBytes + 2), FIRST_CAPACITY),
      );
      this.#kept.copy(grown, 0, 0, this.#length);
      this.#kept = grown;
    }
    part.copy(this.#kept, this.#length);
    this.#length = length;
  }
}
