/**
 * The file that is written at the moment.
 *
 * Invariants: unless `dirty`, the file holds `size` bytes, and they are whole units (see file-format.ts); `synced <= written`.
 * After a sync has failed (`suspect`) the file is never synced again: a second sync that succeeds would prove nothing.
 */
import { Buffer } from 'node:buffer';
import type { OpenFile } from '../file-system.ts';
import { NOTHING_STORED, Storing, type Through } from '../passage.ts';
import type { FileFormat, Piece } from './file-format.ts';
import { copyRange, type Identity, readFully, shortWrite } from './log-file.ts';
import type { CurrentFile } from './recovery.ts';
import { TimeIndex } from './time-index.ts';

/** A place in a file, and how many lines this process wrote before it. */
export interface Mark {
  readonly bytes: number;
  readonly lines: number;
}

/** A mark that also says what is stored before it, in this file and those before. */
interface PlacedMark extends Mark {
  readonly through: Through;
}

/** A write that failed. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
  /** How many lines of the piece are in the file all the same. */
  readonly lines: number;

  constructor(lines: number, cause: unknown) {
    super('a write failed', { cause });
    this.lines = lines;
  }
}

/** Thrown instead of a sync that would prove nothing, since one has failed before. */
export class SuspectFileError extends Error {
  override readonly name = 'SuspectFileError';
  readonly code = 'EIO';

  constructor() {
    super('a sync has failed before');
  }
}

export class ActiveFile {
  readonly identity: Identity;
  readonly file: OpenFile;
  readonly #format: FileFormat;
  /** The end of what a power cut does not take. */
  synced: PlacedMark;
  /** The end of what was there when `current.log` was last seen to lead to this file. */
  seen: PlacedMark;
  /** When its lines were received. */
  readonly index: TimeIndex;
  /** The end of what is certainly in the file: bytes, lines of this process, and what is stored before it. */
  #size: number;
  #lines = 0;
  #storing: Storing;
  #dirty = false;
  #suspect = false;
  #syncing: Promise<void> | undefined;

  /**
   * What is in the file counts as synced, unless a sync of it `failed`.
   *
   * @param through - what is stored in the files before it, and in it
   */
  constructor(
    current: CurrentFile,
    format: FileFormat,
    {
      failed = false,
      index = new TimeIndex(),
      through = NOTHING_STORED,
    }: { failed?: boolean; index?: TimeIndex; through?: Through } = {},
  ) {
    this.#format = format;
    this.identity = current.identity;
    this.file = current.file;
    this.#size = current.size;
    this.#storing = new Storing(through);
    this.seen = this.written;
    this.synced = failed ? { bytes: 0, lines: 0, through } : this.seen;
    this.#suspect = failed;
    this.index = index;
    index.reachTo(current.size);
  }

  get size(): number {
    return this.#size;
  }

  /** How many lines this process has written. */
  get lines(): number {
    return this.#lines;
  }

  /** The end of what is certainly in the file. */
  get written(): PlacedMark {
    return { bytes: this.#size, lines: this.#lines, through: this.#storing.through };
  }

  /** Whether the file may hold bytes behind `size`, which must be cut off before anything is written. */
  get dirty(): boolean {
    return this.#dirty;
  }

  /** Whether a sync has failed. */
  get suspect(): boolean {
    return this.#suspect;
  }

  /** What no sync has covered yet. */
  get exposure(): Mark {
    return difference(this.written, this.synced);
  }

  /** What was written since {@link markSeen}. */
  get unseen(): Mark {
    return difference(this.written, this.seen);
  }

  /** Notes that `current.log` leads to this file, with all that was written. */
  markSeen(): void {
    this.seen = this.written;
  }

  /**
   * Writes a piece at the end. A write that falls short is gone on with: that completes it, or tells what cut it short.
   *
   * @throws WriteError
   */
  async append(piece: Piece): Promise<void> {
    // Until the answer is there, nobody knows what the file holds.
    this.#dirty = true;
    let bytesWritten = 0;
    let failure: unknown;
    try {
      for (let buffers = piece.buffers(); bytesWritten < piece.bytes; ) {
        const { bytesWritten: count } = await this.file.writev(buffers, this.size + bytesWritten);
        if (bytesWritten > 0) await this.#seeJoint(buffers, bytesWritten, count);
        bytesWritten += count;
        if (count === 0) throw shortWrite(bytesWritten, piece.bytes);
        if (bytesWritten < piece.bytes) buffers = behind(buffers, count);
      }
    } catch (error) {
      failure = error;
    }
    const stored = failure === undefined ? piece : piece.wholeWithin(bytesWritten);
    this.#advance(stored, piece);
    if (failure === undefined) {
      this.#dirty = false;
      return;
    }
    await this.cut().catch(() => {});
    throw new WriteError(stored.lines, failure);
  }

  /**
   * A write that went on behind another one must stand right behind it. If somebody has cut the file in between, which on a full
   * disk makes the room that the first one lacked, it stands elsewhere, and begins in the midst of a unit: it is taken away again.
   *
   * @throws an error then
   */
  async #seeJoint(buffers: readonly Buffer[], before: number, count: number): Promise<void> {
    const { size } = await this.file.stat();
    if (size === this.size + before + count) return;
    const written = Buffer.concat(buffers).subarray(0, count);
    const there = Buffer.allocUnsafe(count);
    const at = size - count;
    if (at >= 0 && (await readFully(this.file, there, count, at)) === count && there.equals(written)) {
      await this.file.truncate(at);
    }
    throw shortWrite(before, before + count);
  }

  /** Copies whole units from another file to the end of this one, all or none. */
  async absorb(from: OpenFile, start: Mark, end: Mark): Promise<void> {
    this.#dirty = true;
    const { bytes, lines } = difference(end, start);
    const target: Pick<OpenFile, 'writev'> = {
      writev: (buffers, at) => this.file.writev(buffers, this.size + at),
    };
    try {
      await copyRange(from, start.bytes, end.bytes, target);
      this.#advance({ bytes, lines });
      this.#dirty = false;
    } catch (error) {
      await this.cut().catch(() => {});
      throw error;
    }
  }

  /** Cuts off what may stand behind the whole units. If that fails, the file stays dirty. */
  async cut(): Promise<void> {
    this.#dirty = true;
    const { size } = await this.file.stat();
    if (size >= this.size) {
      if (size > this.size) {
        await this.file.truncate(this.size);
        // Who has cut it shorter since the look at its size has made a hole of this: it got longer again.
        await this.#cutTo(this.size);
      }
    } else {
      // Somebody else has cut the file, and ours stands behind that.
      await this.#cutTo(size);
    }
    this.#dirty = false;
  }

  /** Leaves what is whole of the first `size` bytes. */
  async #cutTo(size: number): Promise<void> {
    const end = await this.#format.findEnd(this.file, size);
    if (end < size) await this.file.truncate(end);
    if (end !== this.size) this.resize(end, 0);
  }

  /** Takes back what no sync has covered. If the cut fails, the file stays dirty. */
  async takeBack(): Promise<void> {
    const { bytes, lines, through } = this.synced;
    this.#size = bytes;
    this.#lines = lines;
    this.#storing = new Storing(through);
    this.index.cut(bytes);
    this.seen = lesser(this.seen, this.synced);
    await this.cut();
  }

  /** Takes note that somebody else changed the file: it holds `bytes` bytes now, and `lostLines` lines fewer. */
  resize(bytes: number, lostLines: number): void {
    const lines = this.#lines - lostLines;
    const { synced } = this;
    this.#size = bytes;
    this.#lines = lines;
    this.synced = { ...synced, bytes: Math.min(synced.bytes, bytes), lines: Math.min(synced.lines, lines) };
    this.index.reachTo(bytes);
    this.seen = this.written;
  }

  /** Makes what is written by now durable. A failure makes the file suspect. */
  async sync(): Promise<void> {
    while (this.#syncing) await this.#syncing.catch(() => {});
    if (this.#suspect) throw new SuspectFileError();
    const mark = this.written;
    if (this.synced.bytes === mark.bytes && this.synced.lines === mark.lines) return;
    this.#syncing = this.file.datasync();
    try {
      await this.#syncing;
      this.synced = mark;
    } catch (error) {
      this.#suspect = true;
      throw error;
    } finally {
      this.#syncing = undefined;
    }
  }

  /** Gives up on making durable what is not yet: it cannot be read any more. */
  giveUp(): void {
    this.synced = this.written;
  }

  /** Waits for a sync that is under way. */
  async settle(): Promise<void> {
    while (this.#syncing) await this.#syncing.catch(() => {});
  }

  /** Closes the file, after a sync that is under way. */
  async close(): Promise<void> {
    await this.settle();
    await this.file.close();
  }

  #advance({ bytes, lines }: Mark, piece?: Piece): void {
    let left = lines;
    for (const { length, byteLength, receivedAt, oldest, position, through } of piece?.groups ?? []) {
      if (left === 0) break;
      const count = Math.min(left, length);
      if (position) this.#storing.advance(position, count);
      // What a failed write left of a group is not known to the byte; `reachTo` below closes the gap.
      if (count === length) {
        this.index.add(byteLength, count, oldest ?? receivedAt, receivedAt);
        if (through) this.#storing.join(through);
      }
      left -= count;
    }
    this.#size += bytes;
    this.#lines += lines;
    this.index.reachTo(this.#size);
  }
}

/** What follows the first `bytes` bytes of some buffers. */
function behind(buffers: readonly Buffer[], bytes: number): Buffer[] {
  const rest: Buffer[] = [];
  for (const buffer of buffers) {
    if (bytes < buffer.length) rest.push(buffer.subarray(bytes));
    bytes = Math.max(0, bytes - buffer.length);
  }
  return rest;
}

function difference(a: Mark, b: Mark): Mark {
  return { bytes: a.bytes - b.bytes, lines: a.lines - b.lines };
}

function lesser(a: PlacedMark, b: PlacedMark): PlacedMark {
  return a.bytes < b.bytes ? a : b;
}
