/**
 * The current file and what becomes of it: writing, rotation, syncing, and what follows when any of these fails or when
 * somebody else takes the file away. All methods but `syncActive` must be called one after the other; see log-store.ts.
 *
 * Invariants:
 * - No file exceeds `maxSize`, unless it holds one single unit (a line, a frame) that is longer: a file is sealed before
 *   the unit that would not fit. So an empty file is never sealed.
 * - Lines are told to be stored only when their units are whole in the file, and with `durability: always` only after a sync.
 *   What was written but is not stored is cut off again before anything else is written.
 * - Whatever step failed is done again, or gone on with, by `ready`, which comes before every write.
 */
import { countOf } from '../count-of.ts';
import { messageOf, RetryableError } from '../errors.ts';
import { errorCode } from '../file-system.ts';
import type { Logger } from '../logger.ts';
import { NOTHING_STORED, type Through } from '../passage.ts';
import { ActiveFile, SuspectFileError, WriteError } from './active-file.ts';
import { Counters } from './counters.ts';
import type { LogDirectory } from './directory.ts';
import type { Piece, PieceSource } from './file-format.ts';
import type { IndexStore } from './index-store.ts';
import { type Identity, removeIfThere } from './log-file.ts';
import type { Rewrite } from './names.ts';
import { replaceLost, takeInChange } from './outside-changes.ts';
import { type CurrentFile, openCurrent } from './recovery.ts';
import { promoteRewrite, writeRewrite } from './rewrite.ts';
import { type TimeBlock, TimeIndex, UNKNOWN_TIMES } from './time-index.ts';

/** How files are rotated and made durable. */
export interface RotationOptions {
  readonly maxSize: number;
  readonly durability: 'none' | 'interval' | 'always';
}

export interface RotatingFilesInit {
  readonly directory: LogDirectory;
  readonly options: RotationOptions;
  readonly log: Logger;
  /** Told after a file was sealed. */
  readonly onSealed: () => void;
  /** Where it is kept when lines were received. */
  readonly indexes: IndexStore;
}

/** What is stored at a moment. */
export interface StoredNow {
  /** The file that is written, and how much of it is whole and stays. */
  readonly active:
    | { readonly identity: Identity; readonly bytes: number; readonly blocks: readonly TimeBlock[] }
    | undefined;
  /** Through where the lines of each pipeline are in the archives and in that part of the active file. */
  readonly through: Through;
}

export class RotatingFiles {
  readonly counters = new Counters();
  readonly directory: LogDirectory;
  readonly log: Logger;
  readonly #options: RotationOptions;
  readonly #onSealed: () => void;
  readonly #indexes: IndexStore;
  #active: ActiveFile | undefined;
  /** What is stored in the files before the active one. */
  #through: Through = NOTHING_STORED;
  /** The rest of a file whose sync failed, safe in a file of its own that is not yet the current one. */
  #rewrite: Rewrite | undefined;
  /** Whether the current file was opened and its name may not be durable yet. */
  #nameIsNew = false;

  constructor({ directory, options, log, onSealed, indexes }: RotatingFilesInit) {
    this.#indexes = indexes;
    this.directory = directory;
    this.log = log;
    this.#options = options;
    this.#onSealed = onSealed;
  }

  get active(): ActiveFile | undefined {
    return this.#active;
  }

  /** Whether names and lines are synced in the course of writing. */
  get durable(): boolean {
    return this.#options.durability !== 'none';
  }

  /** Lines and bytes that no sync has covered. */
  get exposure(): { lines: number; bytes: number } {
    const { lines, bytes } = this.#active?.exposure ?? { lines: 0, bytes: 0 };
    return { lines: this.counters.unsyncedLines + lines, bytes: this.counters.unsyncedBytes + bytes };
  }

  /** What is stored now: of one moment, whatever is under way. */
  get stored(): StoredNow {
    const active = this.#active;
    if (!active) return { active: undefined, through: this.#through };
    // What may still be taken back is not stored yet.
    const { bytes, through } = this.#options.durability === 'always' ? active.synced : active.written;
    return { active: { identity: active.identity, bytes, blocks: active.index.blocks }, through };
  }

  /**
   * Writes all that the pieces hold.
   *
   * @throws RetryableError that tells how many lines are stored all the same
   */
  async write(pieces: PieceSource): Promise<void> {
    const { maxSize, durability } = this.#options;
    let stored = 0;
    try {
      while (!pieces.empty) {
        const active = await this.ready();
        const piece = await pieces.take(maxSize - active.size, active.size === 0);
        if (!piece) {
          await this.#rotate(active);
          continue;
        }
        stored += await this.#append(active, piece);
      }
      if (durability === 'always') await this.syncActive();
    } catch (error) {
      if (error instanceof WriteError) stored += error.lines;
      if (durability === 'always') stored -= await this.#takeBackUnsynced();
      throw toRetryable(error, stored);
    }
  }

  /** Mends what a failure left, and opens the current file if there is none. */
  async ready(): Promise<ActiveFile> {
    if (this.#active?.dirty) await this.#active.cut();
    if (this.#active?.suspect) await this.#renew(this.#active);
    else if (this.#active && this.directory.sealing) await this.#rotate(this.#active);
    this.#active ??= await this.#open();
    // It was found, and could not be synced.
    if (this.#active.suspect) {
      await this.#renew(this.#active);
      return this.ready();
    }
    if (this.#nameIsNew) {
      await this.directory.sync();
      this.#nameIsNew = false;
    }
    return this.#active;
  }

  /** Makes what is written durable, if the file is in order. May be called beside the other methods. */
  async syncActive(): Promise<void> {
    try {
      await this.#active?.sync();
    } catch (error) {
      if (!(error instanceof SuspectFileError)) this.counters.failedSyncs++;
      throw error;
    }
  }

  /** Looks whether somebody else moved, deleted or changed the current file, and goes on accordingly. */
  async checkOutside(): Promise<void> {
    const active = this.#active;
    if (!active || active.dirty || active.suspect || this.directory.sealing) return;
    const change = await takeInChange(this, active);
    if (change === 'lost') await this.#replace(active);
  }

  async close(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    if (active && active.size > 0) this.#indexes.put(this.directory.currentName, active.index);
    await active?.close();
  }

  async #append(active: ActiveFile, piece: Piece): Promise<number> {
    const { lines, size } = active;
    try {
      await active.append(piece);
    } finally {
      this.counters.writtenLines += active.lines - lines;
      this.counters.writtenBytes += Math.max(0, active.size - size);
    }
    return piece.lines;
  }

  /** Seals the current file. */
  async #rotate(active: ActiveFile): Promise<void> {
    if (this.durable) await this.syncActive();
    const archive = await this.directory.seal(active.identity);
    if (!archive) return this.#replace(active);
    this.#indexes.put(archive.name, active.index);
    this.counters.unsyncedLines += active.exposure.lines;
    this.counters.unsyncedBytes += active.exposure.bytes;
    this.counters.rotations++;
    await this.#leave(active);
  }

  /** After a failed sync: writes again what it left uncertain, to a new file. See rewrite.ts. */
  async #renew(active: ActiveFile): Promise<void> {
    const { lines, bytes } = active.exposure;
    if (bytes > 0 && !this.#rewrite) {
      const { through } = active.written;
      const rest = { start: active.synced.bytes, end: active.size, lines };
      this.#rewrite = await writeRewrite(this.directory, active.file, rest);
      this.#through = through;
      if (this.#rewrite) this.counters.rewrittenLines += lines;
      else {
        this.counters.unsyncableLines += lines;
        active.giveUp();
        this.log.error(
          { lines, bytes },
          `${countOf(lines, 'line')} cannot be read back: a power cut may take them`,
        );
      }
    }
    if (this.#rewrite) await active.takeBack();
    // What is left of it was synced, but not that it was cut: a power cut would bring back what stands in the copy.
    await active.file.sync();
    if (active.size > 0) {
      const archive = await this.directory.seal(active.identity);
      if (archive) {
        this.counters.rotations++;
        this.#indexes.put(archive.name, active.index);
      }
    } else if (await this.directory.leadsTo(this.directory.currentName, active.identity)) {
      await removeIfThere(this.directory.fs, this.directory.pathOf(this.directory.currentName));
    }
    const wasRewritten = this.#rewrite !== undefined;
    if (this.#rewrite) await promoteRewrite(this.directory, this.#rewrite);
    this.#rewrite = undefined;
    // What was rewritten is stored, too: that was noted above.
    await this.#leave(active, wasRewritten ? this.#through : active.written.through);
  }

  /** Goes on in a new file after somebody else took the current one away. */
  async #replace(active: ActiveFile): Promise<void> {
    this.directory.noteLost(active.identity);
    this.#through = active.written.through;
    const next = await this.#open();
    this.#active = next;
    await replaceLost(this, active, next);
    if (this.#options.durability === 'always') await this.syncActive();
  }

  async #leave(active: ActiveFile, through: Through = active.written.through): Promise<void> {
    this.#active = undefined;
    this.#through = through;
    this.#onSealed();
    // Whatever it says: what had to be durable is.
    await active.close().catch(() => {});
  }

  async #open(): Promise<ActiveFile> {
    let current: CurrentFile;
    try {
      current = await openCurrent(this.directory);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      await this.directory.remake();
      await this.directory.saveState();
      current = await openCurrent(this.directory);
    }
    this.#noteTorn(current);
    // Also of a file that was there: whoever made it may have died, or failed, before this.
    this.#nameIsNew = this.durable;
    if (this.durable && !current.created) {
      // Whoever wrote this, or cut it, may not have had time to sync it.
      try {
        await current.file.datasync();
      } catch (error) {
        this.counters.failedSyncs++;
        this.log.error(
          { error, bytes: current.size },
          `cannot sync ${this.directory.currentName} as it was found: writes it again`,
        );
        return new ActiveFile(current, this.directory.format, {
          failed: true,
          through: this.#through,
        });
      }
    }
    return new ActiveFile(current, this.directory.format, {
      index: await this.#indexOf(current),
      through: this.#through,
    });
  }

  /** What is known of a current file that was there already: its index, if it is what the process before has left. */
  async #indexOf({ file, size }: CurrentFile): Promise<TimeIndex> {
    if (size === 0) return new TimeIndex();
    // Nothing fails because of an index.
    const status = await file.stat().catch(() => undefined);
    if (!status) return new TimeIndex();
    const { currentName, archives } = this.directory;
    const known = await this.#indexes.get(currentName, status);
    if (known) return known;
    const index = new TimeIndex();
    index.add(size, Number.NaN, archives.at(-1)?.sealedAt ?? UNKNOWN_TIMES.oldest, status.mtimeMs);
    return index;
  }

  #noteTorn({ torn }: CurrentFile): void {
    if (!torn) return;
    this.counters.torn.tails++;
    this.counters.torn.bytes += torn.bytes;
    const { currentName } = this.directory;
    this.log.warn(
      { bytes: torn.bytes, file: torn.name },
      `${currentName} ended in something incomplete: ${torn.bytes} bytes moved to ${torn.name}`,
    );
  }

  /** Lines that could not be made durable must not stay: they will be handed over again. Answers how many. */
  async #takeBackUnsynced(): Promise<number> {
    const active = this.#active;
    const lines = active?.exposure.lines ?? 0;
    if (!active || lines === 0) return 0;
    try {
      if (!active.suspect) {
        await this.syncActive();
        return 0;
      }
    } catch {
      // It is suspect now.
    }
    const { bytes } = active.exposure;
    await active.takeBack().catch(() => {});
    this.counters.writtenLines -= lines;
    this.counters.writtenBytes -= bytes;
    return lines;
  }
}

/** System errors pass, sooner or later; anything else is a fault of the program. */
function toRetryable(error: unknown, stored: number): unknown {
  const cause = error instanceof WriteError ? error.cause : error;
  const code = errorCode(cause);
  if (code === undefined || code.startsWith('ERR_')) return cause;
  return new RetryableError(messageOf(cause), { stored, cause });
}
