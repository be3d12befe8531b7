/**
 * The lines of several batches, taken piece by piece as they fit into a file. No line is looked at on its own: how many fit
 * is found by halving, and neighbouring lines are handed on as they lie in memory.
 */
import type { Buffer } from 'node:buffer';
import type { Batch } from '../../core/batch.ts';

/** Lines that are written together. */
export interface Piece {
  readonly parts: readonly Batch[];
  readonly lines: number;
  readonly bytes: number;
}

/** The batches of one `writeAll`, and how far they are taken. */
export class Group {
  readonly #batches: readonly Batch[];
  #batch = 0;
  #line = 0;

  constructor(batches: readonly Batch[]) {
    this.#batches = batches.filter((batch) => batch.length > 0);
  }

  get empty(): boolean {
    return this.#batch === this.#batches.length;
  }

  /** Takes as many lines as fit into `room` bytes; one that does not, but only if `force`d. `undefined` if that is none. */
  take(room: number, force: boolean): Piece | undefined {
    const parts: Batch[] = [];
    let lines = 0;
    let bytes = 0;
    while (!this.empty) {
      const batch = this.#batches[this.#batch]!;
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
    }
    return lines === 0 ? undefined : { parts, lines, bytes };
  }
}

/** What a file is given: the one place where lines become bytes. */
export function toBuffers(piece: Piece): Buffer[] {
  if (piece.parts.length === 1) return piece.parts[0]!.chunks();
  return piece.parts.flatMap((part) => part.chunks());
}

/** How many whole lines the first `bytes` bytes of a piece hold, and how many bytes those are. */
export function wholeLinesWithin(piece: Piece, bytes: number): { lines: number; bytes: number } {
  let lines = 0;
  let whole = 0;
  for (const part of piece.parts) {
    const count = part.fitting(bytes - whole);
    lines += count;
    whole += part.slice(0, count).byteLength;
    if (count < part.length) break;
  }
  return { lines, bytes: whole };
}
