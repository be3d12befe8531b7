/**
 * Reads a compressed file as the bytes that it holds, piece by piece: any number of members of gzip or frames of zstd, one
 * behind the other, whoever wrote them.
 *
 * - At most one block of the file and a few pieces of what it becomes are in memory, however much that is.
 * - What stands before a damaged or torn place is given all the same. The engine loses what it has made of a block when it
 *   meets damage in it; then the member is decompressed once more up to there, in small steps.
 * - A file that becomes far more than it is (a "bomb") is left where that shows: see `most`.
 * - Behind a damaged place it goes on where the next frame of LogCaster's own begins (see frame.ts), if there is one.
 */
import { Buffer } from 'node:buffer';
import { messageOf } from '../errors.ts';
import type { OpenFile } from '../file-system.ts';
import { formatSize } from '../units.ts';
import { COMPRESSIONS, type Compression, type ZlibStream } from './compressions.ts';

/** How much of the file is read at once. */
const BLOCK_BYTES = 512 * 1024;

/** How much of what may be padding. */
const PADDING_BYTES = 4096;

/** How little at once where damage is expected: first to come near to it, then to come to it. */
const STEPS = [64, 1];

/** Bytes of a compressed file that cannot be read. */
export interface Damage {
  /** Where in the file it begins, as near as that is known. */
  readonly offset: number;
  readonly why: string;
}

export interface DecompressInit {
  readonly kind: Compression;
  /** How many bytes of the file belong to it. */
  readonly size: number;
  /** Told of each damaged place, in their order. What follows comes behind it. */
  readonly damaged: (damage: Damage) => void;
  /** The most bytes that it may become; more is told as damage. @defaultValue what {@link mostOf} says */
  readonly most?: number;
  /** What the frames begin with that can be found again behind a damaged place. */
  readonly signature?: Buffer;
}

type Readable = Pick<OpenFile, 'read'>;

/** Text that is compressed better than this is none that anybody wrote. */
const LARGEST_RATIO = 250;
/** In bytes: so much is decompressed in a moment, whatever the ratio. */
const SMALLEST_MOST = 256 * 2 ** 20;
const LARGEST_MOST = 64 * 2 ** 30;

/** How much a file of this size may become, in bytes, of which nothing else is known. */
export function mostOf(size: number): number {
  return Math.min(Math.max(size * LARGEST_RATIO, SMALLEST_MOST), LARGEST_MOST);
}

/** What the file holds. Fails if the file cannot be read; damage is told and does not fail. */
export async function* decompress(file: Readable, init: DecompressInit): AsyncGenerator<Buffer> {
  const { most = mostOf(init.size), damaged } = init;
  let given = 0;
  for await (const piece of decompressAll(file, init)) {
    if (given + piece.length > most) {
      yield piece.subarray(0, most - given);
      damaged({ offset: 0, why: `it becomes more than ${formatSize(most)}: the rest is not looked at` });
      return;
    }
    given += piece.length;
    yield piece;
  }
}

async function* decompressAll(file: Readable, init: DecompressInit): AsyncGenerator<Buffer> {
  let at = 0;
  for (;;) {
    at = await skipPadding(file, init, at);
    if (at >= init.size) return;
    const member = new Member(file, init, at);
    yield* member.read();
    let { failure, failedAt, given } = member;
    if (failure === undefined) {
      at = member.end;
      continue;
    }
    for (const step of STEPS) {
      const again = new Member(file, init, at);
      yield* withoutFirst(again.read(failedAt, step), given);
      given = Math.max(given, again.given);
      failedAt = again.failedAt;
      failure = again.failure;
    }
    init.damaged({ offset: failedAt, why: messageOf(failure) });
    // A damaged frame of zstd can swallow those behind it; a run of gzip may be many sound members before it.
    const next = await findSignature(file, init, (init.kind === 'zstd' ? at : failedAt) + 1);
    if (next === undefined) return;
    at = next;
  }
}

/** Behind a member there may be zeros, up to the end of a block of whatever it was stored on. */
async function skipPadding(file: Readable, { size }: DecompressInit, from: number): Promise<number> {
  if (from === 0) return 0;
  const block = Buffer.allocUnsafe(Math.max(0, Math.min(PADDING_BYTES, size - from)));
  for (let at = from; at < size; ) {
    const { bytesRead } = await file.read(block, 0, Math.min(block.length, size - at), at);
    const other = block.subarray(0, bytesRead).findIndex((byte) => byte !== 0);
    if (other >= 0) return at + other;
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return size;
}

async function* withoutFirst(pieces: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const piece of pieces) {
    if (left < piece.length) yield left > 0 ? piece.subarray(left) : piece;
    left = Math.max(0, left - piece.length);
  }
}

/** One run of the engine: of gzip all members as far as they are sound, of zstd one frame. */
class Member {
  /** How many bytes it has given. */
  given = 0;
  /** Where it ended. */
  end: number;
  failure: unknown;
  /** Where the block begins in which it failed. */
  failedAt: number;
  readonly #file: Readable;
  readonly #init: DecompressInit;
  readonly #start: number;

  constructor(file: Readable, init: DecompressInit, start: number) {
    this.#file = file;
    this.#init = init;
    this.#start = start;
    this.end = start;
    this.failedAt = start;
  }

  /** @param careful - from here on it goes in steps of `step` bytes */
  async *read(careful: number = Number.POSITIVE_INFINITY, step = BLOCK_BYTES): AsyncGenerator<Buffer> {
    const engine = COMPRESSIONS[this.#init.kind].decompressor();
    const feeding = this.#feed(engine, careful, step);
    let readError: unknown;
    try {
      for await (const piece of engine as AsyncIterable<Buffer>) {
        this.given += piece.length;
        yield piece;
      }
      this.end = this.#start + engine.bytesWritten;
      // An engine that used nothing would do so for ever.
      if (this.end === this.#start) throw new Error('it is incomplete');
    } catch (error) {
      this.failure = error;
    } finally {
      engine.destroy();
      readError = await feeding;
    }
    if (readError !== undefined) throw readError as Error;
  }

  /** Gives the engine its input as fast as it takes it. Answers why the file could not be read. */
  async #feed(engine: ZlibStream, careful: number, step: number): Promise<unknown> {
    const { size } = this.#init;
    let wake: (() => void) | undefined;
    for (const event of ['drain', 'close', 'end', 'error']) engine.on(event, () => wake?.());
    for (let at = this.#start; at < size && !engine.destroyed && !engine.readableEnded; ) {
      const length = at < careful ? Math.min(BLOCK_BYTES, careful - at) : step;
      const block = Buffer.allocUnsafe(Math.min(length, size - at));
      let bytesRead: number;
      try {
        ({ bytesRead } = await this.#file.read(block, 0, block.length, at));
      } catch (error) {
        engine.destroy();
        return error;
      }
      if (bytesRead === 0) break;
      if (engine.destroyed || engine.readableEnded) break;
      this.failedAt = at;
      at += bytesRead;
      const waiting = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (!engine.write(block.subarray(0, bytesRead))) await waiting;
      if (at > careful) await taken(engine);
    }
    if (!engine.destroyed && !engine.writableEnded) engine.end();
    return undefined;
  }
}

/** Waits until somebody has taken what an engine has made of its input: when it fails, it drops the rest. */
async function taken(engine: ZlibStream): Promise<void> {
  while ((engine.writableLength > 0 || engine.readableLength > 0) && !engine.destroyed) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Where the next frame of LogCaster's own begins. */
async function findSignature(
  file: Readable,
  { size, signature }: DecompressInit,
  from: number,
): Promise<number | undefined> {
  if (!signature) return undefined;
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  for (let at = from; at < size; at += BLOCK_BYTES - signature.length + 1) {
    const { bytesRead } = await file.read(block, 0, Math.min(block.length, size - at), at);
    const found = block.subarray(0, bytesRead).indexOf(signature);
    if (found >= 0) return at + found;
    if (bytesRead < signature.length) return undefined;
  }
  return undefined;
}
