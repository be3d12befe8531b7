/**
 * Makes lines of the bytes of one connection, as they come: `\n` ends a line, one `\r` before it belongs to the delimiter
 * unless it is to be kept, an empty line is a line, and so is what stands behind the last `\n` when the bytes end.
 *
 * Invariants:
 * - The lines do not depend on how the bytes were cut into chunks.
 * - Every byte is in a line, in a delimiter, counted by the listener, or in the unfinished line.
 * - What is answered is contiguous: one line feed behind each line, none before the first. Its bounds belong to whoever
 *   gets them, and it keeps at most about twice its bytes alive, or a share of the pool that small buffers come from.
 * - A chunk is never changed, and nothing is kept of it but lines: the unfinished rest is copied.
 *
 * Usually a line costs a newline search and little more, and the chunk itself holds the lines. It is copied when the
 * first line began in an earlier chunk, and when carriage returns have to go. Only a chunk with (a part of) a line that is
 * too long is taken line by line, at several times the cost.
 */
import { Buffer } from 'node:buffer';
import { LINE_FEED, type Lines } from '../core/batch.ts';
import { type FramerListener, type FramerOptions, LARGEST_LINE_LIMIT } from './framer-options.ts';
import { LinesBuilder } from './lines-builder.ts';
import { UnfinishedLine } from './unfinished-line.ts';

const CARRIAGE_RETURN = 13;
const NO_LINES: readonly Lines[] = [];

const SILENT: FramerListener = { truncated: () => {}, split: () => {}, dropped: () => {} };

/** Copying a chunk below this size, in bytes, costs less than one batch more does. */
const SMALLEST_CHUNK_IN_PARTS = 16 * 1024;

/** The bounds of the chunk that is being searched, shared by all framers, since a search is never interrupted. */
const INITIAL_SCRATCH = 4 * 1024;
const LARGEST_KEPT_SCRATCH = 256 * 1024;
let scratch = new Uint32Array(INITIAL_SCRATCH);

/**
 * Cuts the bytes of one connection into lines.
 *
 * @remarks Since 0.1.0. A framer belongs to one connection.
 * @example
 * ```ts
 * const listener = { truncated: () => {}, split: () => {}, dropped: () => {} };
 * const framer = new LineFramer({ maxLineBytes: 1024, oversize: 'truncate', keepCarriageReturn: false }, listener);
 * framer.push(Buffer.from('one\r\ntwo\nthr')); // the lines `one` and `two`
 * framer.push(Buffer.from('ee')); // undefined
 * framer.end(); // the line `three`
 * ```
 */
export class LineFramer {
  readonly #limit: number;
  readonly #stripReturns: boolean;
  readonly #unfinished: UnfinishedLine;

  /**
   * @param listener - nobody by default
   * @throws RangeError for a limit that is no number of bytes from 1 to {@link LARGEST_LINE_LIMIT}
   */
  constructor(options: FramerOptions, listener: FramerListener = SILENT) {
    const { maxLineBytes } = options;
    if (!Number.isInteger(maxLineBytes) || maxLineBytes < 1 || maxLineBytes > LARGEST_LINE_LIMIT) {
      throw new RangeError(`a line cannot be limited to ${maxLineBytes} bytes`);
    }
    this.#limit = maxLineBytes;
    this.#stripReturns = !options.keepCarriageReturn;
    this.#unfinished = new UnfinishedLine(options, listener);
  }

  /** Bytes of the unfinished line that are held: at most the limit, and a carriage return. */
  get pendingBytes(): number {
    return this.#unfinished.held;
  }

  /** Memory for the unfinished line, in bytes: at most the limit. */
  get capacity(): number {
    return this.#unfinished.capacity;
  }

  /**
   * The lines that these bytes complete, as one run; `undefined` when they complete none.
   *
   * @param chunk - the next bytes, less than 2 GiB; they must not change afterwards
   */
  push(chunk: Buffer): Lines | undefined {
    const unfinished = this.#unfinished;
    const first = chunk.indexOf(LINE_FEED);
    if (first === -1) {
      if (unfinished.isOversize || unfinished.held + chunk.length > this.#limit)
        return this.#pushLineByLine(chunk);
      unfinished.add(chunk, 0, chunk.length);
      return undefined;
    }
    if (unfinished.isOversize) return this.#pushLineByLine(chunk);
    if (first === 0) unfinished.dropOpenReturn();

    const limit = this.#limit;
    const stripReturns = this.#stripReturns;
    const held = unfinished.held;
    // Bounds are offsets into the lines to be answered: by `shift` away from offsets into the chunk.
    let shift = held;
    let size = 0;
    let start = 0;
    let next = 0;
    for (let lineFeed = first; lineFeed !== -1; lineFeed = chunk.indexOf(LINE_FEED, next)) {
      next = lineFeed + 1;
      let end = lineFeed + shift;
      if (stripReturns && lineFeed > 0 && chunk[lineFeed - 1] === CARRIAGE_RETURN) {
        end--;
        shift--;
      }
      if (end - start > limit) return this.#pushLineByLine(chunk);
      if (size === scratch.length) growScratch();
      scratch[size++] = start;
      scratch[size++] = end;
      start = end + 1;
    }
    if (chunk.length - next > limit) return this.#pushLineByLine(chunk);

    const bounds = scratch.slice(0, size);
    if (scratch.length > LARGEST_KEPT_SCRATCH) scratch = new Uint32Array(INITIAL_SCRATCH);
    let bytes = chunk;
    // The chunk itself will do, unless most of its memory would be kept for nothing.
    if (held > 0 || start !== next || next * 2 < chunk.buffer.byteLength) {
      bytes = Buffer.allocUnsafe(held + next);
      unfinished.moveTo(bytes);
      chunk.copy(bytes, held, 0, next);
      if (start !== held + next) bytes = removeReturns(bytes, bounds);
    }
    if (next < chunk.length) unfinished.add(chunk, next, chunk.length);
    return { bytes, bounds };
  }

  /**
   * Like {@link LineFramer.push}, but a line that began in an earlier chunk comes in a run of its own when the chunk is large, so that
   * the others need no copy. Cheaper than `push` under load, when chunks are large and hardly ever end where a line does.
   */
  pushInParts(chunk: Buffer): readonly Lines[] {
    if (chunk.length >= SMALLEST_CHUNK_IN_PARTS && this.#unfinished.length > 0) {
      const first = chunk.indexOf(LINE_FEED);
      // Where carriage returns have to go, the lines are copied anyway.
      const copiesAnyway = this.#stripReturns && first > 0 && chunk[first - 1] === CARRIAGE_RETURN;
      if (first !== -1 && !copiesAnyway) {
        const begun = this.push(chunk.subarray(0, first + 1));
        const others = this.push(chunk.subarray(first + 1));
        if (begun && others) return [begun, others];
        const lines = begun ?? others;
        return lines ? [lines] : NO_LINES;
      }
    }
    const lines = this.push(chunk);
    return lines ? [lines] : NO_LINES;
  }

  /** The bytes have ended: the last line, if it had no line feed. A carriage return at its end is part of it. */
  end(): Lines | undefined {
    const unfinished = this.#unfinished;
    if (unfinished.length === 0) return undefined;
    const lines = new LinesBuilder(unfinished.held + 1);
    unfinished.finishAtEnd(lines);
    return lines.build();
  }

  /**
   * Forgets the unfinished line. Answers how many bytes of it had come: 0 only if there was none. Bytes that were let go
   * count, as the listener was not told of them yet; pieces of a line that is split do not, as they were lines already.
   */
  discard(): number {
    return this.#unfinished.discard();
  }

  /**
   * Frees the memory of the unfinished line, by treating it as one that is too long. Answers what becomes a line by that: with
   * `truncate` its beginning, with `split` a piece of it, with `drop` nothing.
   */
  cut(): Lines | undefined {
    const lines = new LinesBuilder(this.#unfinished.held + 1);
    this.#unfinished.cut(lines);
    return lines.build();
  }

  #pushLineByLine(chunk: Buffer): Lines | undefined {
    const unfinished = this.#unfinished;
    const lines = new LinesBuilder(unfinished.held + chunk.length + 1);
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to !== -1; to = chunk.indexOf(LINE_FEED, from)) {
      unfinished.add(chunk, from, to, lines);
      unfinished.finish(lines);
      from = to + 1;
    }
    unfinished.add(chunk, from, chunk.length, lines);
    return lines.build();
  }
}

/** Moves lines forward to where their bounds say they are, over the carriage returns between them. */
function removeReturns(bytes: Buffer, bounds: Uint32Array): Buffer {
  let from = 0;
  let end = 0;
  for (let at = 0; at < bounds.length; at += 2) {
    const start = bounds[at]!;
    end = bounds[at + 1]!;
    const to = from + end - start;
    if (from !== start) bytes.copyWithin(start, from, to);
    // Read before it is written: the byte may be the very one.
    from = bytes[to] === CARRIAGE_RETURN ? to + 2 : to + 1;
    bytes[end] = LINE_FEED;
  }
  return bytes.subarray(0, end + 1);
}

function growScratch(): void {
  const grown = new Uint32Array(scratch.length * 2);
  grown.set(scratch);
  scratch = grown;
}
