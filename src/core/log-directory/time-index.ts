/**
 * When the lines of a file were received: a sparse index, kept while the file is written. It is derived and never trusted: it
 * only says which parts of a file a search by time may pass over, and a part that it knows nothing of is not passed over.
 *
 * A block is a run of whole lines with the time of its oldest and its newest one. Lines that come at the same time, or within the
 * resolution, share a block. The resolution is 0 ms until there are MAX_BLOCKS; then it doubles and neighbours are joined. So a
 * time is exact in a busy file, and in a quiet one it is known to about a two-thousandth of the time that the file spans. Times
 * may go back from block to block: clocks do, and batches of several sources come as they come.
 *
 * On disk (all numbers little-endian; doubles but for the magic, version, checksum and counts, which take 4 bytes):
 *
 *     "LCTI" · version 1 · CRC-32 of what follows
 *     size · mtime in ms · inode · device of the file that it is about · bytes that its lines take, uncompressed · number of blocks
 *     of each block: where it ends · its lines · its oldest time · its newest time
 */
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import type { FileStatus } from '../file-system.ts';

/** The most blocks of a file: 112 KiB. */
const MAX_BLOCKS = 4096;

const MAGIC = 0x4954434c;
const VERSION = 1;
const HEAD_BYTES = 12;
const ABOUT_BYTES = 5 * 8 + 4;
const BLOCK_BYTES = 3 * 8 + 4;

/** A run of lines; times in ms since the epoch. Infinite times are unknown ones. */
export interface TimeBlock {
  /** Where it ends in the file, uncompressed; of a file of frames, in the file as it is. It begins where the one before ends. */
  readonly end: number;
  readonly lines: number;
  readonly oldest: number;
  readonly newest: number;
}

/** Which file an index is about. */
export type Indexed = Pick<FileStatus, 'size' | 'mtimeMs' | 'ino' | 'dev'>;

/** What is known of lines that nothing is known of. */
export const UNKNOWN_TIMES = { oldest: Number.NEGATIVE_INFINITY, newest: Number.POSITIVE_INFINITY };

export class TimeIndex {
  #blocks: { end: number; lines: number; oldest: number; newest: number }[];
  #resolution = 0;

  constructor(blocks: readonly TimeBlock[] = []) {
    this.#blocks = blocks.map((block) => ({ ...block }));
  }

  /** The bytes that it is about. */
  get end(): number {
    return this.#blocks.at(-1)?.end ?? 0;
  }

  /** The blocks as they are now. */
  get blocks(): readonly TimeBlock[] {
    return this.#blocks.map((block) => ({ ...block }));
  }

  /** Lines were written. */
  add(bytes: number, lines: number, oldest: number, newest: number = oldest): void {
    this.#append(bytes, lines, oldest, newest);
    if (this.#blocks.length > MAX_BLOCKS) this.#coarsen();
  }

  #append(bytes: number, lines: number, oldest: number, newest: number): void {
    if (bytes === 0) return;
    const last = this.#blocks.at(-1);
    const end = this.end + bytes;
    if (last && Math.max(last.newest, newest) - Math.min(last.oldest, oldest) <= this.#resolution) {
      last.end = end;
      last.lines += lines;
      last.oldest = Math.min(last.oldest, oldest);
      last.newest = Math.max(last.newest, newest);
      return;
    }
    this.#blocks.push({ end, lines, oldest, newest });
  }

  /** The file was cut: it holds so many bytes. */
  cut(bytes: number): void {
    while (this.#blocks.length > 0) {
      const start = this.#blocks.at(-2)?.end ?? 0;
      const last = this.#blocks.at(-1)!;
      if (last.end <= bytes) return;
      if (start < bytes) {
        // Nobody knows how many lines are left of it.
        last.end = bytes;
        last.lines = Number.NaN;
        return;
      }
      this.#blocks.pop();
    }
  }

  /** Makes it about so many bytes: what it does not know of is of unknown time. */
  reachTo(bytes: number): void {
    this.cut(bytes);
    if (this.end >= bytes) return;
    const last = this.#blocks.at(-1);
    if (last?.newest === UNKNOWN_TIMES.newest) {
      last.end = bytes;
      last.lines = Number.NaN;
    } else this.#blocks.push({ end: bytes, lines: Number.NaN, ...UNKNOWN_TIMES });
  }

  toBuffer({ size, mtimeMs, ino, dev }: Indexed): Buffer {
    const blocks = this.#blocks;
    const bytes = Buffer.alloc(HEAD_BYTES + ABOUT_BYTES + blocks.length * BLOCK_BYTES);
    let at = HEAD_BYTES;
    for (const number of [size, mtimeMs, ino, dev, this.end]) at = bytes.writeDoubleLE(number, at);
    at = bytes.writeUInt32LE(blocks.length, at);
    for (const { end, lines, oldest, newest } of blocks) {
      at = bytes.writeDoubleLE(end, at);
      at = bytes.writeUInt32LE(Number.isNaN(lines) ? UNKNOWN_LINES : lines, at);
      at = bytes.writeDoubleLE(oldest, at);
      at = bytes.writeDoubleLE(newest, at);
    }
    bytes.writeUInt32LE(MAGIC, 0);
    bytes.writeUInt32LE(VERSION, 4);
    bytes.writeUInt32LE(crc32(bytes.subarray(HEAD_BYTES)), 8);
    return bytes;
  }

  /** Reads an index; `undefined` on any doubt: another version, a wrong checksum, another file. */
  static parse(bytes: Buffer, file: Indexed): TimeIndex | undefined {
    if (bytes.length < HEAD_BYTES + ABOUT_BYTES) return undefined;
    if (bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(4) !== VERSION) return undefined;
    if (bytes.readUInt32LE(8) !== crc32(bytes.subarray(HEAD_BYTES))) return undefined;
    const numbers = [0, 1, 2, 3, 4].map((index) => bytes.readDoubleLE(HEAD_BYTES + index * 8));
    const [size, mtimeMs, ino, dev, end] = numbers;
    if (size !== file.size || mtimeMs !== file.mtimeMs || ino !== file.ino || dev !== file.dev)
      return undefined;
    const count = bytes.readUInt32LE(HEAD_BYTES + 40);
    if (bytes.length !== HEAD_BYTES + ABOUT_BYTES + count * BLOCK_BYTES) return undefined;
    const blocks: TimeBlock[] = [];
    for (let at = HEAD_BYTES + ABOUT_BYTES; at < bytes.length; at += BLOCK_BYTES) {
      const lines = bytes.readUInt32LE(at + 8);
      blocks.push({
        end: bytes.readDoubleLE(at),
        lines: lines === UNKNOWN_LINES ? Number.NaN : lines,
        oldest: bytes.readDoubleLE(at + 12),
        newest: bytes.readDoubleLE(at + 20),
      });
    }
    return (blocks.at(-1)?.end ?? 0) === end ? new TimeIndex(blocks) : undefined;
  }

  #coarsen(): void {
    while (this.#blocks.length > MAX_BLOCKS / 2) {
      this.#resolution = Math.max(1, this.#resolution * 2);
      const blocks = this.#blocks;
      this.#blocks = [];
      let end = 0;
      for (const block of blocks) {
        this.#append(block.end - end, block.lines, block.oldest, block.newest);
        end = block.end;
      }
      if (!Number.isFinite(this.#resolution)) return;
    }
  }
}

const UNKNOWN_LINES = 0xffffffff;
