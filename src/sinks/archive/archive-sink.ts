/**
 * An archive sink: a log store (core/log-directory/log-store.ts) whose files hold frames of compressed lines.
 *
 * Invariant: a line is told to be stored only when its frame is whole in the file, and with `durability: always` synced. So
 * few lines, which wait for others, keep the lines behind them waiting too; see pace.ts.
 */
import type { Batch } from '../../core/batch.ts';
import type { HistoryLimits, Sink, SinkContext } from '../../core/component.ts';
import { toEncoder } from '../../core/encoding.ts';
import type { Figures } from '../../core/ledger.ts';
import { LogStore } from '../../core/log-directory/log-store.ts';
import type { FoundLines, ScanQuery, ScanTally, StoredLines } from '../../core/search.ts';
import { storedFiles } from '../../file-search/stored-files.ts';
import { CODECS, type Codec } from './codec.ts';
import { frameFormat } from './frame-file.ts';
import { type FrameSettings, FrameSource, type FrameTotals } from './frame-source.ts';
import { type Damage, readHistory } from './history.ts';
import { type ArchiveOptions, LEVELS } from './options.ts';
import { Pace } from './pace.ts';

/** Lines that are worth a frame at once, in bytes. */
const ENOUGH = 256 * 1024;

/** A frame takes at most one in so many parts of a file: so little of `maxSize` is left unused. */
const FRAMES_A_FILE = 4;

export class ArchiveSink implements Sink {
  readonly #options: ArchiveOptions;
  readonly #context: SinkContext;
  readonly #codec: Codec;
  readonly #settings: FrameSettings;
  readonly #store: LogStore;
  readonly #pace: Pace;
  readonly #totals: FrameTotals = { frames: 0, rawBytes: 0, bytes: 0 };
  readonly #damage: Damage = { places: 0, bytes: 0, lines: 0 };

  constructor(options: ArchiveOptions, context: SinkContext) {
    const { compression, encoding, level, maxSize, frameSize, flushInterval } = options;
    const codec = CODECS[compression];
    const encoder = encoding === 'line' ? undefined : toEncoder(encoding);
    this.#options = options;
    this.#context = context;
    this.#codec = codec;
    this.#settings = {
      codec,
      level: level ?? LEVELS[compression].default,
      maxRawLength: Math.min(frameSize, Math.max(1, Math.floor(maxSize / FRAMES_A_FILE))),
      encode: encoder && ((batch) => encoder.encode(batch)),
    };
    this.#store = new LogStore({ options, context, suffix: codec.suffix, format: frameFormat(codec) });
    const enough = Math.min(ENOUGH, this.#settings.maxRawLength);
    this.#pace = new Pace({ interval: flushInterval, enough }, context.clock);
  }

  start(): Promise<void> {
    return this.#store.start();
  }

  write(batch: Batch): Promise<void> {
    return this.writeAll([batch]);
  }

  async writeAll(batches: readonly Batch[]): Promise<void> {
    await this.#pace.wait(batches.reduce((sum, { byteLength }) => sum + byteLength, 0));
    const frames = new FrameSource(batches, this.#settings, this.#totals);
    let failed = true;
    try {
      await this.#store.write(frames);
      failed = false;
    } finally {
      await frames.idle();
      this.#pace.wrote(failed);
    }
  }

  flush(): Promise<void> {
    this.#pace.hurry();
    return this.#store.flush();
  }

  address(): string {
    return this.#store.address;
  }

  /** What files hold as it came. What was encoded is not what was received: then there is no history. */
  async *history(limits: HistoryLimits): AsyncGenerator<Batch> {
    const { directory } = this.#store;
    const { name, log } = this.#context;
    if (!directory) throw new Error('an archive sink has no history before it is started');
    if (this.#options.encoding !== 'line') {
      log.info({ sink: name }, `${name}: its lines are encoded, so nothing is filled again from them`);
      return;
    }
    const origin = { source: name };
    yield* readHistory(directory, limits, { codec: this.#codec, origin, damage: this.#damage, log });
  }

  /** What stands in whole frames. What waits for more lines is in none: see {@link hurry}. */
  snapshot(): StoredLines {
    const { log, name } = this.#context;
    return storedFiles(this.#store.stored, {
      frames: true,
      warn: ({ file, message }) => log.warn({ sink: name, file }, `${name}: a search: ${file}: ${message}`),
    });
  }

  scan(query: ScanQuery, tally: ScanTally): AsyncIterable<FoundLines> {
    return this.snapshot().scan(query, tally);
  }

  hurry(): void {
    this.#pace.hurry();
  }

  inspect(): Figures {
    return {
      ...this.#store.inspect(),
      compressed: { ...this.#totals },
      damaged: { ...this.#damage },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pace.end();
    await this.#store[Symbol.asyncDispose]();
  }
}
