/**
 * Where the lines of a ring come from: for each run of lines from the same place, the number of its first line and the place.
 *
 * It is bounded: a run takes 16 bytes, and when there are more runs than it may hold, the oldest are forgotten, and nobody
 * knows any more where those lines come from. A run is as long as what one connection sent without another one between.
 *
 * Invariants: the numbers rise; runs before the one that holds the oldest line are let go as lines come.
 */
import type { Origin } from '../../core/batch.ts';
import type { OriginRun } from '../../core/search.ts';

/** Remembers origins. */
export class Origins {
  readonly #maxRuns: number;
  /** A ring: the oldest run is at `#first`. */
  #numbers: Float64Array;
  #places: (Origin | undefined)[] = [];
  #first = 0;
  #count = 0;
  /** Runs that were forgotten because there were too many. */
  forgotten = 0;

  /** @param maxRuns - the most runs that are remembered */
  constructor(maxRuns: number) {
    this.#maxRuns = maxRuns;
    this.#numbers = new Float64Array(Math.min(64, maxRuns));
  }

  /** Lines come from a place, from the line `number` on; the oldest line that there is has the number `oldest`. */
  add(origin: Origin, number: number, oldest: number): void {
    while (this.#count > 1 && this.#numbers[this.#slot(1)]! <= oldest) this.#dropFirst();
    if (this.#count > 0) {
      const last = this.#slot(this.#count - 1);
      const newest = this.#places[last];
      if (newest === origin || (newest?.source === origin.source && newest.peer === origin.peer)) return;
      if (this.#numbers[last] === number) {
        // The lines that came from there were refused.
        this.#places[last] = origin;
        return;
      }
    }
    if (this.#count === this.#numbers.length) this.#makeRoom();
    const slot = this.#slot(this.#count++);
    this.#numbers[slot] = number;
    this.#places[slot] = origin;
  }

  /** Where the line of this number comes from, if that is still known. */
  of(number: number): Origin | undefined {
    const index = this.#indexOf(number);
    return index < 0 ? undefined : this.#places[this.#slot(index)];
  }

  /** Adds where the lines from `from` to before `to` come from to a list, in which the first of them has the index `at`. */
  collect(from: number, to: number, at: number, runs: OriginRun[]): void {
    let index = this.#indexOf(from);
    for (let number = from; number < to; index++) {
      const origin = index < 0 ? undefined : this.#places[this.#slot(index)];
      const last = runs.at(-1);
      if (!last || last.origin !== origin) runs.push({ from: at + number - from, origin });
      number = index + 1 < this.#count ? this.#numbers[this.#slot(index + 1)]! : to;
    }
  }

  /** The run in which a line is; -1 when nobody knows. */
  #indexOf(number: number): number {
    let low = -1;
    let high = this.#count;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#numbers[this.#slot(middle)]! <= number) low = middle;
      else high = middle;
    }
    return low;
  }

  #slot(index: number): number {
    const slot = this.#first + index;
    return slot < this.#numbers.length ? slot : slot - this.#numbers.length;
  }

  #dropFirst(): void {
    this.#places[this.#first] = undefined;
    this.#first = this.#slot(1);
    this.#count--;
  }

  #makeRoom(): void {
    const size = this.#numbers.length;
    if (size >= this.#maxRuns) {
      this.#dropFirst();
      this.forgotten++;
      return;
    }
    const numbers = new Float64Array(Math.min(size * 2, this.#maxRuns));
    const places: (Origin | undefined)[] = [];
    for (let index = 0; index < this.#count; index++) {
      numbers[index] = this.#numbers[this.#slot(index)]!;
      places.push(this.#places[this.#slot(index)]);
    }
    this.#numbers = numbers;
    this.#places = places;
    this.#first = 0;
  }
}
