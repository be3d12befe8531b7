/**
 * How one sealed archive becomes a compressed one.
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
 * - What fails leaves the archive as it was.
 */
import type { Clock } from '../../clock.ts';
import { COMPRESSIONS, type Compression, compressionOf } from '../../compressed/compressions.ts';
import { type FileStatus, OPEN_FLAGS, type OpenFile } from '../../file-system.ts';
import type { Logger } from '../../logger.ts';
import type { LogDirectory } from '../directory.ts';
import { giveName, isSameFile, type LogFile, openToRead, removeIfThere, statusOf } from '../log-file.ts';
import { type Archive, COMPRESSION_SCRATCH_NAME, toCompressed } from '../names.ts';
import type { PacedCopy } from './paced-copy.ts';

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

/** What became of an archive: it is compressed, it is left as it is for good, or it is to be looked at again. */
export type Outcome = 'done' | 'left' | 'again';

export class ArchiveCompression {
  readonly counters: CompressionCounters = { compressed: 0, rawBytes: 0, compressedBytes: 0, failures: 0 };
  readonly #directory: LogDirectory;
  readonly #kind: Compression | undefined;
  readonly #copy: PacedCopy;
  readonly #context: CompressionContext;

  /** @param kind - `undefined`: only what was left half done is finished */
  constructor(
    directory: LogDirectory,
    kind: Compression | undefined,
    copy: PacedCopy,
    context: CompressionContext,
  ) {
    this.#directory = directory;
    this.#kind = kind;
    this.#copy = copy;
    this.#context = context;
  }

  /**
   * Compresses an archive, or finishes what was left half done.
   *
   * @throws what the file system throws, and an Error if it is to stop
   */
  async compress(archive: Archive): Promise<Outcome> {
    const directory = this.#directory;
    const opened = await openToRead(directory.fs, directory.pathOf(archive.name));
    if (!opened) {
      // Somebody took it away.
      const [twin] = archive.twins ?? [];
      if (twin) directory.replace(archive, twin);
      return 'left';
    }
    try {
      const { status } = opened;
      if (status.size === 0 || status.nlink > 1) return 'left';
      const twin = await this.#findTwin(archive);
      if (twin) return await this.#settleTwin(archive, opened, twin);
      return this.#kind ? await this.#make(archive, opened, this.#kind) : 'left';
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
  async #settleTwin(archive: Archive, plain: LogFile, twin: Archive): Promise<Outcome> {
    const { fs } = this.#directory;
    const path = this.#directory.pathOf(twin.name);
    const opened = await openToRead(fs, path);
    if (opened) {
      let same: boolean;
      try {
        same =
          opened.status.size > 0 && (await this.#copy.holdsSame(plain, opened, compressionOf(twin.name)!));
      } finally {
        await opened.file.close().catch(() => {});
      }
      if (same) return this.#commit(archive, plain.status, twin, opened.status);
      if (opened.status.size > 0) {
        const { name, log } = this.#context;
        const message = `${twin.name} does not hold what ${archive.name} holds: both are left as they are`;
        log.warn({ sink: name }, `${name}: ${message}`);
        return 'left';
      }
      // It was taken for a file system on which files have one name only (see `giveName`), and never filled.
      await this.#directory.changes.run(() => removeIfThere(fs, path));
    }
    if (archive.twins) {
      const { twins, ...alone } = archive;
      const others = twins.filter(({ name }) => name !== twin.name);
      this.#directory.replace(archive, others.length > 0 ? { ...alone, twins: others } : alone);
    }
    return 'again';
  }

  async #make(archive: Archive, plain: LogFile, kind: Compression): Promise<Outcome> {
    const { fs } = this.#directory;
    const path = this.#directory.pathOf(COMPRESSION_SCRATCH_NAME);
    await removeIfThere(fs, path);
    const flags = OPEN_FLAGS.readWrite | OPEN_FLAGS.create | OPEN_FLAGS.exclusive | OPEN_FLAGS.noFollow;
    const mode = plain.status.mode & 0o777;
    let file: OpenFile | undefined;
    try {
      file = await fs.open(path, flags, mode);
      await file.chmod(mode);
      await this.#copy.compress(plain, file, kind);
      await file.sync();
      const packed = { file, status: await file.stat() };
      if (!(await this.#copy.holdsSame(plain, packed, kind))) {
        throw Object.assign(new Error(`${archive.name} does not read back as it was`), { code: 'EIO' });
      }
      const compressed = toCompressed(archive, COMPRESSIONS[kind].suffix);
      return await this.#commit(archive, plain.status, compressed, packed.status);
    } finally {
      await file?.close().catch(() => {});
      // A start removes it if this fails.
      if (file) await removeIfThere(fs, path).catch(() => {});
    }
  }

  /** Steps 3 to 5. */
  #commit(archive: Archive, plain: FileStatus, compressed: Archive, packed: FileStatus): Promise<Outcome> {
    const directory = this.#directory;
    const { fs } = directory;
    const from = directory.pathOf(archive.name);
    const to = directory.pathOf(compressed.name);
    return directory.changes.run(async () => {
      const status = await statusOf(fs, from);
      // Retention has removed it, or somebody else has put another file there.
      if (!status || !isSameFile(status, plain)) return 'left';
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
      return 'done';
    });
  }
}
