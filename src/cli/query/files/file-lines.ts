/**
 * The lines of files, as something that can be scanned like a ring. Files come one after the other in the order in which they were
 * named, and so do the lines in them; what is called newest is last in this order.
 *
 * Memory stays flat, however large files and results are; except that a compressed file, or standard input, can only be read
 * forwards: what is found in one is kept when the newest lines are to come first, up to {@link MAX_KEPT}.
 */
import type { Compression } from '../../../core/compressed/compressions.ts';
import { LogCasterError } from '../../../core/errors.ts';
import type { ScanQuery, ScanTally } from '../../../core/search.ts';
import { type FrameRun, holdsFrames } from '../../../file-search/frames.ts';
import { compressionByStart } from '../../../file-search/log-files.ts';
import type { Run } from '../../../file-search/raw-blocks.ts';
import { Times } from '../../../file-search/times.ts';
import { lengthOf, reverse } from '../../../query/answering/pieces.ts';
import type { Scannable } from '../../../query/answering/search-lines.ts';
import type { ShownLines } from '../piece.ts';
import { BlockFinder, type BlockTimes } from './block-finder.ts';
import type { Input, Opened, OpenedFile } from './input.ts';
import { type Complain, describeProblem } from './inputs.ts';
import { compressedRuns, framedRuns, plainRuns, type ReadTally, streamRuns } from './read-input.ts';

/** What is kept of lines that are found forwards and given out backwards, in bytes. */
const MAX_KEPT = 256 * 2 ** 20;

export interface FileLinesInit {
  readonly complain: Complain;
  /** Told how much was read, for whoever shows progress. */
  readonly tally: ReadTally;
  /** How many lines are wanted at most when the newest come first. */
  readonly last?: number | undefined;
  /** Whether anybody wants to know when the lines came. */
  readonly tellsTimes: boolean;
}

export class FileLines implements Scannable {
  readonly #inputs: readonly Input[];
  readonly #complain: Complain;
  readonly #tally: ReadTally;
  readonly #last: number;
  readonly #tellsTimes: boolean;

  constructor(inputs: readonly Input[], { complain, tally, last, tellsTimes }: FileLinesInit) {
    this.#inputs = inputs;
    this.#complain = complain;
    this.#tally = tally;
    this.#last = last ?? Number.POSITIVE_INFINITY;
    this.#tellsTimes = tellsTimes;
  }

  async *scan(query: ScanQuery, tally: ScanTally): AsyncGenerator<ShownLines, void, undefined> {
    const isBackwards = query.order === 'newest';
    const finder = new BlockFinder(query, tally, this.#tellsTimes);
    try {
      for (const input of isBackwards ? this.#inputs.toReversed() : this.#inputs) {
        try {
          yield* this.#scanOne(input, finder, query, isBackwards);
        } catch (error) {
          query.signal?.throwIfAborted();
          if (error instanceof LogCasterError) throw error;
          this.#complain(input.name, describeProblem(error));
        }
      }
    } finally {
      for (const input of this.#inputs) await input.dispose?.();
    }
  }

  async *#scanOne(
    input: Input,
    finder: BlockFinder,
    { since, until, signal }: ScanQuery,
    isBackwards: boolean,
  ): AsyncGenerator<ShownLines, void, undefined> {
    const opened = await input.open();
    if (!opened) return;
    try {
      // All of its lines came before `since`, or all after `until`.
      if (since !== undefined && 'file' in opened && opened.changedAt < since) return;
      if (until !== undefined && 'file' in opened && opened.from >= until && opened.from < opened.to) return;
      const blocks = await this.#blocksOf(input, opened, isBackwards);
      const kept = isBackwards && !blocks.isBackwards ? new Kept(this.#last) : undefined;
      for await (const run of blocks.runs) {
        signal?.throwIfAborted();
        const found = finder.find(run.bytes, blocks.timesOf(run), input.name);
        if (!found) continue;
        if (kept) kept.add(found);
        else yield isBackwards ? reverse(found) : found;
      }
      for (const lines of kept?.pieces.toReversed() ?? []) yield reverse(lines);
    } finally {
      if ('file' in opened) await opened.file.close();
    }
  }

  async #blocksOf(input: Input, opened: Opened, wantsBackwards: boolean): Promise<Blocks> {
    if ('stream' in opened)
      return { runs: streamRuns(opened.stream), isBackwards: false, timesOf: () => UNKNOWN };
    const { file, size } = opened;
    const kind = await compressionByStart(file, size);
    if (!kind) return this.#plain(opened, wantsBackwards);
    if (!(await holdsFrames(file, { kind, size }, false))) return this.#decompressed(input, opened, kind);
    return this.#framed(input, opened, kind, wantsBackwards);
  }

  #plain(opened: OpenedFile, isBackwards: boolean): Blocks {
    const { size, from, to } = opened;
    const receivedAt = receivedIn(opened);
    const timeAt = (position: number): number => from + ((to - from) * Math.min(size, position)) / size;
    return {
      runs: plainRuns(opened, isBackwards, this.#tally),
      isBackwards,
      timesOf: ({ start, bytes }) => ({
        from: timeAt(start),
        to: timeAt(start + bytes.length),
        receivedAt: receivedAt && ((place) => receivedAt(start + place)),
      }),
    };
  }

  /** What an archive sink has written: frame by frame, from either end, each with times of its own. */
  #framed({ name }: Input, opened: OpenedFile, kind: Compression, isBackwards: boolean): Blocks {
    const damaged = (offset: number, why: string): void => this.#damaged(name, opened, offset, why);
    return {
      runs: framedRuns(opened, kind, isBackwards, this.#tally, damaged),
      isBackwards,
      timesOf: ({ start, frame }) => {
        if (!frame) return UNKNOWN;
        const { oldest, newest, rawLength, lines } = frame;
        // Of the oldest line the index tells; without it a line knows better than the newest one of its frame.
        if (!Number.isFinite(oldest)) return { from: newest, to: newest };
        const times = new Times([{ end: rawLength, lines, oldest, newest }], ANY_TIME);
        return { from: oldest, to: newest, receivedAt: (place) => times.at(start + place) };
      },
    };
  }

  /** What is being written ends where its last frame is not yet whole. */
  #damaged(name: string, { isWritten }: OpenedFile, offset: number, why: string): void {
    if (!isWritten) this.#complain(name, `damaged at byte ${offset}: ${why}`);
  }

  /** How far in the file a line stands is only known about, but how far in what it holds. */
  #decompressed({ name }: Input, opened: OpenedFile, compression: Compression): Blocks {
    const { size, from, to } = opened;
    const before = this.#tally.read;
    const damaged = (offset: number, why: string): void => this.#damaged(name, opened, offset, why);
    const receivedAt = receivedIn(opened);
    let last = from;
    return {
      runs: compressedRuns(opened, compression, this.#tally, damaged),
      isBackwards: false,
      timesOf: ({ start }) => {
        const first = last;
        last = from + (to - from) * Math.min(1, (this.#tally.read - before) / size);
        return {
          from: first,
          to: last,
          receivedAt: receivedAt && ((place) => receivedAt(start + place)),
        };
      },
    };
  }
}

/** Runs of whole lines. */
interface Blocks {
  readonly runs: AsyncIterable<RunOfLines>;
  /** Whether the last run comes first. */
  readonly isBackwards: boolean;
  /** When the lines of a run came; asked for each run, in their order. */
  readonly timesOf: (run: RunOfLines) => BlockTimes;
}

/** What stands in a frame tells in which one. */
type RunOfLines = Run & Partial<Pick<FrameRun, 'frame'>>;

const UNKNOWN: BlockTimes = { from: Number.NaN, to: Number.NaN };

const ANY_TIME = { since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };

/** When lines were received, by their places in what a file holds. */
function receivedIn({ blocks }: OpenedFile): ((position: number) => number) | undefined {
  const times = blocks && new Times(blocks, ANY_TIME);
  return times && ((position) => times.at(position));
}

/** Lines that are kept until all of a file were found: the last so many. */
class Kept {
  readonly pieces: ShownLines[] = [];
  readonly #last: number;
  #lines = 0;
  #bytes = 0;

  constructor(last: number) {
    this.#last = last;
  }

  add(lines: ShownLines): void {
    this.pieces.push(lines);
    this.#lines += lengthOf(lines);
    this.#bytes += sizeOf(lines);
    for (let first = this.pieces[0]!; this.#lines - lengthOf(first) >= this.#last; first = this.pieces[0]!) {
      this.pieces.shift();
      this.#lines -= lengthOf(first);
      this.#bytes -= sizeOf(first);
    }
    if (this.#bytes <= MAX_KEPT) return;
    throw new LogCasterError('LC_SEARCH_TOO_LARGE', 'too much was found to be turned round', {
      hint: 'Leave out --reverse, or ask for fewer of the newest lines: -n 1000.',
    });
  }
}

function sizeOf({ bytes, bounds, receivedAt }: ShownLines): number {
  return bytes.length + bounds.byteLength + receivedAt.byteLength;
}
