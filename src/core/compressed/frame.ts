/**
 * Frames: lines that were compressed together, on their own. A file is nothing but frames one behind the other, which is a
 * legal file for `zcat` and `zstd -d`: members of gzip (RFC 1952), frames of zstd (RFC 8878).
 *
 * Each frame begins with a note of LogCaster's that both formats let pass, an extra field of gzip's header or a skippable
 * frame of zstd. By it frames are found without decompressing anything, also behind a place that is damaged:
 *
 *     gzip    1f 8b 08 04 · mtime 0 (4) · 00 ff · length 28 (2) · "LC" · length 24 (2) · note (24) · deflate · CRC-32 · size
 *     zstd    5c 2a 4d 18 · length 28 (4) · "LCF1" · note (24) · a frame of zstd with checksum
 *
 *     note    length of the whole frame (4) · length of the lines (4) · number of lines (4)
 *             receive time of the newest line, ms since the epoch (8, a double) · CRC-32 of the 20 bytes before (4)
 *
 * All numbers are little-endian.
 */
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import type { Compression } from './compressions.ts';

/** What a frame says of itself. */
export interface FrameNote {
  /** The bytes of the frame, with its note. */
  readonly length: number;
  /** The bytes of its lines, with a line feed each. */
  readonly rawLength: number;
  readonly lines: number;
  /** When the newest of its lines was received, in ms since the epoch. */
  readonly receivedAt: number;
}

const NOTE_BYTES = 24;

/** No line is longer than 1 GiB, and no frame of several lines as long. What says that it is, is not ours. */
const LARGEST_RAW_LENGTH = 2 ** 31;

/** How frames of a kind begin. */
export class FrameHead {
  /** What every frame begins with. Long enough not to stand anywhere else by chance. */
  readonly signature: Buffer;

  constructor(signature: readonly number[]) {
    this.signature = Buffer.from(signature);
  }

  /** How many bytes the signature and the note take. */
  get length(): number {
    return this.signature.length + NOTE_BYTES;
  }

  /** Signature and note. */
  write(note: FrameNote): Buffer {
    const head = Buffer.alloc(this.length);
    let at = this.signature.copy(head);
    at = head.writeUInt32LE(note.length, at);
    at = head.writeUInt32LE(note.rawLength, at);
    at = head.writeUInt32LE(note.lines, at);
    at = head.writeDoubleLE(note.receivedAt, at);
    head.writeUInt32LE(crc32(head.subarray(this.signature.length, at)), at);
    return head;
  }

  /** Reads the note at the start of `bytes`; `undefined` if no frame begins there. */
  read(bytes: Buffer): FrameNote | undefined {
    const from = this.signature.length;
    if (bytes.length < this.length || !bytes.subarray(0, from).equals(this.signature)) return undefined;
    const note = bytes.subarray(from, from + NOTE_BYTES);
    if (note.readUInt32LE(NOTE_BYTES - 4) !== crc32(note.subarray(0, NOTE_BYTES - 4))) return undefined;
    const length = note.readUInt32LE(0);
    const rawLength = note.readUInt32LE(4);
    if (length <= this.length || rawLength > LARGEST_RAW_LENGTH) return undefined;
    return {
      length,
      rawLength,
      lines: note.readUInt32LE(8),
      receivedAt: note.readDoubleLE(12),
    };
  }
}

/** How frames begin, by how their lines are compressed. */
export const FRAME_HEADS: Readonly<Record<Compression, FrameHead>> = {
  gzip: new FrameHead([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 28, 0, 0x4c, 0x43, 24, 0]),
  zstd: new FrameHead([0x5c, 0x2a, 0x4d, 0x18, 28, 0, 0, 0, 0x4c, 0x43, 0x46, 0x31]),
};
