/**
 * The lines of several batches, compressed frame by frame as they are asked for. While a frame is written, the next one is
 * compressed; so there are never more than two.
 */
import { Buffer } from 'node:buffer';
import type { Batch } from '../../core/batch.ts';
import type { Piece, PieceGroup, PieceSource } from '../../core/log-directory/file-format.ts';
import { NOTHING_STORED, Storing } from '../../core/passage.ts';
import type { Codec } from './codec.ts';

export interface FrameSettings {
  readonly codec: Codec;
  readonly level: number;
  /** The most bytes of lines in a frame, but for a single line that is longer. */
  readonly maxRawLength: number;
  /** Makes of a batch one of as many lines; absent: they are taken as they are. */
  readonly encode?: ((batch: Batch) => Batch) | undefined;
}

/** What became of lines, also of those that had to be written again. */
export interface FrameTotals {
  frames: number;
  /** Bytes of lines, before compression. */
  rawBytes: number;
  /** Bytes of frames. */
  bytes: number;
}

/** The lines of a frame: how many there are, when they came, and what is stored with them. */
type About = Required<Pick<PieceGroup, 'length' | 'receivedAt' | 'oldest' | 'through'>>;

/** One frame. It is whole or worthless. */
class Frame implements Piece {
  readonly lines: number;
  readonly bytes: number;
  readonly groups: readonly PieceGroup[];
  readonly #buffers: readonly Buffer[];

  constructor(about: About, bytes: number, buffers: readonly Buffer[]) {
    this.lines = about.length;
    this.bytes = bytes;
    this.groups = [{ ...about, byteLength: bytes, position: undefined }];
    this.#buffers = buffers;
  }

  buffers(): readonly Buffer[] {
    return this.#buffers;
  }

  wholeWithin(bytes: number): { lines: number; bytes: number } {
    return bytes < this.bytes ? { lines: 0, bytes: 0 } : this;
  }
}

export class FrameSource implements PieceSource {
  readonly #batches: readonly Batch[];
  readonly #settings: FrameSettings;
  readonly #totals: FrameTotals;
  #encoded: Batch | undefined;
  #batch = 0;
  #line = 0;
  /** The frame that comes next, if it was begun. */
  #next: Promise<Frame> | undefined;

  constructor(batches: readonly Batch[], settings: FrameSettings, totals: FrameTotals) {
    this.#batches = batches.filter((batch) => batch.length > 0);
    this.#settings = settings;
    this.#totals = totals;
  }

  get empty(): boolean {
    return this.#next === undefined && this.#allTaken;
  }

  async take(room: number, force: boolean): Promise<Frame | undefined> {
    if (!this.#next) this.#begin();
    const frame = await this.#next;
    if (!frame || (frame.bytes > room && !force)) return undefined;
    this.#begin();
    return frame;
  }

  /** Resolves when nothing is compressed any more. */
  async idle(): Promise<void> {
    await this.#next?.catch(() => {});
  }

  get #allTaken(): boolean {
    return this.#batch === this.#batches.length;
  }

  #begin(): void {
    this.#next = this.#allTaken ? undefined : this.#compress();
    // Who takes it is told; it may be that nobody does any more.
    this.#next?.catch(() => {});
  }

  async #compress(): Promise<Frame> {
    const { codec, level } = this.#settings;
    const { raw, about } = this.#gather();
    const { length: lines, receivedAt } = about;
    const body = await codec.compress(raw, level);
    const length = codec.head.length + body.length;
    const head = codec.head.write({ length, rawLength: raw.length, lines, receivedAt });
    this.#totals.frames++;
    this.#totals.rawBytes += raw.length;
    this.#totals.bytes += length;
    return new Frame(about, length, [head, body]);
  }

  /** Takes as many lines as a frame may hold, and one at least. */
  #gather(): { raw: Buffer; about: About } {
    const { maxRawLength } = this.#settings;
    const chunks: Buffer[] = [];
    let bytes = 0;
    let lines = 0;
    let receivedAt = Number.NEGATIVE_INFINITY;
    let oldest = Number.POSITIVE_INFINITY;
    const storing = new Storing(NOTHING_STORED);
    while (!this.#allTaken) {
      const batch = this.#current();
      const fitting = batch.fitting(maxRawLength - bytes, this.#line);
      const count = fitting === 0 && lines === 0 ? 1 : fitting;
      if (count === 0) break;
      const part = batch.slice(this.#line, this.#line + count);
      chunks.push(...part.chunks());
      lines += count;
      bytes += part.byteLength;
      receivedAt = Math.max(receivedAt, batch.receivedAt);
      oldest = Math.min(oldest, batch.receivedAt);
      if (part.position) storing.advance(part.position, count);
      this.#line += count;
      if (this.#line < batch.length) break;
      this.#batch++;
      this.#line = 0;
      this.#encoded = undefined;
    }
    // Batches never change: what lies in one piece need not be copied.
    const raw = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes);
    return { raw, about: { length: lines, receivedAt, oldest, through: storing.through } };
  }

  #current(): Batch {
    const batch = this.#batches[this.#batch]!;
    return (this.#encoded ??= this.#settings.encode?.(batch) ?? batch);
  }
}
