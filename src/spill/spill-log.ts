/**
 * A spill on the disk: batches go in at one end and come out at the other, in order, and are removed when they are settled. It
 * knows nothing of queues, policies and sinks.
 *
 * Invariants:
 * - A number belongs to one line for good (frame.ts); see positions.ts for how far lines have come.
 * - Before a batch is handed out the cursor says so. So after a kill at most what was read and not settled comes twice, and it is
 *   known how much that is at most; unless the cursor could not be written (checkpoint.ts).
 * - One call at a time of each of `append`, `read` and what removes; all three may run beside each other. What changes the list of
 *   segments is done in turn.
 */
import type { Batch } from '../core/batch.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { FileSystem } from '../core/file-system.ts';
import { type Claim, claimDirectory } from '../core/log-directory/directory.ts';
import { Episode } from '../core/log-directory/episode.ts';
import { failAsUnusable } from '../core/log-directory/unusable.ts';
import type { Logger } from '../core/logger.ts';
import { Serial } from '../core/serial.ts';
import { findBounds, firstLineFrom } from './bounds.ts';
import { Checkpoint } from './checkpoint.ts';
import { CursorFile } from './cursor.ts';
import { readFormat, writeFormat } from './format.ts';
import { type Frame, toBuffers, toFrame } from './frame.ts';
import type { SpillSettings } from './options.ts';
import { type Handed, Positions } from './positions.ts';
import { SegmentReader } from './segment-reader.ts';
import { listSegments, type Segment, Segments } from './segments.ts';
import type { Piece } from './walk.ts';

export interface SpillLogContext {
  /** The sink's name, for the log. */
  readonly name: string;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Batches that are to be written together, with the numbers of their lines. It can be tried again. */
export interface Entry {
  readonly frames: readonly Frame[];
  readonly lines: number;
  readonly bytes: number;
}

/** What was read. */
export interface ReadResult {
  readonly batches: readonly Batch[];
  /** Lines that are damaged or missing. */
  readonly lost: number;
}

/** What a read has found so far. */
interface Found extends ReadResult {
  readonly batches: Batch[];
  readonly handed: Handed[];
  next: number;
  lost: number;
}

/** A segment is finished when it is so large, or a part of what all may take. */
const MAX_SEGMENT = 64 * 2 ** 20;
const MIN_SEGMENT = 1024;
const SEGMENTS = 16;

export class SpillLog {
  /** Without symbolic links. */
  readonly path: string;
  /** Lines that were there at the start. */
  readonly recovered: number;
  /** How many of them the sink may have stored before. */
  readonly possibleDuplicates: number;
  /** Bytes that were neither a frame nor a part of one. */
  damagedBytes = 0;
  #settings: SpillSettings;
  readonly #context: SpillLogContext;
  readonly #claim: Claim;
  readonly #segments: Segments;
  readonly #cursor: CursorFile;
  readonly #reader: SegmentReader;
  readonly #positions: Positions;
  readonly #checkpoint: Checkpoint;
  /** What changes the list of segments. */
  readonly #turns = new Serial();
  readonly #syncFailures: Episode;
  #timer: Timer | undefined;
  #isAppending = false;
  #isReading = false;
  #isClosed = false;

  private constructor(
    settings: SpillSettings,
    context: SpillLogContext,
    parts: { claim: Claim; segments: Segments; cursor: CursorFile },
    found: { settled: number; handed: number; end: number },
  ) {
    this.#settings = settings;
    this.#context = context;
    this.#claim = parts.claim;
    this.path = parts.claim.path;
    this.#segments = parts.segments;
    this.#cursor = parts.cursor;
    this.#reader = new SegmentReader(context.fs, this.path, parts.segments);
    this.#positions = new Positions(found.settled, found.end);
    this.#checkpoint = new Checkpoint({
      ...context,
      ...parts,
      positions: this.#positions,
      reader: this.#reader,
      turns: this.#turns,
      durability: () => this.#settings.durability,
      isBusy: () => this.#isAppending || this.#isReading,
    });
    this.recovered = found.end - found.settled;
    this.possibleDuplicates = Math.max(0, Math.min(found.handed, found.end) - found.settled);
    this.#syncFailures = new Episode('sync its spill', context);
    this.#setTimer();
  }

  /**
   * Makes the directory if it is missing, checks it, locks it and finds out what is in it.
   *
   * @throws LogCasterError `LC_DIRECTORY_UNUSABLE`, `LC_DIRECTORY_IN_USE`, `LC_DIRECTORY_OBSTRUCTED`, `LC_DIRECTORY_FORMAT`
   */
  static async open(settings: SpillSettings, context: SpillLogContext): Promise<SpillLog> {
    const { fs, name, log } = context;
    const { directory, directoryMode, fileMode, durability } = settings;
    const durable = durability !== 'none';
    return failAsUnusable(directory, async () => {
      const claim = await claimDirectory({ path: directory, directoryMode, durable }, fs);
      const { path } = claim;
      try {
        const format = await readFormat(fs, path);
        if (format === 'missing') await writeFormat(fs, path, fileMode);
        if (format === 'damaged') {
          log.warn(
            { sink: name, path },
            `${name}: the file spill.format of ${path} is damaged; its frames are read all the same`,
          );
        }
        const list = await listSegments(fs, path);
        const found = await findBounds(fs, path, list);
        const cursor = await CursorFile.open(fs, path, fileMode);
        const segments = new Segments({ fs, path, fileMode }, list);
        const spill = new SpillLog(settings, context, { claim, segments, cursor }, found);
        // What an end left that came before it was removed.
        if (spill.waiting === 0) spill.#checkpoint.tidy();
        return spill;
      } catch (error) {
        await claim.lock.release();
        throw error;
      }
    });
  }

  /** Lines that can be read. */
  get unread(): number {
    return this.#positions.unread;
  }

  /** Lines that are not settled and stay on the disk: those that can be read, and those that were handed out. */
  get waiting(): number {
    return this.#positions.waiting;
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.#segments.bytes;
  }

  get segments(): number {
    return this.#segments.list.length;
  }

  /** Takes other settings; the directory stays. */
  use(settings: SpillSettings): void {
    this.#settings = settings;
    this.#setTimer();
  }

  /** Gives the lines of batches their numbers. From then on they are to be appended, or forgone. */
  toEntry(batches: readonly Batch[]): Entry {
    const frames: Frame[] = [];
    let [bytes, lines] = [0, 0];
    for (const batch of batches) {
      const frame = toFrame(batch, this.#positions.give(batch.length));
      bytes += frame.head.length;
      lines += batch.length;
      frames.push(frame);
    }
    return { frames, bytes, lines };
  }

  /** Whether an entry fits; the only one fits in any case. */
  hasRoom({ bytes }: Entry): boolean {
    return this.bytes + bytes <= this.#settings.maxBytes || this.waiting === 0;
  }

  /**
   * Writes an entry. When it resolves the lines are as durable as they are meant to be. If it fails, nothing of it counts.
   *
   * @param isHanded - The sink has the batches already: they are not read, and wait to be settled. Only where nothing else waits.
   */
  async append({ frames, bytes, lines }: Entry, isHanded = false): Promise<void> {
    const { durability, maxBytes } = this.#settings;
    const first = frames[0]!.head.first;
    this.#isAppending = true;
    try {
      if (isHanded) await this.#checkpoint.save(first, first + lines);
      await this.#turns.run(() =>
        this.#segments.append((salt) => frames.flatMap((frame) => toBuffers(frame, salt)), bytes, {
          maxSegment: Math.min(MAX_SEGMENT, Math.max(MIN_SEGMENT, Math.ceil(maxBytes / SEGMENTS))),
          durable: durability === 'always' ? 'now' : durability === 'interval' ? 'later' : 'none',
        }),
      );
      const segment = this.#segments.list.at(-1)!.number;
      this.#positions.written(first, lines);
      if (!isHanded) return;
      const handed = frames.map(({ head }) => ({ end: head.first + head.lines, segment }));
      this.#positions.handOut(handed, first + lines);
    } finally {
      this.#isAppending = false;
    }
  }

  /** Gives up an entry that could not be written: its lines go another way. Only where nothing else waits. */
  giveUp(): void {
    this.#positions.giveUp();
    this.#checkpoint.tidy();
  }

  /** Reads about `maxBytes`, in order: at least a batch, unless there is none that can be read. */
  async read(maxBytes: number): Promise<ReadResult> {
    const found: Found = { batches: [], handed: [], next: this.#positions.next, lost: 0 };
    this.#isReading = true;
    try {
      await this.#find(found, maxBytes);
      const isNothingHanded = !this.#positions.isHanded && found.handed.length === 0;
      const settled = isNothingHanded ? found.next : this.#positions.settled;
      await this.#checkpoint.save(settled, found.next);
    } finally {
      this.#isReading = false;
    }
    this.#positions.handOut(found.handed, found.next);
    return found;
  }

  /** Reads on until there is a batch, or nothing more. A failure is for the next time if something was found before it. */
  async #find(found: Found, maxBytes: number): Promise<void> {
    while (found.batches.length === 0 && found.next < this.#positions.end) {
      try {
        const read = await this.#reader.read(maxBytes);
        if (!read) {
          // The rest was there once, and is not.
          found.lost += this.#positions.end - found.next;
          found.next = this.#positions.end;
          return;
        }
        for (const piece of read.pieces) this.#take(piece, read.segment, found);
      } catch (error) {
        if (found.next === this.#positions.next) throw error;
        return;
      }
    }
  }

  #take(piece: Piece, segment: Segment, found: Found): void {
    if (piece.kind === 'damaged') return this.#noteDamage(segment, piece);
    const { head, batch, offset } = piece;
    const end = Math.min(head.first + head.lines, this.#positions.end);
    // Settled before, or written twice.
    if (end <= found.next) return;
    if (head.first > found.next) found.lost += head.first - found.next;
    if (batch) {
      found.batches.push(batch.slice(Math.max(0, found.next - head.first)));
      found.handed.push({ end, segment: segment.number });
    } else {
      found.lost += end - Math.max(head.first, found.next);
      this.#noteDamage(segment, { offset, length: head.length });
    }
    found.next = end;
  }

  /** Gives up what cannot be read of the segment that is read, and puts that aside. The next read says what that cost. */
  async skipSegment(): Promise<void> {
    const segment = await this.#reader.skip();
    if (!segment) return;
    await this.#turns.run(() => this.#segments.putAside(segment)).catch(() => {});
  }

  /** Says that the next `batches` batches that were handed out are settled. */
  settle(batches: number): void {
    this.#positions.settle(batches);
    this.#checkpoint.tidy();
  }

  /** Lets go of the oldest lines that were not read, a segment at most; answers how many. */
  async dropOldest(): Promise<number> {
    if (this.#isReading || this.unread === 0) return 0;
    return this.#turns.run(async () => {
      const { list } = this.#segments;
      const index = list.findIndex(({ number }) => number >= this.#reader.from);
      if (index < 0) return 0;
      if (list[index] === this.#segments.current) await this.#segments.finish(this.#isDurable);
      const first =
        list[index + 1] && (await firstLineFrom(this.#context.fs, this.path, list.slice(index + 1)));
      const positions = this.#positions;
      const next = Math.min(first ?? positions.end, positions.end);
      const lines = Math.max(0, next - positions.next);
      positions.drop(lines);
      await this.#reader.skipTo(list[index]!.number + 1);
      await this.#checkpoint.saveAndRemove(positions.next);
      return lines;
    });
  }

  /** Closes everything. What is not settled is there at the next start; of that, so many batches the sink may have stored. */
  async close(handed: number): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#checkpoint.stop();
    this.#timer?.cancel();
    const position = handed > 0 ? this.#positions.endOfHanded(handed) : undefined;
    await this.#turns.run(async () => {
      await this.#reader.close();
      if (this.#isDurable)
        await this.#segments.sync().catch((error: unknown) => this.#syncFailures.failed(error));
      await this.#checkpoint.saveAndRemove(position ?? this.#positions.settled).catch(() => {});
      await this.#segments.close();
      await this.#cursor.close().catch(() => {});
      await this.#claim.lock.release();
    });
  }

  get #isDurable(): boolean {
    return this.#settings.durability !== 'none';
  }

  #setTimer(): void {
    this.#timer?.cancel();
    const { durability, syncInterval } = this.#settings;
    this.#timer =
      durability === 'interval'
        ? this.#context.clock.every(syncInterval, () => void this.#sync())
        : undefined;
  }

  async #sync(): Promise<void> {
    try {
      await this.#turns.run(() => this.#segments.sync());
      this.#syncFailures.succeeded();
    } catch (error) {
      this.#syncFailures.failed(error);
    }
  }

  #noteDamage({ name }: Segment, { offset, length }: { offset: number; length: number }): void {
    this.damagedBytes += length;
    const { log, name: sink } = this.#context;
    log.error(
      { sink, file: `${this.path}/${name}`, offset, bytes: length },
      `${sink}: ${length} bytes of its spill are damaged, at ${offset} of ${this.path}/${name}`,
    );
  }
}
