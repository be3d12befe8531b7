/**
 * The bytes of an archive: compressed into another file, and compared with what that holds. The work is done in Node's thread
 * pool, block by block; between blocks it pauses as long as it has worked, so that half a core at most goes into it.
 */
import { Buffer } from 'node:buffer';
import { type Clock, sleep } from '../../clock.ts';
import { COMPRESSIONS, type Compression, type ZlibStream } from '../../compressed/compressions.ts';
import { decompress } from '../../compressed/decompress.ts';
import type { OpenFile } from '../../file-system.ts';
import { BLOCK_BYTES, type LogFile, readFully, writeFully } from '../log-file.ts';

/** In ms: a machine that slept has not worked so long. */
const LONGEST_PAUSE = 100;

export class PacedCopy {
  /** There are no pauses any more: too much waits. */
  hurries = false;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Writes what a file holds, compressed. @throws Error if it is to stop */
  async compress(plain: LogFile, to: OpenFile, kind: Compression): Promise<void> {
    const engine = COMPRESSIONS[kind].compressor(plain.status.size);
    let end = 0;
    const writing = (async () => {
      for await (const piece of engine as AsyncIterable<Buffer>) {
        await writeFully(to, piece, end);
        end += piece.length;
      }
    })();
    // It is awaited below; until then its failure shows in the engine.
    writing.catch(() => engine.destroy());
    try {
      for await (const block of this.#blocks(plain)) await feed(engine, block);
      engine.end();
      await writing;
    } catch (error) {
      // Why nothing more could be written, if that is why.
      if (engine.destroyed) await writing;
      throw error;
    } finally {
      engine.destroy();
      await writing.catch(() => {});
    }
  }

  /** Whether a compressed file holds, to the byte, what the plain one does. @throws Error if it is to stop */
  async holdsSame(plain: LogFile, packed: LogFile, kind: Compression): Promise<boolean> {
    let damaged = false;
    const pieces = decompress(packed.file, {
      kind,
      size: packed.status.size,
      // Neither is read further than it is the same as the other.
      most: Number.POSITIVE_INFINITY,
      damaged: () => void (damaged = true),
    });
    const own = Buffer.allocUnsafe(BLOCK_BYTES);
    let at = 0;
    for await (const piece of pieces) {
      for (let start = 0; start < piece.length; start += own.length) {
        const part = piece.subarray(start, start + own.length);
        const length = await readFully(plain.file, own, part.length, at);
        if (length < part.length || part.compare(own, 0, length) !== 0) return false;
        at += length;
      }
      await this.#pause(0);
    }
    return !damaged && at === plain.status.size;
  }

  /** The bytes of an archive, with a pause after each block that takes as long as what was done with it. */
  async *#blocks({ file, status }: LogFile): AsyncGenerator<Buffer> {
    const clock = this.#clock;
    for (let at = 0; at < status.size; ) {
      const began = clock.monotonic();
      const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, status.size - at));
      const length = await readFully(file, block, block.length, at);
      if (length < block.length) throw Object.assign(new Error('it is shorter than it was'), { code: 'EIO' });
      at += length;
      yield block;
      await this.#pause(clock.monotonic() - began);
    }
  }

  /** @throws Error if the sink stops */
  async #pause(worked: number): Promise<void> {
    const signal = this.#signal;
    if (worked > 0 && !this.hurries) {
      await sleep(this.#clock, Math.min(worked, LONGEST_PAUSE), signal);
    }
    if (signal.aborted) throw new Error('the sink stops');
  }
}

/** Gives an engine a block, and waits until it takes more. */
function feed(engine: ZlibStream, block: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(error);
    engine.once('error', failed);
    engine.write(block, (error) => {
      engine.off('error', failed);
      if (error) reject(error);
      else resolve();
    });
  });
}
