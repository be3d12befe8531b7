/**
 * Where the lines of a ring stand in what pipelines let out: for each run of lines that follow one another there, the number of
 * its first line and its position. It is asked which lines are not stored elsewhere yet, and these are the newest; so it is bounded:
 * lines older than the oldest run that is kept count as stored, and so do those that a ring was filled with at the start.
 */
import type { Passage, Through } from '../../core/passage.ts';

/** The most runs that are kept; each is as long as one pipeline lets out lines without another one between. */
const MAX_RUNS = 65_536;

interface Run {
  /** The number of its first line in the ring. */
  readonly number: number;
  readonly passage: Passage | undefined;
  /** The number of that line in the passage. */
  readonly first: number;
}

/** Neighbouring lines that follow one another in a passage, too. */
export interface PlacedRange {
  /** Their numbers in the ring: from `from` to before `to`. */
  readonly from: number;
  readonly to: number;
  readonly passage: Passage;
  /** The number of the first one in the passage. */
  readonly first: number;
}

export class Positions {
  #runs: Run[] = [];

  /**
   * Lines come from the line `number` on, the first of which has the number `first` in a passage; without one, they are stored
   * elsewhere. `oldest` is the oldest line that is left.
   */
  add(number: number, passage: Passage | undefined, first: number, oldest: number): void {
    const runs = this.#runs;
    const last = runs.at(-1);
    if (last && last.passage === passage) {
      if (!passage || first - last.first === number - last.number) return;
    }
    runs.push({ number, passage, first });
    if (runs.length <= 2 * MAX_RUNS) {
      // Now and then those go whose lines are gone.
      if ((runs.length & 1023) !== 0) return;
      const gone = runs.findIndex((run, index) => (runs[index + 1]?.number ?? number + 1) > oldest);
      if (gone > 0) this.#runs = runs.slice(gone);
    } else this.#runs = runs.slice(-MAX_RUNS);
  }

  /** Which lines from `oldest` to before `end` are not stored, in their order. */
  beyond(through: Through, oldest: number, end: number): PlacedRange[] {
    const ranges: PlacedRange[] = [];
    for (const { from, to, passage, first } of this.#within(oldest, end)) {
      const stored = Math.max(0, (through.get(passage) ?? 0) - first);
      if (from + stored < to) ranges.push({ from: from + stored, to, passage, first: first + stored });
    }
    return ranges;
  }

  /** The number in each passage of the first of its lines from `oldest` to before `end`. */
  firsts(oldest: number, end: number): Map<Passage, number> {
    const firsts = new Map<Passage, number>();
    for (const { passage, first } of this.#within(oldest, end)) {
      if (!firsts.has(passage)) firsts.set(passage, first);
    }
    return firsts;
  }

  *#within(oldest: number, end: number): Generator<PlacedRange> {
    const runs = this.#runs;
    for (const [index, { number, passage, first }] of runs.entries()) {
      const from = Math.max(number, oldest);
      const to = Math.min(end, runs[index + 1]?.number ?? end);
      if (passage && from < to) yield { from, to, passage, first: first + from - number };
    }
  }
}
