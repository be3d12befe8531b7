/**
 * Frames: batches as they stand in a spill file, one behind the other. All numbers are little-endian.
 *
 *     frame   head (36) · body · tail (36)
 *     head    "LCSPILL1" · length of the frame (4) · number of lines (4) · number of its first line (8, a double)
 *             length of the note (4) · CRC-32 of the body (4) · CRC-32 of the 32 bytes before (4)
 *     body    note: JSON with the origin, the receive time and the fields · where each line ends in the bytes (4 each) · bytes
 *     tail    the head once more, but "LCSPILLE"
 *
 * Invariants:
 * - Lines are numbered through, and a number is never given twice: a frame that was written twice is known by it, and so is
 *   how many lines are missing where frames are.
 * - The checksums of heads and tails begin with the salt of their file, which stands in its name alone: no sender can put a frame
 *   into a log line and have it taken for one.
 * - A flipped bit in a head or in a tail costs nothing, since either is enough; one in a body costs its batch.
 */
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { Batch, type Fields, type FieldValue, LINE_FEED, toFields } from '../core/batch.ts';

/** What a frame says of itself, twice. */
export interface FrameHead {
  /** The bytes of the frame. */
  readonly length: number;
  readonly lines: number;
  /** The number of its first line. */
  readonly first: number;
  readonly noteLength: number;
  readonly bodyCrc: number;
}

/** The bytes of a head, and those of a tail. */
export const HEAD_BYTES = 36;

/** What a head begins with. */
export const HEAD_SIGNATURE: Buffer = Buffer.from('LCSPILL1');
const TAIL_SIGNATURE = Buffer.from('LCSPILLE');

/** What a frame has beside the lines, their bounds and their note. */
const FRAME_BYTES = 2 * HEAD_BYTES;

/** Longer ones are not written, and what says that it is longer is not ours. */
const LARGEST_FRAME = 2 ** 31;

/** A batch, ready to be written. */
export interface Frame {
  readonly head: FrameHead;
  /** The note, and where the lines end. */
  readonly start: Buffer;
  /** The lines: views of the batch. */
  readonly chunks: readonly Buffer[];
}

/** Makes the frame of a batch whose first line gets the number `first`. The lines are not copied. */
export function toFrame(batch: Batch, first: number): Frame {
  const { origin, receivedAt, fields } = batch;
  const { source, peer } = origin;
  const note = Buffer.from(toNote({ source, peer, receivedAt }, fields));
  const start = Buffer.allocUnsafe(note.length + 4 * batch.length);
  let at = note.copy(start);
  let end = 0;
  for (let line = 0; line < batch.length; line++) {
    end += batch.end(line) - batch.start(line);
    at = start.writeUInt32LE(end++, at);
  }
  const chunks = batch.chunks();
  let bodyCrc = crc32(start);
  for (const chunk of chunks) bodyCrc = crc32(chunk, bodyCrc);
  const length = FRAME_BYTES + start.length + batch.byteLength;
  if (length > LARGEST_FRAME)
    throw new RangeError(`a batch of ${batch.byteLength} bytes does not fit into a frame`);
  return { head: { length, lines: batch.length, first, noteLength: note.length, bodyCrc }, start, chunks };
}

/** Fields that are no JSON, which only a component without types can have made, are left out: the lines are worth more. */
function toNote(note: object, fields: readonly (Fields | undefined)[] | undefined): string {
  try {
    return JSON.stringify({ ...note, fields: fields?.map((each) => each ?? null) });
  } catch {
    return JSON.stringify(note);
  }
}

/** The buffers of a frame in a file with this salt. */
export function toBuffers({ head, start, chunks }: Frame, salt: number): Buffer[] {
  return [writeHead(HEAD_SIGNATURE, head, salt), start, ...chunks, writeHead(TAIL_SIGNATURE, head, salt)];
}

function writeHead(signature: Buffer, head: FrameHead, salt: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES);
  let at = signature.copy(bytes);
  at = bytes.writeUInt32LE(head.length, at);
  at = bytes.writeUInt32LE(head.lines, at);
  at = bytes.writeDoubleLE(head.first, at);
  at = bytes.writeUInt32LE(head.noteLength, at);
  at = bytes.writeUInt32LE(head.bodyCrc, at);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, at), salt), at);
  return bytes;
}

/** Reads the head that stands at `at`; `undefined` if there is none. */
export function readHead(bytes: Buffer, at: number, salt: number): FrameHead | undefined {
  return readSigned(HEAD_SIGNATURE, bytes, at, salt);
}

/** Reads the tail that stands at `at`; `undefined` if there is none. */
export function readTail(bytes: Buffer, at: number, salt: number): FrameHead | undefined {
  return readSigned(TAIL_SIGNATURE, bytes, at, salt);
}

function readSigned(signature: Buffer, bytes: Buffer, at: number, salt: number): FrameHead | undefined {
  if (at < 0 || at + HEAD_BYTES > bytes.length) return undefined;
  if (signature.compare(bytes, at, at + signature.length) !== 0) return undefined;
  const crcAt = at + HEAD_BYTES - 4;
  if (bytes.readUInt32LE(crcAt) !== crc32(bytes.subarray(at, crcAt), salt)) return undefined;
  const length = bytes.readUInt32LE(at + 8);
  const lines = bytes.readUInt32LE(at + 12);
  const first = bytes.readDoubleLE(at + 16);
  const noteLength = bytes.readUInt32LE(at + 24);
  const bodyCrc = bytes.readUInt32LE(at + 28);
  const isPossible =
    lines > 0 &&
    Number.isSafeInteger(first) &&
    first >= 0 &&
    length <= LARGEST_FRAME &&
    // Each line has its end and its line feed.
    FRAME_BYTES + noteLength + 5 * lines <= length;
  return isPossible ? { length, lines, first, noteLength, bodyCrc } : undefined;
}

/** Reads the batch of a frame of which `bytes` has the body, at `at`; `undefined` if it is damaged. It is a view. */
export function readBody(bytes: Buffer, at: number, head: FrameHead): Batch | undefined {
  const body = bytes.subarray(at, at + head.length - FRAME_BYTES);
  if (body.length < head.length - FRAME_BYTES || crc32(body) !== head.bodyCrc) return undefined;
  const { noteLength, lines } = head;
  const note = readNote(body.toString('utf8', 0, noteLength), lines);
  if (!note) return undefined;
  const content = body.subarray(noteLength + 4 * lines);
  const bounds = new Uint32Array(2 * lines);
  let start = 0;
  for (let line = 0; line < lines; line++) {
    const end = body.readUInt32LE(noteLength + 4 * line);
    if (end < start || content[end] !== LINE_FEED) return undefined;
    bounds[2 * line] = start;
    bounds[2 * line + 1] = end;
    start = end + 1;
  }
  if (start !== content.length) return undefined;
  return new Batch({ bytes: content, bounds }, note, content.length);
}

/** What a note holds, if it is one: a checksum says that it is as it was written, not who wrote it. */
function readNote(text: string, lines: number) {
  try {
    return toInit(JSON.parse(text), lines);
  } catch {
    return undefined;
  }
}

function toInit(note: unknown, lines: number) {
  const { source, peer, receivedAt, fields } = (note ?? {}) as Record<string, unknown>;
  if (typeof source !== 'string' || typeof receivedAt !== 'number') return undefined;
  if (peer !== undefined && typeof peer !== 'string') return undefined;
  const origin = peer === undefined ? { source } : { source, peer };
  if (fields === undefined) return { origin, receivedAt };
  if (!Array.isArray(fields) || fields.length !== lines) return undefined;
  return { origin, receivedAt, fields: fields.map(readFields) };
}

function readFields(fields: unknown): Fields | undefined {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return undefined;
  return toFields(
    Object.entries(fields).map(([name, value]) => [name, withoutPrototypes(value as FieldValue)]),
  );
}

/** Fields have no prototypes, however deep: a field named `__proto__` is a field. */
function withoutPrototypes(value: FieldValue): FieldValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  return readFields(value)!;
}
