/**
 * The lines of several batches, taken piece by piece as they fit into a file. No line is looked at on its own: how many fit
 * is found by halving, and neighbouring lines are handed on as they lie in memory.
 */
import type { Buffer } from 'node:buffer';
import type { Batch } from '../../core/batch.ts';
import type { Piece, PieceSource } from '../../core/log-directory/file-format.ts';

/** Lines that are written together. */
export class LinePiece implements Piece {
  readonly groups: readonly Batch[];
  readonly lines: number;
  readonly bytes: number;

  constructor(groups: readonly Batch[], lines: number, bytes: number) {
    this.groups = groups;
    this.lines = lines;
    this.bytes = bytes;
  }

  buffers(): Buffer[] {
    if (this.groups.length === 1) return this.groups[0]!.chunks();
    return this.groups.flatMap((part) => part.chunks());
  }

  wholeWithin(bytes: number): { lines: number; bytes: number } {
    let lines = 0;
    let whole = 0;
    for (const part of this.groups) {
      const count = part.fitting(bytes - whole);
      lines += count;
      whole += part.slice(0, count).byteLength;
      if (count < part.length) break;
    }
    return { lines, bytes: whole };
  }
}

/** The batches of one `writeAll`, and how far they are taken. */
export class Group implements PieceSource {
  readonly #batches: readonly Batch[];
  readonly #encode: ((batch: Batch) => Batch) | undefined;
  /** The batch that is taken from, encoded. */
  #current: Batch | undefined;
  #batch = 0;
  #line = 0;

  /** @param encode - makes of a batch one of as many lines; by default they are written as they are */
  constructor(batches: readonly Batch[], encode?: (batch: Batch) => Batch) {
    this.#batches = batches.filter((batch) => batch.length > 0);
    this.#encode = encode;
  }

  get empty(): boolean {
    return this.#batch === this.#batches.length;
  }

  take(room: number, force: boolean): LinePiece | undefined {
    const parts: Batch[] = [];
    let lines = 0;
    let bytes = 0;
    while (!this.empty) {
      const batch = this.#encoded();
      let count = batch.fitting(room - bytes, this.#line);
      if (count === 0 && force && lines === 0) count = 1;
      if (count === 0) break;
      const part = batch.slice(this.#line, this.#line + count);
      parts.push(part);
      lines += count;
      bytes += part.byteLength;
      this.#line += count;
      if (this.#line < batch.length) break;
      this.#batch++;
      this.#line = 0;
      this.#current = undefined;
    }
    return lines === 0 ? undefined : new LinePiece(parts, lines, bytes);
  }

  #encoded(): Batch {
    const batch = this.#batches[this.#batch]!;
    if (!this.#encode) return batch;
    return (this.#current ??= this.#encode(batch));
  }
}
