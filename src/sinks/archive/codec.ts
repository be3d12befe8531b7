/**
 * Compressing and decompressing a frame. Both happen in Node's thread pool: nothing else waits for them.
 *
 * What is decompressed is counted on the way: a frame that holds more than its note says is damaged, however much it would
 * become.
 */
import type { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Compression } from '../../core/compressed/compressions.ts';
import { FRAME_HEADS, type FrameHead } from '../../core/compressed/frame.ts';

/** One way of compressing. */
export interface Codec {
  readonly kind: Compression;
  /** What files end in. */
  readonly suffix: string;
  readonly head: FrameHead;
  /** What follows the note in a frame that holds `raw`. */
  compress(raw: Buffer, level: number): Promise<Buffer>;
  /** Decompresses a whole frame, piece by piece. @throws Error if it is damaged or holds more than `rawLength` bytes */
  decompress(frame: Buffer, rawLength: number): AsyncIterable<Buffer>;
}

/** The header that Node writes: without an extra field, which ours has in its place. */
const GZIP_HEADER_BYTES = 10;

/** Output is made in pieces of about this size. */
const CHUNK_BYTES = 256 * 1024;
const SMALLEST_CHUNK_BYTES = 1024;

const gzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip);
const zstd = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdCompress);

export const CODECS: Readonly<Record<Compression, Codec>> = {
  gzip: {
    kind: 'gzip',
    suffix: '.log.gz',
    head: FRAME_HEADS.gzip,
    async compress(raw, level) {
      return (await gzip(raw, { level, chunkSize: chunkSize(raw.length) })).subarray(GZIP_HEADER_BYTES);
    },
    decompress: (frame, rawLength) =>
      countedOutput(zlib.createGunzip({ chunkSize: chunkSize(rawLength) }), frame, rawLength),
  },
  zstd: {
    kind: 'zstd',
    suffix: '.log.zst',
    head: FRAME_HEADS.zstd,
    compress: (raw, level) =>
      zstd(raw, {
        chunkSize: chunkSize(raw.length),
        pledgedSrcSize: raw.length,
        params: {
          [zlib.constants.ZSTD_c_compressionLevel]: level,
          [zlib.constants.ZSTD_c_checksumFlag]: 1,
        },
      }),
    decompress: (frame, rawLength) =>
      countedOutput(
        zlib.createZstdDecompress({ chunkSize: chunkSize(rawLength) }),
        // Node's zstd stops behind the first frame, also behind one that is skipped.
        frame.subarray(FRAME_HEADS.zstd.length),
        rawLength,
      ),
  },
};

function chunkSize(bytes: number): number {
  return Math.min(Math.max(bytes, SMALLEST_CHUNK_BYTES), CHUNK_BYTES);
}

async function* countedOutput(
  stream: zlib.Gunzip | zlib.ZstdDecompress,
  frame: Buffer,
  rawLength: number,
): AsyncGenerator<Buffer> {
  stream.end(frame);
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > rawLength) throw new Error(`it holds more than the ${rawLength} bytes that it should`);
    yield chunk;
  }
  if (bytes < rawLength) throw new Error(`it holds ${bytes} bytes in place of ${rawLength}`);
}
