/**
 * Reads the segments of a spill, one after the other. The last one is read while it is written: up to where it counts.
 *
 * Invariant: at most one file is open.
 */
import type { FileSystem, OpenFile } from '../core/file-system.ts';
import { openSegment, type Segment, type Segments } from './segments.ts';
import { type Piece, readPieces } from './walk.ts';

/** A segment that is read, and where. */
interface Reading {
  readonly segment: Segment;
  readonly file: OpenFile;
  offset: number;
}

export class SegmentReader {
  readonly #fs: FileSystem;
  /** The directory. */
  readonly #path: string;
  readonly #segments: Segments;
  #reading: Reading | undefined;
  #from = 0;

  constructor(fs: FileSystem, path: string, segments: Segments) {
    this.#fs = fs;
    this.#path = path;
    this.#segments = segments;
  }

  /** The number of the oldest segment that may have something to read. */
  get from(): number {
    return this.#from;
  }

  /** Reads about `maxBytes` of one segment; `undefined` if there is nothing more. */
  async read(
    maxBytes: number,
  ): Promise<{ readonly segment: Segment; readonly pieces: readonly Piece[] } | undefined> {
    const reading = await this.#open();
    if (!reading) return undefined;
    const { segment, file, offset } = reading;
    const { pieces, next } = await readPieces(
      { file, salt: segment.salt, end: segment.end },
      offset,
      maxBytes,
    );
    reading.offset = next;
    return { segment, pieces };
  }

  /** Goes on behind the segment that is read, or would be; answers which one that is. */
  async skip(): Promise<Segment | undefined> {
    const segment = this.#reading?.segment ?? this.#next();
    await this.close();
    if (segment) this.#from = segment.number + 1;
    return segment;
  }

  /** Goes on at this number, unless it is beyond it: what is before it is no longer there. */
  async skipTo(number: number): Promise<void> {
    this.#from = Math.max(this.#from, number);
    if (this.#reading && this.#reading.segment.number < number) await this.close();
  }

  /** Closes the file that is open. It can be read on. */
  async close(): Promise<void> {
    const file = this.#reading?.file;
    this.#reading = undefined;
    await file?.close().catch(() => {});
  }

  /** The open file in which the next lines are; `undefined` if there is none. */
  async #open(): Promise<Reading | undefined> {
    if (this.#reading) {
      const { segment, offset } = this.#reading;
      if (offset < segment.end) return this.#reading;
      // There is more to come if it is the last one.
      if (segment === this.#segments.list.at(-1)) return undefined;
      await this.skip();
    }
    const segment = this.#next();
    if (!segment) return undefined;
    this.#reading = { segment, file: await openSegment(this.#fs, this.#path, segment), offset: 0 };
    this.#from = segment.number;
    return segment.end > 0 ? this.#reading : this.#open();
  }

  #next(): Segment | undefined {
    return this.#segments.list.find(({ number }) => number >= this.#from);
  }
}
