/** Thin for now. */
import type { Batch } from '../../core/batch.ts';
import type { Sink, SinkContext } from '../../core/component.ts';
import { messageOf, RetryableError } from '../../core/errors.ts';
import { errorCode } from '../../core/file-system.ts';
import type { Figures } from '../../core/ledger.ts';
import { failAsUnusable, LogDirectory } from '../../core/log-directory/directory.ts';
import { openCurrent, recover } from '../../core/log-directory/recovery.ts';
import { Serial } from '../../core/serial.ts';
import { ActiveFile, WriteError } from './active-file.ts';
import { Group } from './group.ts';
import type { FileOptions } from './options.ts';

export class FileSink implements Sink {
  readonly #options: FileOptions;
  readonly #context: SinkContext;
  readonly #serial = new Serial();
  #directory: LogDirectory | undefined;
  #active: ActiveFile | undefined;
  #rotations = 0;

  constructor(options: FileOptions, context: SinkContext) {
    this.#options = options;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { directory: path, fileMode, directoryMode, durability } = this.#options;
    this.#directory = await LogDirectory.open(
      { path, suffix: '.log', fileMode, directoryMode, durable: durability !== 'none' },
      this.#context,
    );
    try {
      const current = await failAsUnusable(path, () => recover(this.#directory!));
      this.#active = new ActiveFile(current, current.size);
    } catch (error) {
      await this.#directory.dispose();
      throw error;
    }
  }

  write(batch: Batch): Promise<void> {
    return this.writeAll([batch]);
  }

  writeAll(batches: readonly Batch[]): Promise<void> {
    return this.#serial.run(() => this.#write(batches));
  }

  async flush(): Promise<void> {
    await this.#serial.run(async () => this.#active?.sync());
  }

  address(): string {
    return this.#directory?.path ?? this.#options.directory;
  }

  inspect(): Figures {
    return {
      size: this.#active?.size ?? 0,
      rotations: this.#rotations,
      archives: this.#directory?.archives.length ?? 0,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#serial.run(async () => {
      await this.#active?.close();
      this.#active = undefined;
      await this.#directory?.dispose();
    });
  }

  async #write(batches: readonly Batch[]): Promise<void> {
    const { maxSize, durability } = this.#options;
    let stored = 0;
    try {
      for (const group = new Group(batches); !group.empty; ) {
        const active = await this.#ready();
        const piece = group.take(maxSize - active.size, active.size === 0);
        if (!piece) {
          await this.#rotate(active);
          continue;
        }
        await active.append(piece);
        stored += piece.lines;
      }
      if (durability === 'always') await this.#active!.sync();
    } catch (error) {
      if (error instanceof WriteError) stored += error.lines;
      const cause = error instanceof WriteError ? error.cause : error;
      if (errorCode(cause) === undefined) throw cause;
      throw new RetryableError(messageOf(cause), { stored, cause });
    }
  }

  async #ready(): Promise<ActiveFile> {
    if (this.#active?.dirty) await this.#active.cut();
    if (!this.#active) {
      const current = await openCurrent(this.#directory!);
      this.#active = new ActiveFile(current, current.size);
    }
    return this.#active;
  }

  async #rotate(active: ActiveFile): Promise<void> {
    if (this.#options.durability !== 'none') await active.sync();
    await this.#directory!.seal(active.identity);
    this.#active = undefined;
    this.#rotations++;
    await active.close();
  }
}
