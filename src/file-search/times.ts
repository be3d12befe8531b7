/** When the lines of a file were received, and what of that lies within what is asked for. */
import { type TimeBlock, UNKNOWN_TIMES } from '../core/log-directory/time-index.ts';
import type { Range } from './raw-blocks.ts';

/** Times in ms since the epoch: from `since` to before `until`. */
export interface Between {
  readonly since: number;
  readonly until: number;
}

/** How blocks lie to what is asked for: some of their lines may lie `across` a border. */
export type Fit = 'outside' | 'across' | 'inside';

/** Neighbouring blocks that lie alike, as far as they are in a run. */
export interface Part {
  readonly fit: Fit;
  /** Places in the file. */
  readonly start: number;
  readonly end: number;
  /** Its lines; NaN if that is not known. */
  readonly lines: number;
  /** Indexes of its blocks, the last one not included; none for what no block is about. */
  readonly blocks: readonly [number, number];
}

export class Times {
  readonly #blocks: readonly TimeBlock[];
  readonly #between: Between;
  readonly #fits: readonly Fit[];
  /** Where the last block that is asked for ends. */
  readonly end: number;

  constructor(blocks: readonly TimeBlock[], between: Between) {
    this.#blocks = blocks;
    this.#between = between;
    this.#fits = blocks.map((block) => fitOf(block, between));
    const last = this.#fits.findLastIndex((fit) => fit !== 'outside');
    // Behind all blocks nothing is known.
    this.end = last === blocks.length - 1 ? Number.POSITIVE_INFINITY : (blocks[last]?.end ?? 0);
  }

  /** Whether nothing can be found: every block is outside. */
  get isOutside(): boolean {
    return this.#fits.length > 0 && this.#fits.every((fit) => fit === 'outside');
  }

  /** What has to be read of a file of so many bytes. */
  rangesWithin(size: number): Range[] {
    const ranges: { start: number; end: number }[] = [];
    for (const { fit, start, end } of this.partsOf(0, size)) {
      if (fit === 'outside') continue;
      const last = ranges.at(-1);
      if (last?.end === start) last.end = end;
      else ranges.push({ start, end });
    }
    return ranges;
  }

  /** Cuts a run into parts. */
  *partsOf(from: number, to: number): Generator<Part> {
    const blocks = this.#blocks;
    let block = this.#blockAt(from);
    for (let start = from; start < to; ) {
      const first = block;
      if (first >= blocks.length) {
        yield { fit: 'across', start, end: to, lines: Number.NaN, blocks: [first, first] };
        return;
      }
      const fit = this.#fits[first]!;
      let lines = 0;
      let end = start;
      for (; block < blocks.length && this.#fits[block] === fit && end < to; block++) {
        const begin = blocks[block - 1]?.end ?? 0;
        end = Math.min(to, blocks[block]!.end);
        const isWhole = begin >= start && blocks[block]!.end <= to;
        lines += isWhole ? blocks[block]!.lines : Number.NaN;
      }
      yield { fit, start, end, lines, blocks: [first, block] };
      start = end;
      // A block that goes on behind the run.
      if (end === to) return;
    }
  }

  /** The block that a place is in; `undefined` behind all blocks. */
  blockAt(position: number): TimeBlock | undefined {
    return this.#blocks[this.#blockAt(position)];
  }

  /** A time that a line that stands there may have; `undefined` if it may have any. */
  possibleAt(position: number): number | undefined {
    const time = this.at(position);
    if (!Number.isNaN(time)) return time;
    const block = this.blockAt(position);
    return block && [block.newest, block.oldest].find(Number.isFinite);
  }

  /** When a line that stands there was received, as near as that is known; NaN if it is not. */
  at(position: number): number {
    const index = this.#blockAt(position);
    const block = this.#blocks[index];
    if (!block) return Number.NaN;
    const { oldest, newest, end } = block;
    if (!Number.isFinite(newest) || !Number.isFinite(oldest)) return Number.NaN;
    if (oldest === newest) return newest;
    const start = this.#blocks[index - 1]?.end ?? 0;
    return Math.round(oldest + ((newest - oldest) * (position - start)) / (end - start));
  }

  /** Times that stand for all that lines of these blocks may have: conditions change at borders only. */
  timesWithin([first, last]: readonly [number, number]): number[] {
    const { since, until } = this.#between;
    const times = new Set<number>();
    const blocks = first < last ? this.#blocks.slice(first, last) : [UNKNOWN_TIMES];
    for (const { oldest, newest } of blocks) {
      for (const time of [oldest, since - 1, since, until - 1, until, newest]) {
        if (time >= oldest && time <= newest && Number.isFinite(time)) times.add(time);
      }
    }
    return times.size > 0 ? [...times] : [Number.NaN];
  }

  #blockAt(position: number): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#blocks[middle]!.end <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function fitOf({ oldest, newest }: TimeBlock, { since, until }: Between): Fit {
  if (newest < since || oldest >= until) return 'outside';
  return oldest >= since && newest < until ? 'inside' : 'across';
}
