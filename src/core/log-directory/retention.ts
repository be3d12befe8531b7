/**
 * Retention: removes archives, the oldest first, when there are too many, when they are too large together or too old.
 *
 * Invariants: only regular files with an archive's name are removed, and never the current file; it works beside the
 * writing, one run at a time; a file that cannot be removed is told to the log and tried again in the next run.
 */
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { errorCode } from '../file-system.ts';
import type { Logger } from '../logger.ts';
import type { LogDirectory } from './directory.ts';
import { statusOf } from './log-file.ts';
import { type Archive, namesOf } from './names.ts';

/** What is kept; no limit where nothing is said. */
export interface RetentionLimits {
  /** The most archives. */
  readonly maxFiles?: number | undefined;
  /** The most bytes of all archives. */
  readonly maxTotalSize?: number | undefined;
  /** The greatest time since an archive was sealed, in ms. */
  readonly maxAge?: number | undefined;
}

export interface RetentionContext {
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of each name that was removed. */
  readonly onRemoved?: (name: string) => void;
}

export class Retention {
  readonly #directory: LogDirectory;
  readonly #limits: RetentionLimits;
  readonly #context: RetentionContext;
  #sizes = new Map<string, number>();
  #running: Promise<void> | undefined;
  #again = false;
  #failing = false;
  #stopped = false;
  #removed = 0;

  constructor(directory: LogDirectory, limits: RetentionLimits, context: RetentionContext) {
    this.#directory = directory;
    this.#limits = limits;
    this.#context = context;
  }

  /** How many archives were removed. */
  get removed(): number {
    return this.#removed;
  }

  /** Looks for archives to remove, soon. */
  schedule(): void {
    const { maxFiles, maxTotalSize, maxAge } = this.#limits;
    if (this.#stopped) return;
    if (maxFiles === undefined && maxTotalSize === undefined && maxAge === undefined) return;
    this.#again = true;
    this.#running ??= this.#run();
  }

  /** Schedules a run if the oldest archive is too old by now. */
  checkAge(): void {
    const oldest = this.#directory.archives[0];
    if (oldest && this.#isTooOld(oldest)) this.schedule();
  }

  /** Resolves when the run that is under way has ended. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Ends the run that is under way after the file that it is at, and begins no other. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        await this.#removeSurplus();
        this.#failing = false;
      }
    } catch (error) {
      if (!this.#failing)
        this.#context.log.warn({ error }, `cannot remove old archives: ${messageOf(error)}`);
      this.#failing = true;
    } finally {
      this.#running = undefined;
    }
  }

  async #removeSurplus(): Promise<void> {
    const { maxTotalSize } = this.#limits;
    const bytes = maxTotalSize === undefined ? 0 : await this.#sumSizes(this.#directory.archives.slice());
    let failure: unknown;
    const gone = new Set<Archive>();
    for (const archive of this.#surplus(bytes)) {
      if (this.#stopped) break;
      try {
        await this.#directory.changes.run(() => this.#remove(archive));
        gone.add(archive);
      } catch (error) {
        failure ??= error;
        if (errorCode(error) === undefined) break;
      }
    }
    if (gone.size > 0) this.#directory.forget(gone);
    if (failure !== undefined) throw failure as Error;
  }

  /** What has to go, the oldest first; `bytes` are those of all. One that stays although it should go does not cost a newer one its place. */
  #surplus(bytes: number): Archive[] {
    const { archives } = this.#directory;
    const { maxFiles = Number.POSITIVE_INFINITY, maxTotalSize = 0 } = this.#limits;
    const surplus: Archive[] = [];
    let left = bytes;
    for (const archive of archives) {
      const count = archives.length - surplus.length;
      if (count <= maxFiles && left <= maxTotalSize && !this.#isTooOld(archive)) break;
      surplus.push(archive);
      for (const name of namesOf(archive)) left -= this.#sizes.get(name) ?? 0;
    }
    return surplus;
  }

  /** What has got another name meanwhile stays: whoever gave it that name asks for another run. */
  async #remove(archive: Archive): Promise<void> {
    const { fs } = this.#directory;
    let found = false;
    for (const name of namesOf(archive)) {
      const path = this.#directory.pathOf(name);
      const status = await statusOf(fs, path);
      if (!status) continue;
      if (!status.isFile())
        throw Object.assign(new Error(`${path} is not a regular file`), { code: 'EEXIST' });
      await fs.unlink(path);
      this.#sizes.delete(name);
      this.#context.onRemoved?.(name);
      found = true;
    }
    if (!found) return;
    this.#removed++;
    this.#context.log.debug({ archive: archive.name }, `removed ${archive.name}`);
  }

  async #sumSizes(archives: readonly Archive[]): Promise<number> {
    let bytes = 0;
    const known = this.#sizes;
    // Only of what is there: names change when archives are compressed.
    this.#sizes = new Map();
    for (const name of archives.flatMap(namesOf)) {
      if (this.#stopped) break;
      const size =
        known.get(name) ?? (await statusOf(this.#directory.fs, this.#directory.pathOf(name)))?.size ?? 0;
      this.#sizes.set(name, size);
      bytes += size;
    }
    return bytes;
  }

  #isTooOld({ sealedAt }: Archive): boolean {
    const { maxAge } = this.#limits;
    return maxAge !== undefined && this.#context.clock.now() - sealedAt > maxAge;
  }
}
