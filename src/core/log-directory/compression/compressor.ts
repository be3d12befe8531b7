/**
 * Compresses sealed archives in the background, one at a time, the oldest first. Writing never waits for it: the work is done
 * in Node's thread pool, with a pause as long as the work between blocks unless archives wait in a row (paced-copy.ts).
 *
 * Invariants: an archive is tried once, until it is compressed or left as it is (archive-compression.ts). What fails leaves the
 * archive as it was, is counted and tried again later. A full disk ends the run: others would meet it, too.
 */
import type { Timer } from '../../clock.ts';
import type { Compression } from '../../compressed/compressions.ts';
import { errorCode } from '../../file-system.ts';
import type { LogDirectory } from '../directory.ts';
import { Episode } from '../episode.ts';
import type { Archive } from '../names.ts';
import {
  ArchiveCompression,
  type CompressionContext,
  type CompressionCounters,
} from './archive-compression.ts';
import { PacedCopy } from './paced-copy.ts';

/** When what failed is tried again, in ms; twice as long after each failure, up to the longest. */
const RETRY_DELAY = 10_000;
const LONGEST_RETRY_DELAY = 600_000;

/** With so many archives waiting there are no pauses any more. */
const IN_A_ROW = 3;

const FULL_DISK = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

export class Compressor {
  readonly #directory: LogDirectory;
  readonly #kind: Compression | undefined;
  readonly #context: CompressionContext;
  readonly #episode: Episode;
  readonly #stopping = new AbortController();
  readonly #copy: PacedCopy;
  readonly #compression: ArchiveCompression;
  /** Archives that failed, until they are tried again. */
  readonly #postponed = new Set<string>();
  /** Archives that are left as they are. */
  readonly #left = new Set<string>();
  #running: Promise<void> | undefined;
  #again = false;
  #isDiskFull = false;
  #retry: Timer | undefined;
  #retryDelay = RETRY_DELAY;

  /** @param kind - `undefined`: only what was left half done is finished */
  constructor(directory: LogDirectory, kind: Compression | undefined, context: CompressionContext) {
    this.#directory = directory;
    this.#kind = kind;
    this.#context = context;
    this.#episode = new Episode('compress archives', context);
    this.#copy = new PacedCopy(context.clock, this.#stopping.signal);
    this.#compression = new ArchiveCompression(directory, kind, this.#copy, context);
  }

  get counters(): Readonly<CompressionCounters> {
    return this.#compression.counters;
  }

  /** How many archives wait to be compressed. */
  get pending(): number {
    if (this.#hasNothing) return 0;
    return this.#directory.archives.reduce((count, archive) => count + Number(this.#isDue(archive)), 0);
  }

  /** How many of these wait for another attempt, since one has failed. */
  get postponed(): number {
    if (this.#isDiskFull) return this.pending;
    if (this.#postponed.size === 0) return 0;
    return this.#directory.archives.reduce(
      (count, archive) => count + Number(this.#isDue(archive) && this.#postponed.has(archive.name)),
      0,
    );
  }

  /** Looks for archives to compress, soon. */
  schedule(): void {
    if (this.#stopping.signal.aborted) return;
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#again) this.schedule();
    });
  }

  /** Resolves when the run that is under way has ended. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Drops what is half done and begins nothing any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#retry?.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false;
      for (let next = this.#next(); next; next = this.#next()) {
        try {
          this.#copy.hurries = this.pending >= IN_A_ROW;
          const outcome = await this.#compression.compress(next);
          if (outcome === 'left') this.#left.add(next.name);
          if (outcome === 'again') this.#again = true;
          if (this.#postponed.size === 0) this.#succeeded();
        } catch (error) {
          if (this.#stopping.signal.aborted) break;
          this.#failed(next, error);
          if (FULL_DISK.has(errorCode(error) ?? '')) break;
        }
      }
    }
  }

  #next(): Archive | undefined {
    // While the disk is full nothing is tried but by the timer.
    if (this.#stopping.signal.aborted || this.#isDiskFull) return undefined;
    if (this.#hasNothing) return undefined;
    return this.#directory.archives.find(
      (archive) => this.#isDue(archive) && !this.#postponed.has(archive.name),
    );
  }

  /** Whether it is sure, without a look at a hundred thousand archives, that there is nothing to do. */
  get #hasNothing(): boolean {
    return this.#kind === undefined && !this.#directory.hasTwins;
  }

  #isDue({ name, suffix, twins }: Archive): boolean {
    if (suffix !== this.#directory.options.suffix || this.#left.has(name)) return false;
    return this.#kind !== undefined || twins !== undefined;
  }

  #succeeded(): void {
    this.#episode.succeeded();
    this.#retryDelay = RETRY_DELAY;
  }

  #failed({ name }: Archive, error: unknown): void {
    this.#compression.counters.failures++;
    this.#episode.failed(error);
    this.#postponed.add(name);
    this.#isDiskFull = FULL_DISK.has(errorCode(error) ?? '');
    if (this.#retry) return;
    this.#retry = this.#context.clock.after(this.#retryDelay, () => {
      this.#retry = undefined;
      this.#isDiskFull = false;
      this.#postponed.clear();
      this.schedule();
    });
    this.#retryDelay = Math.min(2 * this.#retryDelay, LONGEST_RETRY_DELAY);
  }
}
