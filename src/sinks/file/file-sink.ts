/**
 * The life of a file sink: start, writes, timers, stop. What happens to files is rotating-files.ts; this file sees to it
 * that it happens one after the other.
 *
 * Invariants: only a sync may run beside other work on the current file, since it can take seconds; nothing is opened any
 * more once the sink is disposed.
 */
import type { Batch } from '../../core/batch.ts';
import type { Timer } from '../../core/clock.ts';
import type { HistoryLimits, Sink, SinkContext } from '../../core/component.ts';
import { messageOf } from '../../core/errors.ts';
import type { Figures } from '../../core/ledger.ts';
import { failAsUnusable, LogDirectory } from '../../core/log-directory/directory.ts';
import { recover } from '../../core/log-directory/recovery.ts';
import { Retention } from '../../core/log-directory/retention.ts';
import { Serial } from '../../core/serial.ts';
import { Episode } from './episode.ts';
import { readHistory } from './history.ts';
import type { FileOptions } from './options.ts';
import { RotatingFiles } from './rotating-files.ts';

/** How often the current file is compared with its name, in ms. */
const CHECK_INTERVAL = 1000;

/** What a started sink has. */
interface Started {
  readonly directory: LogDirectory;
  readonly files: RotatingFiles;
  readonly retention: Retention;
}

export class FileSink implements Sink {
  readonly #options: FileOptions;
  readonly #context: SinkContext;
  readonly #serial = new Serial();
  readonly #syncing: Episode;
  readonly #checking: Episode;
  #started: Started | undefined;
  #disposed = false;
  #timers: Timer[] = [];
  /** Ticks that have not ended. */
  readonly #busy = new Set<string>();

  constructor(options: FileOptions, context: SinkContext) {
    this.#options = options;
    this.#context = context;
    this.#syncing = new Episode('sync', context);
    this.#checking = new Episode('look after current.log', context);
  }

  start(): Promise<void> {
    return this.#serial.run(async () => {
      if (this.#disposed || this.#started) throw new Error('a file sink starts once');
      this.#started = await this.#open();
      const { clock } = this.#context;
      if (this.#options.durability === 'interval') {
        this.#timers.push(
          clock.every(this.#options.syncInterval, () => void this.#tick('sync', () => this.#sync())),
        );
      }
      this.#timers.push(clock.every(CHECK_INTERVAL, () => void this.#tick('check', () => this.#check())));
      this.#started.retention.schedule();
    });
  }

  write(batch: Batch): Promise<void> {
    return this.writeAll([batch]);
  }

  writeAll(batches: readonly Batch[]): Promise<void> {
    return this.#exclusive(({ files }) => files.write(batches));
  }

  async flush(): Promise<void> {
    if (!this.#started || this.#disposed) return;
    await this.#exclusive(async ({ files, directory }) => {
      await files.ready();
      // After a sync that fails, `ready` writes again what is uncertain.
      await files.syncActive().catch(() => files.ready());
      await directory.sync();
    });
  }

  address(): string {
    return this.#started?.directory.path ?? this.#options.directory;
  }

  history(limits: HistoryLimits): AsyncIterable<Batch> {
    if (!this.#started) throw new Error('a file sink has no history before it is started');
    return readHistory(this.#started.directory, limits, {
      clock: this.#context.clock,
      source: this.#context.name,
    });
  }

  inspect(): Figures {
    if (!this.#started) return {};
    const { files, directory, retention } = this.#started;
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
      archives: directory.archives.length,
      removedArchives: retention.removed,
      failedSyncs: more.failedSyncs,
      rewrittenLines: more.rewrittenLines,
      unsyncableLines: more.unsyncableLines,
      recovered: { ...recovered },
      torn: { ...torn },
      outside: { ...outside },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    await this.#serial.run(async () => {
      if (this.#disposed) return;
      this.#disposed = true;
      if (!this.#started) return;
      const { files, directory, retention } = this.#started;
      await retention.idle();
      try {
        await files.close();
      } catch (error) {
        const { log, name } = this.#context;
        log.warn({ sink: name, error }, `${name}: cannot close ${directory.currentName}: ${messageOf(error)}`);
      }
      await directory.dispose();
    });
  }

  async #open(): Promise<Started> {
    const { directory: path, fileMode, directoryMode, durability, retention: limits } = this.#options;
    const { log, name } = this.#context;
    const durable = durability !== 'none';
    const directory = await LogDirectory.open(
      { path, suffix: '.log', fileMode, directoryMode, durable },
      this.#context,
    );
    try {
      const retention = new Retention(directory, limits, this.#context);
      const onSealed = () => retention.schedule();
      const files = new RotatingFiles({ directory, options: this.#options, log, onSealed });
      await failAsUnusable(path, async () => {
        const { rotation, rewrites } = await recover(directory);
        const { size } = await files.ready();
        files.counters.recovered = { bytes: size, rotations: Number(rotation), rewrites };
      });
      if (files.counters.recovered.rotations > 0)
        log.info({ sink: name }, `${name}: finished a rotation that was cut off`);
      return { directory, files, retention };
    } catch (error) {
      await directory.dispose();
      throw error;
    }
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
