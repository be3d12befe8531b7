/**
 * A log directory: what any sink shares that owns one. It knows the archives and their numbers, holds the lock, and turns
 * the current file into an archive.
 *
 * Invariants:
 * - One writer at a time (lock.ts); everything here is called by it, one call after the other.
 * - `archives` is what is in the directory, oldest first, as far as this process did it or saw it at the start. Where
 *   nothing needs the old ones, it holds only the newest, and so does not grow with time.
 * - What is compressed and still there as it was is one archive, the plain one, with a twin.
 * - A number is written to the state before it is used, and a file gets an archive's name by `link`, which never
 *   overwrites. A number that is taken all the same is skipped.
 * - A current file that has two names, `current.log` and an archive's, is being sealed: it is not written any more, and the
 *   next call, or the next start, takes the name `current.log` away.
 *
 * Sealing, with what a crash after each step leaves:
 *
 *     1  state := N                 a number that is never used
 *     2  link current.log → N       two names: the next start does 4
 *     3  sync the directory         (unless durability is none) now the second name cannot come undone
 *     4  unlink current.log         no current file: the next start makes one
 */
import type { Clock } from '../clock.ts';
import { errorCode, type FileSystem, OPEN_FLAGS, syncDirectory } from '../file-system.ts';
import type { Logger } from '../logger.ts';
import { Serial } from '../serial.ts';
import { type FileFormat, plainLines } from './file-format.ts';
import { type Lock, lockDirectory } from './lock.ts';
import { giveName, type Identity, isSameFile, obstructed, removeIfThere, statusOf } from './log-file.ts';
import {
  type Archive,
  COMPRESSION_SCRATCH_NAME,
  parseArchive,
  parseRewrite,
  parseUnnumbered,
  type Rewrite,
  SCRATCH_NAME,
  STATE_NAME,
  toArchive,
} from './names.ts';
import { readState, writeState } from './state.ts';
import { failAsUnusable, unusable } from './unusable.ts';

/** How many archives are listed at least where the list need not be complete. */
const SHORT_LIST = 1000;

/** How a log directory is kept. */
export interface LogDirectoryOptions {
  readonly path: string;
  /** What its files end in: `.log`. */
  readonly suffix: string;
  /** What archives may end in besides, behind that: `.gz`. @defaultValue nothing */
  readonly compressedSuffixes?: readonly string[];
  /** What its files are made of. @defaultValue lines */
  readonly format?: FileFormat;
  readonly fileMode: number;
  readonly directoryMode: number;
  /** Whether names survive a power cut. */
  readonly durable: boolean;
  /** Whether the list of archives stays complete when more are sealed. @defaultValue true */
  readonly keepsList?: boolean;
}

/** What a log directory needs. */
export interface LogDirectoryContext {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly log: Logger;
}

export class LogDirectory {
  readonly options: LogDirectoryOptions;
  readonly fs: FileSystem;
  /** The archives of this sink's suffix, oldest first; see `keepsList`. */
  archives: Archive[] = [];
  /** Whether any of them may be there twice: plain, and compressed. */
  hasTwins = false;
  /** Archives without a number, oldest first: older than all others, and not ours to change. */
  unnumbered: Pick<Archive, 'name' | 'sealedAt'>[] = [];
  /** How many archives there are. */
  archiveCount = 0;
  /** Rests of files that had to be written again, as found at the start. */
  rewrites: Rewrite[] = [];
  /** Whoever takes a name from an archive, or gives it another, does so one after the other. */
  readonly changes = new Serial();
  readonly #context: LogDirectoryContext;
  /** Without symbolic links, so that moving one does not move the files. */
  readonly #path: string;
  #identity: Identity;
  #lock: Lock;
  /** The greatest number that was given out. */
  #sequence = 0;
  /** The greatest number in the state file. */
  #savedSequence = -1;
  /** The archive that the current file has become, while it still has its old name, too. */
  #sealing: Archive | undefined;
  /** What files have become that were the current one, by what they were known by then: numbers of files are used again. */
  readonly #becameOf = new WeakMap<Identity, Archive | 'lost'>();
  /** What archives end in. */
  readonly #suffixes: ReadonlySet<string>;

  private constructor(options: LogDirectoryOptions, context: LogDirectoryContext, claimed: Claim) {
    const { suffix, compressedSuffixes = [] } = options;
    this.options = options;
    this.#suffixes = new Set([suffix, ...compressedSuffixes.map((each) => `${suffix}${each}`)]);
    this.fs = context.fs;
    this.#context = context;
    this.#path = claimed.path;
    this.#identity = claimed.identity;
    this.#lock = claimed.lock;
  }

  /**
   * Makes the directory if it is missing, checks it, locks it and reads what is in it. Changes no file.
   *
   * @throws LogCasterError `LC_DIRECTORY_UNUSABLE`, `LC_DIRECTORY_IN_USE`, `LC_DIRECTORY_OBSTRUCTED`, `LC_DIRECTORY_FORMAT`
   */
  static async open(options: LogDirectoryOptions, context: LogDirectoryContext): Promise<LogDirectory> {
    return failAsUnusable(options.path, async () => {
      const directory = new LogDirectory(options, context, await claimDirectory(options, context.fs));
      try {
        await directory.#scan();
      } catch (error) {
        await directory.dispose();
        throw error;
      }
      return directory;
    });
  }

  get path(): string {
    return this.#path;
  }

  get format(): FileFormat {
    return this.options.format ?? plainLines;
  }

  get currentName(): string {
    return `current${this.options.suffix}`;
  }

  /** The number that the current file will get. */
  get nextSequence(): number {
    return this.#sequence + 1;
  }

  /** The archive that the current file is about to be, with both names: nothing may be written to it. */
  get sealing(): Archive | undefined {
    return this.#sealing;
  }

  pathOf(name: string): string {
    return `${this.#path}/${name}`;
  }

  /**
   * Makes the current file an archive, and goes on where a call that failed stopped. The file must be as durable as it is
   * meant to be. Answers `undefined`, and does nothing, if `name` does not lead to the file that it should: somebody else
   * moved it.
   */
  async seal(file: Identity, name: string = this.currentName): Promise<Archive | undefined> {
    if (!this.#sealing) {
      if (!(await this.leadsTo(name, file))) return undefined;
      this.#sealing = await this.#linkArchive(file, name);
    }
    const archive = this.#sealing;
    if (this.options.durable) await this.sync();
    await removeIfThere(this.fs, this.pathOf(name));
    this.archiveCount++;
    this.archives.push(archive);
    this.#becameOf.set(file, archive);
    if (this.options.keepsList === false && this.archives.length > 2 * SHORT_LIST) {
      this.archives = this.archives.slice(-SHORT_LIST);
    }
    this.#sealing = undefined;
    return archive;
  }

  /** What has become of a file that was the current one; `undefined` as long as it is. */
  becameOf(file: Identity): Archive | 'lost' | undefined {
    return this.#becameOf.get(file);
  }

  /** Notes that somebody else took away a file that was the current one. */
  noteLost(file: Identity): void {
    this.#becameOf.set(file, 'lost');
  }

  /** The archives before a number, oldest first, as they are on the disk: the list may not have them; see `keepsList`. */
  async readOlder(sequence: number): Promise<Archive[]> {
    const archives: Archive[] = [];
    for (const name of await this.fs.readdir(this.#path)) {
      const archive = parseArchive(name);
      if (!archive || archive.sequence >= sequence) continue;
      if (this.#suffixes.has(archive.suffix)) archives.push(archive);
    }
    return this.#withTwins(archives);
  }

  /** Takes archives out of the list that are gone. */
  forget(gone: ReadonlySet<Archive>): void {
    // Mostly the oldest go: there may be a hundred thousand others, which are not looked through for that.
    let oldest = 0;
    while (oldest < this.archives.length && gone.has(this.archives[oldest]!)) oldest++;
    this.archives.splice(0, oldest);
    this.archiveCount -= oldest;
    if (oldest === gone.size) return;
    const left = this.archives.filter((archive) => !gone.has(archive));
    this.archiveCount -= this.archives.length - left.length;
    this.archives = left;
  }

  /** Puts an archive in the place of the same one under another name. */
  replace(old: Archive, archive: Archive): void {
    this.archives = this.archives.map((each) => (each === old ? archive : each));
    if (archive.twins) this.hasTwins = true;
  }

  /** Whether a name leads to this file. */
  async leadsTo(name: string, file: Identity): Promise<boolean> {
    const status = await statusOf(this.fs, this.pathOf(name));
    return status !== undefined && isSameFile(status, file);
  }

  /** Writes the state if it is behind. */
  async saveState(sequence: number = this.#sequence): Promise<void> {
    if (this.#savedSequence >= sequence) return;
    const { fileMode: mode, durable } = this.options;
    await writeState(this.fs, this.#path, { sequence }, { mode, durable });
    this.#savedSequence = sequence;
  }

  /**
   * Makes the directory again after somebody moved or removed it, and takes in what is there. Does nothing if it is where
   * it was.
   */
  async remake(): Promise<void> {
    await makeDirectory(this.fs, this.#path, this.options);
    const status = await this.fs.stat(this.#path);
    if (isSameFile(status, this.#identity)) return;
    const lock = await lockDirectory(this.fs, this.#path, status);
    await this.#lock.release();
    this.#lock = lock;
    this.#identity = status;
    this.#sealing = undefined;
    await this.#scan();
  }

  /** Makes names durable. */
  sync(): Promise<void> {
    return syncDirectory(this.fs, this.#path);
  }

  /** Frees the lock; safe twice. */
  dispose(): Promise<void> {
    return this.#lock.release();
  }

  async #linkArchive(file: Identity, name: string): Promise<Archive> {
    for (;;) {
      const sequence = this.nextSequence;
      await this.saveState(sequence);
      const archive = toArchive(sequence, this.#context.clock.now(), this.options.suffix);
      let linked = true;
      try {
        await giveName(this.fs, this.pathOf(name), this.pathOf(archive.name));
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
        // Ours, if a link was made although its answer was an error.
        linked = await this.leadsTo(archive.name, file);
      }
      this.#sequence = sequence;
      if (linked) return archive;
    }
  }

  /** In the order of their numbers. What is there plain and compressed is one archive. */
  #withTwins(archives: readonly Archive[]): Archive[] {
    const { suffix } = this.options;
    const compressed = Map.groupBy(
      archives.filter((archive) => archive.suffix !== suffix),
      ({ name, suffix: whole }) => name.slice(0, name.length - whole.length + suffix.length),
    );
    const all: Archive[] = [];
    for (const archive of archives) {
      if (archive.suffix !== suffix) continue;
      const twins = compressed.get(archive.name);
      compressed.delete(archive.name);
      all.push(twins ? { ...archive, twins } : archive);
    }
    for (const [first, ...others] of compressed.values()) {
      all.push(others.length === 0 ? first! : { ...first!, twins: others });
    }
    return all.toSorted((a, b) => a.sequence - b.sequence);
  }

  async #scan(): Promise<void> {
    const state = await readState(this.fs, this.#path);
    const archives: Archive[] = [];
    const unnumbered: Pick<Archive, 'name' | 'sealedAt'>[] = [];
    let greatest = state?.sequence ?? 0;
    const scratch: string[] = [];
    for (const entry of await this.fs.readEntries(this.#path)) {
      const { name } = entry;
      const archive = parseArchive(name);
      const rewrite = parseRewrite(name);
      if (name === SCRATCH_NAME || name === COMPRESSION_SCRATCH_NAME) scratch.push(name);
      else if (archive || rewrite || name === this.currentName || name === STATE_NAME) {
        if (!entry.isFile()) throw obstructed(this.pathOf(name), 'not a regular file');
      }
      if (rewrite?.suffix === this.options.suffix) this.rewrites.push(rewrite);
      const older = entry.isFile() ? parseUnnumbered(name) : undefined;
      if (older) unnumbered.push(older);
      if (!archive) continue;
      greatest = Math.max(greatest, archive.sequence);
      if (this.#suffixes.has(archive.suffix)) archives.push(archive);
    }
    this.archives = this.#withTwins(archives);
    this.hasTwins = this.archives.some(({ twins }) => twins !== undefined);
    this.archiveCount = this.archives.length;
    this.unnumbered = unnumbered.toSorted((a, b) => a.sealedAt - b.sealedAt);
    this.#sequence = Math.max(this.#sequence, greatest);
    this.#savedSequence = state?.sequence ?? -1;
    for (const name of scratch) await this.fs.unlink(this.pathOf(name));
  }
}

/** A directory that is ours. */
export interface Claim {
  /** Without symbolic links. */
  readonly path: string;
  readonly identity: Identity;
  readonly lock: Lock;
}

/**
 * Makes the directory if need be, checks it and locks it.
 *
 * @throws LogCasterError `LC_DIRECTORY_UNUSABLE`, `LC_DIRECTORY_IN_USE`
 */
export async function claimDirectory(
  options: Pick<LogDirectoryOptions, 'path' | 'directoryMode' | 'durable'>,
  fs: FileSystem,
): Promise<Claim> {
  await makeDirectory(fs, options.path, options);
  const path = await fs.realpath(options.path);
  const status = await fs.stat(path);
  if (!status.isDirectory()) throw unusable(path, 'it is not a directory');
  if (process.platform !== 'win32' && (status.mode & 0o002) !== 0) {
    throw unusable(path, 'everybody may write to it', {
      hint: 'Take that right away (chmod o-w DIRECTORY): anybody could put a link there, and LogCaster would write to where it leads.',
    });
  }
  return { path, identity: status, lock: await lockDirectory(fs, path, status) };
}

/**
 * Makes a directory and its parents; those that it makes get exactly these permissions. If it is to be durable, so is its name,
 * and that of each parent that it makes.
 */
async function makeDirectory(
  fs: FileSystem,
  path: string,
  { directoryMode: mode, durable }: Pick<LogDirectoryOptions, 'directoryMode' | 'durable'>,
): Promise<void> {
  const first = await fs.mkdir(path, { recursive: true, mode });
  if (process.platform === 'win32') return;
  const top = await fs.realpath(first ?? path);
  const depth = (await fs.realpath(path)).split('/').length - top.split('/').length;
  for (let made = path, level = 0; level <= depth; level++, made += '/..') {
    if (first !== undefined) await setMode(fs, made, mode);
    // Also where nothing was made: whoever made it may have died before this.
    if (durable) await syncNames(fs, `${made}/..`);
  }
}

async function setMode(fs: FileSystem, path: string, mode: number): Promise<void> {
  const directory = await fs.open(path, OPEN_FLAGS.read | OPEN_FLAGS.directory);
  try {
    const status = await directory.stat();
    if ((status.mode & 0o777) !== mode) await directory.chmod((status.mode & 0o7000) | mode);
  } finally {
    await directory.close();
  }
}

/** Makes the names in a directory durable that may not be ours: one that cannot be read, or synced, is let be. */
async function syncNames(fs: FileSystem, path: string): Promise<void> {
  try {
    await syncDirectory(fs, path);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EINVAL', 'EROFS', 'ENOTSUP'].includes(errorCode(error) ?? '')) throw error;
  }
}
