/**
 * Compresses sealed archives in the background, one at a time, the oldest first. Writing never waits for it: the work is done
 * in Node's thread pool, block by block, with a pause as long as the work between blocks unless archives wait in a row.
 *
 *     1  copy N.log, compressed, to .logcaster-compress.tmp and sync it   a crash leaves a scratch file, which goes at the start
 *     2  read it back and compare it with N.log
 *     3  link it as N.log.gz                                              a crash leaves twins: one archive with two names
 *     4  sync the directory
 *     5  unlink N.log, then the scratch file
 *
 * Invariants:
 * - At every moment N.log is there or a synced N.log.gz that holds the same bytes. While both are, they count as one archive
 *   (see `twins` in names.ts), of which N.log is read. Whoever finds them, here or at the next start, compares them before
 *   N.log goes; if they differ, both stay.
 * - Steps 3 to 5 and the removal of archives exclude each other (`changes` of the directory).
 * - What fails leaves the archive as it was, is counted and tried again later. A full disk ends the run: others would meet it, too.
 */
import { Buffer } from 'node:buffer';
import { type Clock, sleep, type Timer } from '../clock.ts';
import {
  COMPRESSIONS,
  type Compression,
  compressionOf,
  type ZlibStream,
} from '../compressed/compressions.ts';
import { decompress } from '../compressed/decompress.ts';
import { errorCode, type FileStatus, OPEN_FLAGS, type OpenFile } from '../file-system.ts';
import type { Logger } from '../logger.ts';
import type { LogDirectory } from './directory.ts';
import { Episode } from './episode.ts';
import {
  BLOCK_BYTES,
  giveName,
  isSameFile,
  openToRead,
  readFully,
  removeIfThere,
  statusOf,
  writeFully,
} from './log-file.ts';
import { type Archive, COMPRESSION_SCRATCH_NAME, toCompressed } from './names.ts';

/** When what failed is tried again, in ms; twice as long after each failure, up to the longest. */
const RETRY_DELAY = 10_000;
const LONGEST_RETRY_DELAY = 600_000;

/** In ms: a machine that slept has not worked so long. */
const LONGEST_PAUSE = 100;

/** With so many archives waiting there are no pauses any more. */
const IN_A_ROW = 3;

const FULL_DISK = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

/** What was compressed by this process. */
export interface CompressionCounters {
  /** Archives. */
  compressed: number;
  /** What they held. */
  rawBytes: number;
  /** What they take now. */
  compressedBytes: number;
  /** Attempts that failed. */
  failures: number;
}

/** A file and its status. */
export interface NamedFile {
  readonly name: string;
  readonly status: FileStatus;
}

export interface CompressionContext {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told when an archive has a smaller name, too. */
  readonly onCompressed: () => void;
  /** Told when it has only that one any more. */
  readonly onReplaced: (from: NamedFile, to: NamedFile) => void;
}

export class Compressor {
  readonly counters: CompressionCounters = { compressed: 0, rawBytes: 0, compressedBytes: 0, failures: 0 };
  readonly #directory: LogDirectory;
  readonly #kind: Compression | undefined;
  readonly #context: CompressionContext;
  readonly #episode: Episode;
  readonly #stopping = new AbortController();
  /** Archives that failed, until they are tried again. */
  readonly #postponed = new Set<string>();
  /** Archives that are left as they are. */
  readonly #left = new Set<string>();
  #running: Promise<void> | undefined;
  #again = false;
  #hurries = false;
  #isDiskFull = false;
  #retry: Timer | undefined;
  #retryDelay = RETRY_DELAY;

  /** @param kind - `undefined`: only what was left half done is finished */
  constructor(directory: LogDirectory, kind: Compression | undefined, context: CompressionContext) {
    this.#directory = directory;
    this.#kind = kind;
    this.#context = context;
    this.#episode = new Episode('compress archives', context);
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
          this.#hurries = this.pending >= IN_A_ROW;
          await this.#compress(next);
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
    this.counters.failures++;
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

  async #compress(archive: Archive): Promise<void> {
    const directory = this.#directory;
    const opened = await openToRead(directory.fs, directory.pathOf(archive.name));
    if (!opened) {
      // Somebody took it away.
      this.#left.add(archive.name);
      const [twin] = archive.twins ?? [];
      if (twin) this.#directory.replace(archive, twin);
      return;
    }
    try {
      const { status } = opened;
      if (status.size === 0 || status.nlink > 1) return void this.#left.add(archive.name);
      const twin = await this.#findTwin(archive);
      if (twin) await this.#settleTwin(archive, opened, twin);
      else if (this.#kind) await this.#make(archive, opened, this.#kind);
      this.#postponed.delete(archive.name);
    } finally {
      await opened.file.close().catch(() => {});
    }
  }

  /** What is there of the archive under its other name. */
  async #findTwin(archive: Archive): Promise<Archive | undefined> {
    const [known] = archive.twins ?? [];
    if (known) return known;
    const name = this.#kind && toCompressed(archive, COMPRESSIONS[this.#kind].suffix);
    return name && (await statusOf(this.#directory.fs, this.#directory.pathOf(name.name))) ? name : undefined;
  }

  /** Steps 4 and 5 of a run that was cut off. */
  async #settleTwin(archive: Archive, plain: Opened, twin: Archive): Promise<void> {
    const { fs } = this.#directory;
    const path = this.#directory.pathOf(twin.name);
    const opened = await openToRead(fs, path);
    if (opened) {
      let same: boolean;
      try {
        same = opened.status.size > 0 && (await this.#holdsSame(plain, opened, compressionOf(twin.name)!));
      } finally {
        await opened.file.close().catch(() => {});
      }
      if (same) return this.#commit(archive, plain.status, twin, opened.status);
      if (opened.status.size > 0) {
        this.#left.add(archive.name);
        const message = `${twin.name} does not hold what ${archive.name} holds: both are left as they are`;
        return this.#context.log.warn({ sink: this.#context.name }, `${this.#context.name}: ${message}`);
      }
      // It was taken for a file system on which files have one name only (see `giveName`), and never filled.
      await this.#directory.changes.run(() => removeIfThere(fs, path));
    }
    if (archive.twins) {
      const { twins, ...alone } = archive;
      const others = twins.filter(({ name }) => name !== twin.name);
      this.#directory.replace(archive, others.length > 0 ? { ...alone, twins: others } : alone);
    }
    this.#again = true;
  }

  async #make(archive: Archive, plain: Opened, kind: Compression): Promise<void> {
    const { fs } = this.#directory;
    const path = this.#directory.pathOf(COMPRESSION_SCRATCH_NAME);
    await removeIfThere(fs, path);
    const flags = OPEN_FLAGS.readWrite | OPEN_FLAGS.create | OPEN_FLAGS.exclusive | OPEN_FLAGS.noFollow;
    const mode = plain.status.mode & 0o777;
    let file: OpenFile | undefined;
    try {
      file = await fs.open(path, flags, mode);
      await file.chmod(mode);
      await this.#copy(plain, file, kind);
      await file.sync();
      const packed = { file, status: await file.stat() };
      if (!(await this.#holdsSame(plain, packed, kind))) {
        throw Object.assign(new Error(`${archive.name} does not read back as it was`), { code: 'EIO' });
      }
      const compressed = toCompressed(archive, COMPRESSIONS[kind].suffix);
      await this.#commit(archive, plain.status, compressed, packed.status);
    } finally {
      await file?.close().catch(() => {});
      // A start removes it if this fails.
      if (file) await removeIfThere(fs, path).catch(() => {});
    }
  }

  /** Steps 3 to 5. */
  #commit(archive: Archive, plain: FileStatus, compressed: Archive, packed: FileStatus): Promise<void> {
    const directory = this.#directory;
    const { fs } = directory;
    const from = directory.pathOf(archive.name);
    const to = directory.pathOf(compressed.name);
    return directory.changes.run(async () => {
      const status = await statusOf(fs, from);
      // Retention has removed it, or somebody else has put another file there.
      if (!status || !isSameFile(status, plain)) {
        this.#left.add(archive.name);
        return;
      }
      if (status.size !== plain.size || status.mtimeMs !== plain.mtimeMs) {
        throw Object.assign(new Error(`somebody changes ${archive.name}`), { code: 'EBUSY' });
      }
      if (!(await directory.leadsTo(compressed.name, packed))) {
        await giveName(fs, directory.pathOf(COMPRESSION_SCRATCH_NAME), to);
      }
      const twins: Archive = { ...archive, twins: [compressed] };
      directory.replace(archive, twins);
      // Whoever removes archives looks again, also if what follows fails: there are two names now.
      this.#context.onCompressed();
      await directory.sync();
      await removeIfThere(fs, from);
      directory.replace(twins, compressed);
      this.counters.compressed++;
      this.counters.rawBytes += plain.size;
      this.counters.compressedBytes += packed.size;
      this.#context.log.debug(
        { archive: compressed.name, bytes: packed.size, rawBytes: plain.size },
        `compressed ${archive.name}`,
      );
      this.#context.onReplaced(
        { name: archive.name, status: plain },
        { name: compressed.name, status: packed },
      );
      this.#context.onCompressed();
    });
  }

  /** Step 1. */
  async #copy(plain: Opened, to: OpenFile, kind: Compression): Promise<void> {
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

  /** Step 2. */
  async #holdsSame(plain: Opened, packed: Opened, kind: Compression): Promise<boolean> {
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
  async *#blocks({ file, status }: Opened): AsyncGenerator<Buffer> {
    const { clock } = this.#context;
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
    const { signal } = this.#stopping;
    if (worked > 0 && !this.#hurries) {
      await sleep(this.#context.clock, Math.min(worked, LONGEST_PAUSE), signal);
    }
    if (signal.aborted) throw new Error('the sink stops');
  }
}

interface Opened {
  readonly file: OpenFile;
  readonly status: FileStatus;
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
