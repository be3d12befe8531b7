/**
 * The ways of compressing a whole file: gzip (RFC 1952) and zstd (RFC 8878), as `gzip` and `zstd` write them. Both carry a
 * checksum of what they hold. The work is done in Node's thread pool.
 */
import type { Buffer } from 'node:buffer';
import type { Transform } from 'node:stream';
import zlib from 'node:zlib';

export type Compression = 'gzip' | 'zstd';

/** A stream of zlib: it also tells how much of its input it has used. */
export type ZlibStream = Transform & { readonly bytesWritten: number };

export interface CompressionKind {
  readonly name: Compression;
  /** What the names of files end in. */
  readonly suffix: string;
  /** Compresses into one member or frame. `size` is what will be written, if that is known. */
  compressor(size?: number): ZlibStream;
  /** Decompresses. That of gzip goes on with the members that follow; that of zstd ends behind the first frame. */
  decompressor(): ZlibStream;
}

/** Output is made in pieces of this size, so that what a file becomes is never in memory as a whole. */
const CHUNK_BYTES = 256 * 1024;
const DECOMPRESSED_BYTES = 2 ** 20;

/** Larger windows take more memory than a look at a file is worth; `zstd --long` makes them. It is what `zstd -d` allows. */
const LARGEST_WINDOW_LOG = 27;

export const COMPRESSIONS: Readonly<Record<Compression, CompressionKind>> = {
  gzip: {
    name: 'gzip',
    suffix: '.gz',
    compressor: () => zlib.createGzip({ chunkSize: CHUNK_BYTES }),
    decompressor: () => zlib.createGunzip({ chunkSize: DECOMPRESSED_BYTES }),
  },
  zstd: {
    name: 'zstd',
    suffix: '.zst',
    compressor: (size) =>
      zlib.createZstdCompress({
        chunkSize: CHUNK_BYTES,
        ...(size !== undefined && { pledgedSrcSize: size }),
        params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 },
      }),
    decompressor: () =>
      zlib.createZstdDecompress({
        chunkSize: DECOMPRESSED_BYTES,
        params: { [zlib.constants.ZSTD_d_windowLogMax]: LARGEST_WINDOW_LOG },
      }),
  },
};

/** How a file is compressed that begins with these bytes; `undefined` if it is not, as far as that is known. */
export function detectCompression(start: Buffer): Compression | undefined {
  if (start.length >= 3 && start[0] === 0x1f && start[1] === 0x8b && start[2] === 8) return 'gzip';
  if (start.length < 4) return undefined;
  const magic = start.readUInt32LE(0);
  // A frame of zstd, or one that is skipped.
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50 ? 'zstd' : undefined;
}

/** How a file is compressed that has this name; `undefined` if it does not tell. */
export function compressionOf(name: string): Compression | undefined {
  return Object.values(COMPRESSIONS).find(({ suffix }) => name.endsWith(suffix))?.name;
}
