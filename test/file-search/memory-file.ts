/** A file that is nothing but bytes. */
import type { Readable } from '../../src/file-search/raw-blocks.ts';

export function memoryFile(bytes: Buffer): Readable {
  return {
    read: (buffer, offset, length, position) =>
      Promise.resolve({
        bytesRead: bytes.copy(buffer, offset, position, Math.min(bytes.length, position + length)),
      }),
  };
}
