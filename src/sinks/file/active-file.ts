/**
 * The file that is written at the moment.
 *
 * Invariants, unless `dirty`: the file holds `size` bytes, and they are whole lines. `synced <= written`. After a sync has
 * failed (`suspect`), the file is never synced again: a second sync that succeeds proves nothing.
 */
import type { OpenFile } from '../../core/file-system.ts';
import type { Identity } from '../../core/log-directory/log-file.ts';
import { shortWrite } from '../../core/log-directory/log-file.ts';
import type { CurrentFile } from '../../core/log-directory/recovery.ts';
import { type Piece, toBuffers, wholeLinesWithin } from './group.ts';

/** How far a file is written, or synced. */
export interface Mark {
  readonly bytes: number;
  /** Lines that this process wrote. */
  readonly lines: number;
}

/** A write that failed; the lines before are in the file. */
export class WriteError extends Error {
  /** How many lines of the piece are in the file all the same. */
  readonly lines: number;

  constructor(lines: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.lines = lines;
  }
}

export class ActiveFile {
  readonly identity: Identity;
  readonly file: OpenFile;
  /** What is certainly in the file: whole lines. */
  written: Mark;
  /** What a power cut does not take. */
  synced: Mark;
  #dirty = false;
  #suspect = false;
  #syncing: Promise<void> | undefined;

  /** What is in the file already counts as `synced` as far as it is known to be. */
  constructor(current: CurrentFile, synced = 0) {
    this.identity = current.identity;
    this.file = current.file;
    this.written = { bytes: current.size, lines: 0 };
    this.synced = { bytes: synced, lines: 0 };
  }

  get size(): number {
    return this.written.bytes;
  }

  /** Whether the file may hold bytes behind `size`, which have to be cut off before anything is written. */
  get dirty(): boolean {
    return this.#dirty;
  }

  /** Whether a sync has failed. */
  get suspect(): boolean {
    return this.#suspect;
  }

  /** Writes a piece at the end. @throws WriteError */
  async append(piece: Piece): Promise<void> {
    let bytesWritten = 0;
    let failure: unknown;
    // Until the answer is there, nobody knows what the file holds.
    this.#dirty = true;
    try {
      ({ bytesWritten } = await this.file.writev(toBuffers(piece), this.size));
      if (bytesWritten < piece.bytes) failure = shortWrite(bytesWritten, piece.bytes);
    } catch (error) {
      failure = error;
    }
    if (failure === undefined) {
      this.#advance(piece);
      this.#dirty = false;
      return;
    }
    const whole = wholeLinesWithin(piece, bytesWritten);
    this.#advance(whole);
    await this.cut().catch(() => {});
    throw new WriteError(whole.lines, failure);
  }

  /** Cuts off what may stand behind the whole lines. If that fails, the file stays dirty. */
  async cut(): Promise<void> {
    this.#dirty = true;
    const { size } = await this.file.stat();
    if (size > this.size) await this.file.truncate(this.size);
    this.#dirty = false;
  }

  /** Takes back what no sync has covered. If the cut fails, the file stays dirty. */
  async revertToSynced(): Promise<void> {
    this.written = this.synced;
    await this.cut();
  }

  /** Makes what is written by now durable. One sync at a time; a failure makes the file suspect. */
  async sync(): Promise<void> {
    while (this.#syncing) await this.#syncing.catch(() => {});
    if (this.#suspect)
      throw Object.assign(new Error('a sync of this file has failed before'), { code: 'EIO' });
    if (this.synced.bytes === this.written.bytes && this.synced.lines === this.written.lines) return;
    const mark = this.written;
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

  /** Closes the file when a sync that is under way has ended. */
  async close(): Promise<void> {
    await this.#syncing?.catch(() => {});
    await this.file.close();
  }

  #advance({ bytes, lines }: { bytes: number; lines: number }): void {
    this.written = { bytes: this.written.bytes + bytes, lines: this.written.lines + lines };
  }
}
