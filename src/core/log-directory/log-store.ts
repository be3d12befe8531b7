/**
 * What any sink shares that keeps its lines in a log directory: start, writes, timers, stop, figures. What happens to files
 * is rotating-files.ts; this file sees to it that it happens one after the other.
 *
 * Invariants: only a sync may run beside other work on the current file, since it can take seconds; nothing is opened any
 * more once the store is disposed.
 */
import type { Timer } from '../clock.ts';
import type { ComponentContext } from '../component.ts';
import { COMPRESSIONS, type Compression } from '../compressed/compressions.ts';
import { messageOf } from '../errors.ts';
import type { Figures } from '../ledger.ts';
import { Serial } from '../serial.ts';
import { Compressor } from './compression/compressor.ts';
import { LogDirectory } from './directory.ts';
import { Episode } from './episode.ts';
import type { FileFormat, PieceSource } from './file-format.ts';
import { IndexStore } from './index-store.ts';
import { namesOf } from './names.ts';
import { recover } from './recovery.ts';
import { Retention, type RetentionLimits } from './retention.ts';
import { RotatingFiles, type RotationOptions, type StoredNow } from './rotating-files.ts';
import { failAsUnusable } from './unusable.ts';

/** How often the current file is compared with its name, in ms. */
const CHECK_INTERVAL = 1000;

/** How lines are kept: what log-options.ts gives. Sizes in bytes, durations in ms. */
export interface LogStoreOptions extends RotationOptions {
  readonly directory: string;
  readonly syncInterval: number;
  readonly fileMode: number;
  readonly directoryMode: number;
  readonly retention: RetentionLimits;
  /** How archives are compressed after they were sealed. @defaultValue they stay as they are */
  readonly compress?: 'none' | Compression;
}

export interface LogStoreInit {
  readonly options: LogStoreOptions;
  readonly context: ComponentContext;
  /** What files end in: `.log`. */
  readonly suffix: string;
  readonly format: FileFormat;
  /** Whether archives are of plain lines: they can be compressed. @defaultValue false */
  readonly compressible?: boolean;
}

/** What a started store has. */
interface Started {
  readonly directory: LogDirectory;
  readonly files: RotatingFiles;
  readonly retention: Retention;
  readonly compressor: Compressor | undefined;
  readonly indexes: IndexStore;
}

export class LogStore {
  readonly #options: LogStoreOptions;
  readonly #context: ComponentContext;
  readonly #suffix: string;
  readonly #format: FileFormat;
  readonly #compressible: boolean;
  readonly #serial = new Serial();
  readonly #syncing: Episode;
  readonly #checking: Episode;
  #started: Started | undefined;
  #disposed = false;
  #timers: Timer[] = [];
  /** Ticks that have not ended. */
  readonly #busy = new Set<string>();

  constructor({ options, context, suffix, format, compressible = false }: LogStoreInit) {
    this.#options = options;
    this.#context = context;
    this.#suffix = suffix;
    this.#format = format;
    this.#compressible = compressible;
    this.#syncing = new Episode('sync', context);
    this.#checking = new Episode(`look after current${suffix}`, context);
  }

  /** Opens the directory and finishes what a crash left. @throws LogCasterError `LC_DIRECTORY_UNUSABLE` and its kind */
  start(): Promise<void> {
    return this.#serial.run(async () => {
      if (this.#disposed || this.#started) throw new Error(`${this.#context.name} starts once`);
      this.#started = await this.#open();
      const { clock } = this.#context;
      if (this.#options.durability === 'interval') {
        this.#timers.push(
          clock.every(this.#options.syncInterval, () => void this.#tick('sync', () => this.#sync())),
        );
      }
      this.#timers.push(clock.every(CHECK_INTERVAL, () => void this.#tick('check', () => this.#check())));
      this.#started.retention.schedule();
      this.#started.compressor?.schedule();
    });
  }

  /**
   * Writes all that the pieces hold.
   *
   * @throws RetryableError that tells how many lines are stored all the same
   */
  write(pieces: PieceSource): Promise<void> {
    return this.#exclusive(({ files }) => files.write(pieces));
  }

  /** Makes what was written as durable as it gets. */
  async flush(): Promise<void> {
    if (!this.#started || this.#disposed) return;
    await this.#exclusive(async ({ files, directory }) => {
      // There may be no other look: what somebody has deleted since the last one would be gone.
      await files.checkOutside().catch((error: unknown) => this.#checking.failed(error));
      await files.ready();
      // After a sync that fails, `ready` writes again what is uncertain.
      await files.syncActive().catch(() => files.ready());
      await directory.sync();
    });
  }

  /** Where the files are. */
  get address(): string {
    return this.#started?.directory.path ?? this.#options.directory;
  }

  /** The directory, once it is open. */
  get directory(): LogDirectory | undefined {
    return this.#started?.directory;
  }

  /** What is stored now, for who reads it. @throws Error before it is started */
  get stored(): StoredNow & Pick<Started, 'directory' | 'indexes'> {
    if (!this.#started) throw new Error(`${this.#context.name} is not open`);
    const { files, directory, indexes } = this.#started;
    return { ...files.stored, directory, indexes };
  }

  inspect(): Figures {
    if (!this.#started) return {};
    const { files, directory, retention, compressor } = this.#started;
    const { writtenLines, writtenBytes, rotations, recovered, torn, outside, ...more } = files.counters;
    const { exposure } = files;
    return {
      directory: directory.path,
      file: directory.currentName,
      size: files.active?.size ?? 0,
      written: writtenLines,
      writtenBytes,
      synced: writtenLines - exposure.lines,
      exposure,
      rotations,
      archives: directory.archiveCount,
      removedArchives: retention.removed,
      failedSyncs: more.failedSyncs,
      rewrittenLines: more.rewrittenLines,
      unsyncableLines: more.unsyncableLines,
      atStart: { ...recovered },
      torn: { ...torn },
      outside: { ...outside },
      ...(compressor && { compression: toFigures(compressor) }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    await this.#serial.run(async () => {
      if (this.#disposed) return;
      this.#disposed = true;
      if (!this.#started) return;
      const { files, directory, retention, compressor, indexes } = this.#started;
      await Promise.all([retention.stop(), compressor?.stop()]);
      try {
        await files.close();
      } catch (error) {
        const { log, name } = this.#context;
        log.warn(
          { sink: name, error },
          `${name}: cannot close ${directory.currentName}: ${messageOf(error)}`,
        );
      }
      await indexes.close();
      await directory.dispose();
    });
  }

  async #open(): Promise<Started> {
    const { directory: path, fileMode, directoryMode, durability, retention: limits } = this.#options;
    const { log, name } = this.#context;
    const durable = durability !== 'none';
    // Only retention needs to know them all.
    const keepsList = Object.values(limits).some((limit) => limit !== undefined);
    const directory = await LogDirectory.open(
      {
        path,
        suffix: this.#suffix,
        format: this.#format,
        fileMode,
        directoryMode,
        durable,
        keepsList,
        compressedSuffixes: this.#compressible ? Object.values(COMPRESSIONS).map(({ suffix }) => suffix) : [],
      },
      this.#context,
    );
    const indexes = new IndexStore(directory);
    const { clock } = this.#context;
    const onRemoved = (each: string) => indexes.remove(each);
    const retention = new Retention(directory, limits, { clock, log, onRemoved });
    const compressor = this.#compressible ? this.#toCompressor(directory, retention, indexes) : undefined;
    const onSealed = () => {
      retention.schedule();
      compressor?.schedule();
    };
    const files = new RotatingFiles({ directory, options: this.#options, log, onSealed, indexes });
    try {
      await failAsUnusable(path, async () => {
        const { rotation, rewrites } = await recover(directory);
        const { size } = await files.ready();
        files.counters.recovered = { bytes: size, rotations: Number(rotation), rewrites };
      });
      if (files.counters.recovered.rotations > 0)
        log.info({ sink: name }, `${name}: finished a rotation that was cut off`);
      indexes.clean([...directory.archives.flatMap(namesOf), directory.currentName]);
      return { directory, files, retention, compressor, indexes };
    } catch (error) {
      await files.close().catch(() => {});
      await directory.dispose();
      throw error;
    }
  }

  #toCompressor(directory: LogDirectory, retention: Retention, indexes: IndexStore): Compressor {
    const { compress = 'none' } = this.#options;
    const { name, clock, log } = this.#context;
    const onCompressed = () => retention.schedule();
    const kind = compress === 'none' ? undefined : compress;
    const onReplaced = indexes.move.bind(indexes);
    return new Compressor(directory, kind, { name, clock, log, onCompressed, onReplaced });
  }

  /** Does a job when no other is under way. */
  #exclusive<T>(job: (started: Started) => Promise<T>): Promise<T> {
    return this.#serial.run(() => {
      if (!this.#started || this.#disposed) throw new Error(`${this.#context.name} is not open`);
      return job(this.#started);
    });
  }

  /** Does the work of a timer, unless its last time is still under way. */
  async #tick(name: string, work: () => Promise<void>): Promise<void> {
    if (this.#busy.has(name) || this.#disposed) return;
    this.#busy.add(name);
    await work();
    this.#busy.delete(name);
  }

  async #sync(): Promise<void> {
    const { files } = this.#started!;
    try {
      if (!files.active?.suspect) await files.syncActive();
      else await this.#exclusive(() => files.ready());
      this.#syncing.succeeded();
    } catch (error) {
      this.#syncing.failed(error);
      if (!files.active?.suspect) return;
      // Write again at once what is uncertain; if that fails, the next write or the next tick tries.
      await this.#exclusive(() => files.ready()).then(
        () => this.#syncing.succeeded(),
        () => {},
      );
    }
  }

  async #check(): Promise<void> {
    try {
      await this.#exclusive(({ files }) => files.checkOutside());
      this.#checking.succeeded();
    } catch (error) {
      if (!this.#disposed) this.#checking.failed(error);
    }
    this.#started?.retention.checkAge();
  }
}

function toFigures({ counters, pending, postponed }: Compressor): Figures {
  const { rawBytes, compressedBytes } = counters;
  return { ...counters, ratio: compressedBytes === 0 ? 0 : rawBytes / compressedBytes, pending, postponed };
}
