/**
 * Checks a log directory and says what is wrong with it. Nothing is changed, not even with a collector at work: then what is
 * being written is left out. Archives are read one after the other and block by block; of plain ones only the end is read.
 *
 * A directory of a format that is not known is refused: nothing that could be said about it would be true.
 */
import { LogCasterError } from '../../errors.ts';
import type { FileStatus, FileSystem } from '../../file-system.ts';
import { isLocked } from '../lock.ts';
import { isSameFile, statusOf } from '../log-file.ts';
import { COMPRESSION_SCRATCH_NAME, parseArchive, type Rewrite, SCRATCH_NAME, STATE_NAME } from '../names.ts';
import { DamagedStateError, readState } from '../state.ts';
import { failAsUnusable } from '../unusable.ts';
import { checkArchive, checkCurrent, checkName, type FileCheck, isOpenToAll } from './file.ts';
import { type Finding, toFinding } from './findings.ts';
import type { VerifiableFormat } from './format.ts';
import { ASIDE_NAME, checkNumbers, type Listing, listNames, tellNames } from './listing.ts';

export interface VerifyOptions {
  readonly path: string;
  /** The kinds of files that can be checked. */
  readonly formats: readonly VerifiableFormat[];
  /** The most that a file may hold, in bytes, unless it is a single unit. Not checked if it is not there. */
  readonly maxSize?: number | undefined;
}

/** What was found. */
export interface Verdict {
  /** The directory, without symbolic links. */
  readonly path: string;
  readonly archives: number;
  /** The bytes of all archives and current files. */
  readonly bytes: number;
  readonly findings: readonly Finding[];
  /** The greatest number that was given out. */
  readonly sequence: number;
}

/**
 * Checks a directory. `ownsLock`: the caller holds its lock, so that nobody writes.
 *
 * @throws LogCasterError `LC_DIRECTORY_UNUSABLE`, `LC_DIRECTORY_FORMAT`
 */
export function verifyDirectory(
  options: VerifyOptions,
  fs: FileSystem,
  { ownsLock = false }: { readonly ownsLock?: boolean } = {},
): Promise<Verdict> {
  return failAsUnusable(options.path, async () => {
    const path = await fs.realpath(options.path);
    const status = await fs.stat(path);
    if (!status.isDirectory()) {
      throw new LogCasterError('LC_DIRECTORY_UNUSABLE', `${path} is not a directory`);
    }
    const inUse = !ownsLock && (await isLocked(fs, path, status));
    return new Verification(fs, { ...options, path }, inUse).run(status);
  });
}

class Verification {
  readonly #check: FileCheck;
  readonly #kinds: ReadonlyMap<string, VerifiableFormat>;
  readonly #inUse: boolean;
  readonly #findings: Finding[] = [];
  #bytes = 0;
  #archives = 0;

  constructor(fs: FileSystem, { path, maxSize, formats }: VerifyOptions, inUse: boolean) {
    this.#check = { fs, path, maxSize };
    this.#kinds = new Map(formats.map((kind) => [kind.suffix, kind]));
    this.#inUse = inUse;
  }

  async run(directory: FileStatus): Promise<Verdict> {
    const { fs, path } = this.#check;
    if (isOpenToAll(directory)) this.#tell(toFinding('directory-open', '.', 'everybody may write to it'));
    if (this.#inUse) this.#tell(toFinding('in-use', '.', 'a collector writes to it'));
    // Before the names: what is given out meanwhile is in them, then.
    const last = await this.#readState();
    const listing = await listNames(fs, path, [...this.#kinds.keys()]);
    const greatest = listing.archives.at(-1)?.sequence ?? 0;
    if (isEmpty(listing)) this.#tell(toFinding('nothing-here', '.', 'there is no file of LogCaster in it'));
    if (last !== undefined && last < greatest) {
      const message = `the greatest number in it is ${last}, and that of an archive is ${greatest}`;
      this.#tell(toFinding('state-behind', STATE_NAME, message));
    }
    const aside = await this.#readAside(listing);
    // Someone who is at work may have given out a number and not used it yet.
    this.#tell(...checkNumbers(listing.archives, aside, this.#inUse ? undefined : last));
    const sealing = await this.#checkCurrentFiles(listing);
    await this.#checkArchives(listing, sealing);
    await this.#checkOthers(listing);
    return {
      path,
      archives: this.#archives,
      bytes: this.#bytes,
      findings: this.#findings,
      sequence: Math.max(greatest, last ?? 0),
    };
  }

  #tell(...findings: readonly Finding[]): void {
    this.#findings.push(...findings);
  }

  async #readState(): Promise<number | undefined> {
    const { fs, path } = this.#check;
    try {
      // A link or a pipe in its place is told here.
      if (!(await checkName(this.#check, STATE_NAME, this.#findings))) return undefined;
      return (await readState(fs, path))?.sequence;
    } catch (error) {
      if (!(error instanceof DamagedStateError)) throw error;
      this.#tell(toFinding('state-damaged', STATE_NAME, error.message, { remedy: 'set-aside' }));
      return undefined;
    }
  }

  /** The numbers of archives that were set aside. */
  async #readAside({ aside }: Listing): Promise<ReadonlySet<number>> {
    const numbers = new Set<number>();
    const { fs, path } = this.#check;
    if (!aside || !(await fs.lstat(`${path}/${ASIDE_NAME}`)).isDirectory()) return numbers;
    const names = await fs.readdir(`${path}/${ASIDE_NAME}`);
    for (const name of names) {
      const archive = parseArchive(name.replace(/^\d+-(?=log-)/, ''));
      if (archive) numbers.add(archive.sequence);
    }
    if (names.length > 0) {
      this.#tell(toFinding('set-aside', ASIDE_NAME, `${names.length} files were set aside in it`));
    }
    return numbers;
  }

  /** Answers the archives that are a current file, too: rotations that are not finished. */
  async #checkCurrentFiles({ current, archives, rewrites }: Listing): Promise<ReadonlySet<string>> {
    const sealing = new Set<string>();
    for (const [suffix, name] of current) {
      const ofSink = rewrites.filter((each) => each.suffix === suffix).map((each) => each.name);
      const status = await checkName(this.#check, name, this.#findings);
      if (!status) continue;
      let twin: string | undefined;
      if (status.nlink === 2) {
        const names = archives.filter((each) => each.suffix === suffix).map((each) => each.name);
        // The newest one, as a rule.
        for (const other of [...ofSink, ...names.toReversed()]) {
          if (twin === undefined && (await this.#leadsTo(other, status))) twin = other;
        }
      }
      if (twin !== undefined) {
        if (parseArchive(twin)) {
          sealing.add(twin);
          if (!this.#inUse) this.#tell(toFinding('rotation-unfinished', name, `it is ${twin}, too`));
          continue;
        }
      } else if (status.nlink > 1) {
        const message = `the file has ${status.nlink} names: a sink does not write to it`;
        this.#tell(toFinding('hard-linked', name, message, { severity: 'error', remedy: 'set-aside' }));
        continue;
      }
      this.#bytes += status.size;
      if (this.#inUse) continue;
      const kind = this.#kinds.get(suffix)!;
      await checkCurrent(this.#check, { name, kind, keepsPlace: ofSink.length > 0 }, this.#findings);
    }
    return sealing;
  }

  async #checkArchives({ archives }: Listing, sealing: ReadonlySet<string>): Promise<void> {
    for (const { name, suffix } of archives) {
      const kind = this.#kinds.get(suffix);
      // A sink looks at what has the name of an archive, of whatever kind.
      const status = await checkName(this.#check, name, this.#findings);
      if (!status || !kind) continue;
      this.#archives++;
      this.#bytes += status.size;
      // Who is at work may be sealing it.
      const isNamed = status.nlink === 2 && (await this.#leadsTo(COMPRESSION_SCRATCH_NAME, status));
      if (status.nlink > 1 && !sealing.has(name) && !isNamed && !this.#inUse) {
        this.#tell(toFinding('hard-linked', name, `the file has ${status.nlink} names`));
      }
      await checkArchive(this.#check, { name, kind, keepsPlace: sealing.has(name) }, this.#findings);
    }
  }

  async #checkRewrite({ name, suffix }: Rewrite): Promise<void> {
    const status = await checkName(this.#check, name, this.#findings);
    if (!status || this.#inUse) return;
    const others = await Promise.all(
      [`current${suffix}`, SCRATCH_NAME].map((other) => this.#leadsTo(other, status)),
    );
    if (status.nlink > 1 + others.filter(Boolean).length) {
      const message = `the file has ${status.nlink} names: a sink does not go on in it`;
      this.#tell(toFinding('hard-linked', name, message, { severity: 'error', remedy: 'set-aside' }));
    } else {
      this.#tell(toFinding('rewrite-unfinished', name, 'it holds the end of a file whose sync had failed'));
    }
  }

  async #leadsTo(name: string, file: FileStatus): Promise<boolean> {
    const { fs, path } = this.#check;
    const status = await statusOf(fs, `${path}/${name}`);
    return status !== undefined && isSameFile(status, file);
  }

  async #checkOthers(listing: Listing): Promise<void> {
    for (const rewrite of listing.rewrites) await this.#checkRewrite(rewrite);
    for (const name of listing.torn) {
      const status = await checkName(this.#check, name, this.#findings);
      if (status) {
        const message = `${status.size} bytes of something that was torn`;
        this.#tell(toFinding('torn-part', name, message, { bytes: status.size }));
      }
    }
    for (const name of this.#inUse ? [] : listing.scratch) {
      const status = await checkName(this.#check, name, this.#findings);
      // One that has got its name already has to lose this one, and does at the next start.
      const more = status?.nlink === 1 ? { remedy: 'set-aside' as const } : {};
      if (status) this.#tell(toFinding('scratch', name, 'it was being made', more));
    }
    this.#tell(...tellNames('unknown-kind', listing.unknown, 'its kind of archive is not known'));
    this.#tell(...tellNames('not-ours', listing.others, 'it is not a file of LogCaster'));
  }
}

function isEmpty({ archives, current, rewrites, torn, state }: Listing): boolean {
  return archives.length + current.size + rewrites.length + torn.length === 0 && !state;
}
