/**
 * A sink on a log directory, driven as the pipeline does, and a judge that reads nothing but the files. It is the file sink
 * unless told otherwise.
 *
 * Every line begins with its own number, so that a line that is missing, torn, out of order or there twice shows.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect, vi } from 'vitest';
import type { z } from 'zod';
import { Batch, LINE_FEED } from '../../../src/core/batch.ts';
import type { Sink, SinkContext } from '../../../src/core/component.ts';
import { isRetryable, RetryableError } from '../../../src/core/errors.ts';
import type { Logger } from '../../../src/core/logger.ts';
import { file } from '../../../src/sinks/file/file.ts';
import { fileOptions } from '../../../src/sinks/file/options.ts';
import { Crash, FaultyFileSystem } from '../../support/faulty-file-system.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** Those of the file sink, and others that other sinks have. */
export type RigOptions = Omit<z.input<typeof fileOptions>, 'directory'> & Readonly<Record<string, unknown>>;

/** Which sink it is, and how its files are read. */
export interface RigKind {
  /** What its files end in. */
  readonly suffix: string;
  create(options: unknown, context: SinkContext): { readonly sink: Sink; readonly maxSize: number };
  /**
   * The lines of a file, of how many units it is made (a file over the limit may have one), and the bytes that the limit is
   * about. Throws if it is torn.
   */
  read(
    bytes: Buffer,
    name: string,
  ): { readonly text: string; readonly units: number; readonly size?: number };
  /** Where a unit may end, or another begin: for files that may be torn. */
  ends(bytes: Buffer): number[];
}

export const plainFiles: RigKind = {
  suffix: '.log',
  create(options, context) {
    const parsed = fileOptions.parse(options);
    return { sink: file.create(parsed, context), maxSize: parsed.maxSize };
  },
  read(bytes, name) {
    const text = decompressed(bytes, name).toString('latin1');
    return { text, units: text.split('\n').length - 1, size: text.length };
  },
  ends: (bytes) => [...bytes.keys()].filter((at) => at === 0 || bytes[at - 1] === LINE_FEED),
};

function decompressed(bytes: Buffer, name: string): Buffer {
  if (name.endsWith('.gz')) return gunzipSync(bytes);
  return name.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes;
}

/** What the judge found. */
export interface Found {
  /** All lines, archives first, in the order of their numbers. */
  readonly lines: string[];
  readonly archives: string[];
  /** Names of torn tails. */
  readonly torn: string[];
}

const ARCHIVE = /^(log-\d{8}-\d{6}-(\d{6,})\.log)(\.gz|\.zst)?$/;

export class FileRig {
  readonly directory: string;
  readonly clock = new ManualClock();
  /** The messages of the log, without the levels below warn. */
  readonly complaints: string[] = [];
  /** Lines that the sink has settled. */
  readonly stored: string[] = [];
  fs = new FaultyFileSystem();
  sink: Sink;
  options: RigOptions;
  readonly #kind: RigKind;
  #greatestMaxSize = 0;
  #inFlight: string[] = [];
  #next = 0;
  readonly #hashes = new Map<string, string>();

  private constructor(directory: string, options: RigOptions, kind: RigKind) {
    this.directory = directory;
    this.#kind = kind;
    this.options = options;
    this.sink = this.#create();
  }

  static async make(options: RigOptions = {}, kind: RigKind = plainFiles): Promise<FileRig> {
    const parent = await mkdtemp(join(tmpdir(), 'logcaster-file-'));
    return new FileRig(join(parent, 'logs'), options, kind);
  }

  /** On a directory that the caller removes. */
  static on(directory: string, options: RigOptions): FileRig {
    return new FileRig(directory, options, plainFiles);
  }

  async remove(): Promise<void> {
    this.fs.disarm();
    await this.sink[Symbol.asyncDispose]!();
    await this.fs.closeAll();
    await rm(join(this.directory, '..'), { recursive: true, force: true });
  }

  /** Starts the sink; after a start that met a fault (but a crash) again, with a new one. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const faults = this.fs.fired.length;
      try {
        return await this.sink.start!();
      } catch (error) {
        if (this.fs.crashed || this.fs.fired.length === faults) throw error;
        expect(attempt).toBeLessThan(10);
        await this.sink[Symbol.asyncDispose]!();
        this.sink = this.#create();
      }
    }
  }

  /** Ends the sink in good order; a flush that fails is tried once more. */
  async stop(): Promise<void> {
    try {
      await this.sink.flush!();
    } catch (error) {
      if (!isRetryable(error)) throw error;
      await this.sink.flush!();
    }
    await this.sink[Symbol.asyncDispose]!();
  }

  /** Starts a new sink on the same directory after the old one has ended, or died. */
  async restart(options: RigOptions = this.options): Promise<void> {
    await this.bury();
    this.options = options;
    this.sink = this.#create();
    await this.start();
  }

  /** Puts another sink in the place of this one, which is left as it is. */
  renew(): void {
    this.sink = this.#create();
  }

  /** Disposes of the sink; if it has died, what comes next has a file system that works. */
  async bury(): Promise<void> {
    await this.sink[Symbol.asyncDispose]!();
    if (!this.fs.crashed) return;
    await this.fs.closeAll();
    this.fs = new FaultyFileSystem();
  }

  /** Makes lines of these lengths (at least as long as their number) and writes them as one batch. */
  write(...lengths: number[]): Promise<void> {
    return this.writeBatches([lengths]);
  }

  /** Writes several batches as one group, again and again until all lines are stored. */
  async writeBatches(lengths: readonly (readonly number[])[], toLines = toBatch): Promise<void> {
    let group = lengths.map((each) => toLines(each.map((length) => this.#makeLine(length))));
    this.#inFlight = group.flatMap((batch) => batch.texts());
    for (let attempt = 0; this.#inFlight.length > 0; attempt++) {
      expect(attempt).toBeLessThan(50);
      try {
        await this.sink.writeAll!(group);
        this.#settle(this.#inFlight.length);
      } catch (error) {
        if (!isRetryable(error)) throw error;
        const stored = error instanceof RetryableError ? error.stored : 0;
        this.#settle(stored);
        group = [toBatch(this.#inFlight)];
      }
    }
  }

  /** Waits until archives are compressed, as far as nothing fails. */
  async compressed(): Promise<void> {
    const counted = () => this.sink.inspect!()['compression'] as { pending: number; postponed: number };
    await vi.waitFor(
      async () => {
        await this.fs.quiet();
        const { pending, postponed } = counted();
        // It pauses in between, as long as it has worked.
        if (pending !== postponed) this.clock.advance(1);
        expect(this.fs.crashed || pending === postponed).toBe(true);
      },
      { timeout: 20_000, interval: 1 },
    );
    if (this.fs.crashed) throw new Crash('the process died beside the writing');
  }

  /** Lets timers fire and what they begin end. */
  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.fs.quiet();
  }

  /** Reads the directory as it is, and holds everything against the laws that needs no knowledge of what was written. */
  async find(): Promise<Found> {
    const names = await readdir(this.directory);
    const archives = await this.#archivesIn(names);
    expect(new Set(archives.map(sequenceOf)).size).toBe(archives.length);
    const lines: string[] = [];
    const current = `current${this.#kind.suffix}`;
    for (const name of [...archives, current]) {
      if (!names.includes(name)) continue;
      const bytes = await readFile(join(this.directory, name));
      const { text, units, size = bytes.length } = this.#kind.read(bytes, name);
      const own = text.split('\n');
      // Behind the last line feed comes nothing: no line is torn or split.
      expect(own.pop()).toBe('');
      if (name !== current) {
        expect(own).not.toEqual([]);
        // A sealed file never changes; one that was compressed holds the same lines.
        for (const [key, content] of [
          [name, bytes],
          [`lines of ${sequenceOf(name)}`, text],
        ] as const) {
          const hash = createHash('sha1').update(content).digest('hex');
          expect(this.#hashes.get(key) ?? hash).toBe(hash);
          this.#hashes.set(key, hash);
        }
      }
      if (units > 1) expect(size).toBeLessThanOrEqual(this.#greatestMaxSize);
      lines.push(...own);
    }
    return { lines, archives, torn: names.filter((name) => name.startsWith('torn-')) };
  }

  /** The files hold exactly what was stored; with retention, some of it, the newest line too. */
  async check(): Promise<Found> {
    const found = await this.find();
    const kept = new Set(found.lines);
    const expected = this.options.retention ? this.stored.filter((line) => kept.has(line)) : this.stored;
    expect(found.lines).toEqual(expected);
    expect(found.lines.at(-1)).toBe(this.stored.at(-1));
    return found;
  }

  /**
   * After a crash and the start that follows: what was stored is there, and then perhaps lines of the write that was under
   * way. These count as stored from now on.
   */
  async takeOver(): Promise<Found> {
    if ((this.options.compress ?? 'none') === 'none') await this.fs.quiet();
    else await this.compressed();
    const newest = (await this.find()).lines.at(-1);
    this.#settle(newest === undefined ? 0 : this.#inFlight.indexOf(newest) + 1);
    this.#inFlight = [];
    return this.check();
  }

  /** The archives of this kind, oldest first. What is there plain and compressed must be the same, and is one. */
  async #archivesIn(names: readonly string[]): Promise<string[]> {
    const own: string[] = [];
    for (const name of names.toSorted((a, b) => sequenceOf(a) - sequenceOf(b) || (a < b ? -1 : 1))) {
      const [, stem, , compression] = ARCHIVE.exec(name) ?? [];
      if (stem === undefined) continue;
      if (this.#kind.suffix === '.log' ? false : `.log${compression ?? ''}` !== this.#kind.suffix) continue;
      if (own.at(-1) !== stem) {
        own.push(name);
        continue;
      }
      const [plain, twin] = await Promise.all(
        [stem, name].map((each) => readFile(join(this.directory, each))),
      );
      expect(decompressed(twin!, name)).toEqual(plain);
    }
    return own;
  }

  #create(): Sink {
    const context = { name: 'file', log: this.#log(), clock: this.clock, fs: this.fs };
    const { sink, maxSize } = this.#kind.create({ ...this.options, directory: this.directory }, context);
    this.#greatestMaxSize = Math.max(this.#greatestMaxSize, maxSize);
    return sink;
  }

  #log(): Logger {
    const complain = (_data: unknown, message: string) => void this.complaints.push(message);
    return { debug: () => {}, info: () => {}, warn: complain, error: complain };
  }

  #makeLine(length: number): string {
    const number = `${this.#next++}:`;
    return number.padEnd(length, 'abcdefghijklmnopqrstuvwxyz');
  }

  #settle(lines: number): void {
    this.stored.push(...this.#inFlight.splice(0, lines));
  }
}

/** A batch whose lines are neighbours in memory. */
export function toBatch(lines: readonly (string | Uint8Array)[]): Batch {
  return Batch.fromTexts(lines, { origin: { source: 'test' }, receivedAt: 0 });
}

function sequenceOf(name: string): number {
  return Number(ARCHIVE.exec(name)?.[2]);
}

/** A batch between whose lines there are others that do not belong to it. */
export function toBatchWithGaps(lines: readonly (string | Uint8Array)[]): Batch {
  return toBatch(lines.flatMap((line) => ['gap', line])).select((index) => index % 2 === 1);
}
