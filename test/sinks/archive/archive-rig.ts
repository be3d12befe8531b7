/**
 * The rig of the file sink for archives, and a judge that knows gzip and zstd from their specifications (RFC 1952, 8878) and
 * nothing of how LogCaster writes or reads them.
 */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { archive } from '../../../src/sinks/archive/archive.ts';
import { archiveOptions } from '../../../src/sinks/archive/options.ts';
import { FileRig, type RigKind, type RigOptions } from '../file/rig.ts';

export type Compression = 'gzip' | 'zstd';

const GZIP_EXTRA = 4;
const ZSTD_FRAME = 0xfd2fb528;
const ZSTD_SKIPPABLE = 0x184d2a50;

/** The rig for archives of this compression. Groups are written at once unless a `flushInterval` is given. */
export function makeArchiveRig(compression: Compression, options: RigOptions = {}): Promise<FileRig> {
  return FileRig.make({ flushInterval: '0ms', ...options }, archiveKind(compression));
}

export function archiveKind(compression: Compression): RigKind {
  return {
    suffix: suffixOf(compression),
    create(options, context) {
      const parsed = archiveOptions.parse({ ...(options as object), compression });
      return { sink: archive.create(parsed, context), maxSize: parsed.maxSize };
    },
    read(bytes) {
      const frames = compression === 'gzip' ? readMembers(bytes) : readFrames(bytes);
      return { text: Buffer.concat(frames).toString('latin1'), units: frames.length };
    },
    // What is cut need not even look like the beginning of a frame.
    ends: (bytes) => Array.from(bytes, (_, at) => at),
  };
}

export function suffixOf(compression: Compression): string {
  return compression === 'gzip' ? '.log.gz' : '.log.zst';
}

/** The content of each member of a gzip file. */
function readMembers(bytes: Buffer): Buffer[] {
  if (bytes.length === 0) return [];
  // Members do not say where they end; the judge goes by those that have an extra field.
  const starts: number[] = [];
  for (let at = bytes.indexOf(0x1f); at >= 0; at = bytes.indexOf(0x1f, at + 1)) {
    const isMember = bytes.readUIntBE(at, Math.min(4, bytes.length - at)) === 0x1f8b0800 + GZIP_EXTRA;
    if (isMember && bytes.toString('latin1', at + 12, at + 14) === 'LC') starts.push(at);
  }
  const members = starts.map((start, index) => gunzipSync(bytes.subarray(start, starts[index + 1])));
  if (!gunzipSync(bytes).equals(Buffer.concat(members))) throw new Error('the members are not the file');
  return members;
}

/** The content of each frame of a zstd file, but for those that are skipped. */
function readFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const magic = bytes.readUInt32LE(at);
    if ((magic & 0xfffffff0) === ZSTD_SKIPPABLE) {
      at += 8 + bytes.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== ZSTD_FRAME) throw new Error(`no frame begins at ${at}`);
    const end = endOfFrame(bytes, at);
    frames.push(zstdDecompressSync(bytes.subarray(at, end)));
    at = end;
  }
  return frames;
}

function endOfFrame(bytes: Buffer, start: number): number {
  const descriptor = bytes[start + 4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeOfSize = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  let at = start + 5 + (isSingle ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]! + sizeOfSize;
  for (let isLast = false; !isLast; ) {
    const block = bytes.readUIntLE(at, 3);
    isLast = (block & 1) === 1;
    at += 3 + (((block >> 1) & 3) === 1 ? 1 : block >> 3);
  }
  return at + ((descriptor & 4) !== 0 ? 4 : 0);
}
