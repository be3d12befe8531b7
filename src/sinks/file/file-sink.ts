/**
 * A file sink: a log store (core/log-directory/log-store.ts) whose files hold lines, each as its encoding writes it.
 *
 * Encoded lines take more memory than those that came. So they are encoded batch by batch as they are written, and of what
 * waits less is taken at once.
 */
import type { Batch } from '../../core/batch.ts';
import type { HistoryLimits, Sink, SinkContext } from '../../core/component.ts';
import { toEncoder } from '../../core/encoding.ts';
import type { Figures } from '../../core/ledger.ts';
import { plainLines } from '../../core/log-directory/file-format.ts';
import { LogStore } from '../../core/log-directory/log-store.ts';
import type { FoundLines, ScanQuery, ScanTally, StoredLines } from '../../core/search.ts';
import { storedFiles } from '../../file-search/stored-files.ts';
import { Group } from './group.ts';
import { readHistory } from './history.ts';
import type { FileOptions } from './options.ts';

/** How much is taken at once when lines are encoded. */
const ENCODED_GROUP_BYTES = 2 ** 20;

export class FileSink implements Sink {
  readonly maxGroupBytes?: number;
  readonly #options: FileOptions;
  readonly #context: SinkContext;
  readonly #store: LogStore;
  readonly #encode: ((batch: Batch) => Batch) | undefined;

  constructor(options: FileOptions, context: SinkContext) {
    this.#options = options;
    this.#context = context;
    this.#store = new LogStore({ options, context, suffix: '.log', format: plainLines, compressible: true });
    if (options.encoding === 'line') return;
    const encoder = toEncoder(options.encoding);
    this.#encode = (batch) => encoder.encode(batch);
    this.maxGroupBytes = ENCODED_GROUP_BYTES;
  }

  start(): Promise<void> {
    return this.#store.start();
  }

  write(batch: Batch): Promise<void> {
    return this.writeAll([batch]);
  }

  writeAll(batches: readonly Batch[]): Promise<void> {
    return this.#store.write(new Group(batches, this.#encode));
  }

  flush(): Promise<void> {
    return this.#store.flush();
  }

  address(): string {
    return this.#store.address;
  }

  /** What files hold as it came. What was encoded is not what was received: then there is no history. */
  async *history(limits: HistoryLimits): AsyncGenerator<Batch> {
    const { directory } = this.#store;
    const { name, clock, log } = this.#context;
    if (!directory) throw new Error('a file sink has no history before it is started');
    if (this.#options.encoding === 'line')
      yield* readHistory(directory, limits, { clock, source: name, log });
    else log.info({ sink: name }, `${name}: its lines are encoded, so nothing is filled again from them`);
  }

  snapshot(): StoredLines {
    const { log, name } = this.#context;
    return storedFiles(this.#store.stored, {
      warn: ({ file, message }) => log.warn({ sink: name, file }, `${name}: a search: ${file}: ${message}`),
    });
  }

  scan(query: ScanQuery, tally: ScanTally): AsyncIterable<FoundLines> {
    return this.snapshot().scan(query, tally);
  }

  inspect(): Figures {
    return this.#store.inspect();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#store[Symbol.asyncDispose]();
  }
}
