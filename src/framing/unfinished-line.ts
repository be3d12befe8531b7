/**
 * The line whose end has not come yet, and what becomes of it when it is too long.
 *
 * Invariants:
 * - At most `maxLineBytes` bytes are held, and the memory for them at most doubles what is needed: it grows geometrically,
 *   so that a line that comes byte by byte costs linear time.
 * - A carriage return that came last is not held but remembered: the next byte decides whether it belongs to the
 *   delimiter. So everything held is part of the line, and a line is too long as soon as one byte does not fit.
 * - Once a line is too long, `truncate` holds its beginning and counts the rest, `drop` holds nothing and counts all of
 *   it, `split` gives what it holds away as a line and goes on.
 * - A line can be cut before it is too long, to free its memory: `drop` and `split` then go on as above, `truncate` gives
 *   its beginning away as a line at once and counts the rest.
 */
import { Buffer } from 'node:buffer';
import type { FramerListener, FramerOptions } from './framer-options.ts';
import type { LinesBuilder } from './lines-builder.ts';

const CARRIAGE_RETURN = 13;
const RETURN_BYTE = Buffer.of(CARRIAGE_RETURN);
const NO_BYTES = Buffer.alloc(0);

/** The first memory for a held line, in bytes. */
const SMALLEST_CAPACITY = 256;
/** Memory up to so many bytes is kept for the next line. */
const KEPT_CAPACITY = 16 * 1024;

/** Holds the beginning of a line. */
export class UnfinishedLine {
  readonly #limit: number;
  readonly #options: FramerOptions;
  readonly #listener: FramerListener;
  #bytes = NO_BYTES;
  #held = 0;
  /** Bytes of the line that are not held. */
  #excess = 0;
  #openReturn = false;
  #wasSplit = false;
  /** Whether all that came of the line is a line already, because it was cut: if it ends now, nothing is left to give. */
  #isGiven = false;

  constructor(options: FramerOptions, listener: FramerListener) {
    this.#limit = options.maxLineBytes;
    this.#options = options;
    this.#listener = listener;
  }

  /** Bytes that are held, the open carriage return among them. */
  get held(): number {
    return this.#openReturn ? this.#held + 1 : this.#held;
  }

  /** Bytes of the line that have come, held or not. */
  get length(): number {
    return this.held + this.#excess;
  }

  /** Bytes of memory for what is held. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** Whether bytes of it were let go or given away already, so that what is held is not all of it. */
  get isOversize(): boolean {
    return this.#excess > 0 || this.#isGiven;
  }

  /** Adds what has come. Pieces of a line that is split go to `pieces`; without it, the bytes must fit. */
  add(source: Buffer, from: number, to: number, pieces?: LinesBuilder): void {
    if (from === to) return;
    if (this.#openReturn) {
      this.#openReturn = false;
      this.#append(RETURN_BYTE, 0, 1, pieces);
    }
    this.#openReturn = !this.#options.keepCarriageReturn && source[to - 1] === CARRIAGE_RETURN;
    this.#append(source, from, this.#openReturn ? to - 1 : to, pieces);
  }

  /** Copies what is held to the beginning of `target`, where there is room for {@link held} bytes, and forgets the line. */
  moveTo(target: Buffer): void {
    this.#bytes.copy(target, 0, 0, this.#held);
    if (this.#openReturn) target[this.#held] = CARRIAGE_RETURN;
    this.#forget();
  }

  /** A line feed came: the line is complete. */
  finish(lines: LinesBuilder): void {
    if (this.#isGiven) {
      this.#tellRest();
    } else if (this.#excess === 0) {
      lines.add(this.#bytes, 0, this.#held);
    } else if (this.#options.oversize === 'truncate') {
      lines.add(this.#bytes, 0, this.#held);
      this.#listener.truncated(1, this.#excess);
    } else {
      this.#listener.dropped(1, this.#excess);
    }
    this.#forget();
  }

  /** A line feed came behind an open carriage return: they are the delimiter. */
  dropOpenReturn(): void {
    this.#openReturn = false;
  }

  /** No line feed will come: what there is is a line, and a carriage return at its end is part of it. */
  finishAtEnd(lines: LinesBuilder): void {
    if (this.#openReturn) {
      this.#openReturn = false;
      this.#append(RETURN_BYTE, 0, 1, lines);
    }
    this.finish(lines);
  }

  /** Forgets it; answers how many bytes of it had come, without those that were given away as lines. */
  discard(): number {
    const { length } = this;
    const isRest = this.#isRest;
    if (isRest) {
      // It is no line of its own.
      if (this.#openReturn) this.#excess++;
      this.#tellRest();
    }
    this.#forget();
    return isRest ? 0 : length;
  }

  /** Frees its memory: treats it as too long from here on. What becomes a line by that goes to `lines`. */
  cut(lines: LinesBuilder): void {
    if (this.#held > 0) {
      switch (this.#options.oversize) {
        case 'truncate':
          lines.add(this.#bytes, 0, this.#held);
          this.#held = 0;
          this.#isGiven = true;
          break;
        case 'split':
          this.#givePiece(lines);
          this.#isGiven = true;
          break;
        case 'drop':
          this.#startExcess();
      }
    }
    this.#bytes = NO_BYTES;
  }

  #append(source: Buffer, from: number, to: number, pieces: LinesBuilder | undefined): void {
    let at = from;
    while (at < to && this.#excess === 0 && !this.#isRest) {
      const taken = Math.min(to - at, this.#limit - this.#held);
      if (taken > 0) {
        this.#hold(source, at, at + taken);
        at += taken;
      } else if (this.#options.oversize === 'split') {
        this.#givePiece(pieces);
      } else {
        this.#startExcess();
        break;
      }
    }
    // Only once a line is too long is anything left here.
    this.#excess += to - at;
  }

  #hold(source: Buffer, from: number, to: number): void {
    const needed = this.#held + to - from;
    if (needed > this.#bytes.length) {
      const capacity = Math.min(this.#limit, Math.max(needed, this.#bytes.length * 2, SMALLEST_CAPACITY));
      // Not from the shared pool: these bytes live as long as the connection, and would keep the pool alive.
      const grown = Buffer.allocUnsafeSlow(capacity);
      this.#bytes.copy(grown, 0, 0, this.#held);
      this.#bytes = grown;
    }
    source.copy(this.#bytes, this.#held, from, to);
    this.#held = needed;
    this.#isGiven = false;
  }

  #givePiece(pieces: LinesBuilder | undefined): void {
    if (!pieces) throw new Error('a line grew past its limit where it could not be split');
    pieces.add(this.#bytes, 0, this.#held);
    this.#held = 0;
    if (!this.#wasSplit) this.#listener.split(1);
    this.#wasSplit = true;
  }

  #startExcess(): void {
    if (this.#options.oversize === 'truncate') return;
    this.#excess = this.#held;
    this.#held = 0;
    this.#bytes = NO_BYTES;
  }

  /** Whether what comes belongs to a line whose beginning was given away. */
  get #isRest(): boolean {
    return this.#isGiven && this.#options.oversize === 'truncate';
  }

  #tellRest(): void {
    if (this.#excess > 0) this.#listener.truncated(1, this.#excess);
  }

  #forget(): void {
    this.#isGiven = false;
    this.#held = 0;
    this.#excess = 0;
    this.#openReturn = false;
    this.#wasSplit = false;
    if (this.#bytes.length > KEPT_CAPACITY) this.#bytes = NO_BYTES;
  }
}
