/**
 * Finds the frames of a file (frame.ts) by their heads; nothing is decompressed.
 *
 * - The walk goes from head to head. Where none stands it looks for the next one; what lies between is damaged.
 * - A frame that reaches beyond the end is torn, and so is all that follows.
 * - Small frames, of which a file can have very many, are not read one by one: a block at a time.
 */
import { Buffer } from 'node:buffer';
import type { OpenFile } from '../file-system.ts';
import { readFully } from '../log-directory/log-file.ts';
import type { FrameHead, FrameNote } from './frame.ts';

type Readable = Pick<OpenFile, 'read'>;

/** How much is read at once where frames are small, and where the next head is looked for. */
const BLOCK_BYTES = 64 * 1024;

/** A frame and where it stands. */
export interface PlacedFrame extends FrameNote {
  readonly offset: number;
}

/** What a walk meets: a frame, or bytes that are none. */
export type Placed =
  | ({ readonly kind: 'frame' } & PlacedFrame)
  | { readonly kind: 'damaged'; readonly offset: number; readonly length: number };

/**
 * Goes through the frames between two places. Fails if the file cannot be read.
 *
 * @param behind - frames that begin from here on are not asked for, although they may reach up to `end`
 */
export async function* walkFrames(
  file: Readable,
  head: FrameHead,
  start: number,
  end: number,
  behind: number = end,
): AsyncGenerator<Placed> {
  const heads = new Heads(file, head, end);
  for (let at = start; at < behind; ) {
    const note = await heads.at(at);
    if (note) {
      if (at + note.length > end) return;
      yield { kind: 'frame', offset: at, ...note };
      at += note.length;
      continue;
    }
    const next = await heads.next(at + 1);
    if (next === undefined) return;
    yield { kind: 'damaged', offset: at, length: next - at };
    at = next;
  }
}

/** What the frame says of itself that begins at a place; `undefined` if none does. */
export function readHead(
  file: Readable,
  head: FrameHead,
  offset: number,
  end: number,
): Promise<FrameNote | undefined> {
  return new Heads(file, head, end).at(offset);
}

/** The heads of a file, read block by block. */
class Heads {
  readonly #file: Readable;
  readonly #head: FrameHead;
  readonly #end: number;
  #block = Buffer.alloc(0);
  /** What is in the block, and where in the file that stands. */
  #view = this.#block;
  #start = 0;
  /** How long the last frame is: behind one that is larger than a block only a head is read. */
  #last = BLOCK_BYTES;

  constructor(file: Readable, head: FrameHead, end: number) {
    this.#file = file;
    this.#head = head;
    this.#end = end;
  }

  async at(offset: number): Promise<FrameNote | undefined> {
    const { length } = this.#head;
    if (!this.#has(offset, Math.min(length, this.#end - offset)))
      await this.#read(offset, this.#last < BLOCK_BYTES ? BLOCK_BYTES : length);
    const note = this.#head.read(this.#view.subarray(offset - this.#start));
    if (note) this.#last = note.length;
    return note;
  }

  /** Where the next head stands, from `from` on. */
  async next(from: number): Promise<number | undefined> {
    const { signature } = this.#head;
    for (let at = from; at < this.#end; ) {
      await this.#read(at, BLOCK_BYTES);
      const view = this.#view;
      for (let found = view.indexOf(signature); found >= 0; found = view.indexOf(signature, found + 1)) {
        if (this.#head.read(view.subarray(found))) return at + found;
      }
      if (view.length < Math.min(BLOCK_BYTES, this.#end - at)) return undefined;
      // A head may begin in one block and end in the next.
      at += Math.max(1, view.length - (this.#head.length - 1));
    }
    return undefined;
  }

  #has(offset: number, length: number): boolean {
    return offset >= this.#start && offset + length <= this.#start + this.#view.length;
  }

  async #read(offset: number, atMost: number): Promise<void> {
    const wanted = Math.max(0, Math.min(atMost, this.#end - offset));
    if (this.#block.length < wanted) this.#block = Buffer.allocUnsafeSlow(wanted);
    const length = await readFully(this.#file, this.#block, wanted, offset);
    this.#start = offset;
    this.#view = this.#block.subarray(0, length);
  }
}
