/**
 * Reads the files of log directories, also compressed ones, by what is documented of them and without the code that wrote
 * them: a frame begins with a note in which its length stands (see src/core/compressed/frame.ts).
 */
import { Buffer } from 'node:buffer';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

export type Suffix = '.log' | '.log.gz' | '.log.zst';

interface FrameKind {
  readonly signature: Buffer;
  /** What of a frame comes before that which is to be decompressed. */
  readonly skipped: number;
  readonly decompress: (bytes: Buffer) => Buffer;
}

const FRAMES: Readonly<Record<Exclude<Suffix, '.log'>, FrameKind>> = {
  '.log.gz': {
    signature: Buffer.concat([
      Buffer.from('1f8b08040000000000ff1c00', 'hex'),
      Buffer.from('LC'),
      Buffer.from('1800', 'hex'),
    ]),
    skipped: 0,
    decompress: (bytes) => gunzipSync(bytes),
  },
  '.log.zst': {
    signature: Buffer.concat([Buffer.from('5c2a4d181c000000', 'hex'), Buffer.from('LCF1')]),
    skipped: 36,
    decompress: (bytes) => zstdDecompressSync(bytes),
  },
};

/** What the frames of a file hold. A tail that is no whole frame is answered as a text that is no line. */
export function decode(bytes: Buffer, suffix: Suffix): Buffer {
  if (suffix === '.log') return bytes;
  const { skipped, decompress } = FRAMES[suffix];
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = frameLength(bytes.subarray(at), suffix);
    if (length === undefined) {
      parts.push(Buffer.from(`a torn frame of ${bytes.length - at} bytes`));
      break;
    }
    parts.push(decompress(bytes.subarray(at + skipped, at + length)));
    at += length;
  }
  return Buffer.concat(parts);
}

/** How many bytes of a file are whole lines or frames. */
export function wholeLength(bytes: Buffer, suffix: Suffix): number {
  if (suffix === '.log') return bytes.lastIndexOf(10) + 1;
  let at = 0;
  for (let length: number | undefined = 0; length !== undefined; ) {
    at += length;
    length = frameLength(bytes.subarray(at), suffix);
  }
  return at;
}

/** The length of the whole frame at the start of `bytes`; `undefined` if there is none. */
export function frameLength(bytes: Buffer, suffix: Exclude<Suffix, '.log'>): number | undefined {
  const { signature } = FRAMES[suffix];
  if (bytes.length < signature.length + 4 || !bytes.subarray(0, signature.length).equals(signature)) {
    return undefined;
  }
  const length = bytes.readUInt32LE(signature.length);
  return length <= bytes.length ? length : undefined;
}
