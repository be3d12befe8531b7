/**
 * How far the lines of a spill have come, as numbers of lines (frame.ts).
 *
 *     settled   before it all is settled
 *     next      up to it lines were read, or handed out before they were written
 *     end       up to it they are on the disk
 *     given     up to it numbers were given out
 *
 * Invariants: settled <= next <= end <= given. What was handed out and is not settled lies between `settled` and `next`; what
 * was lost behind the last batch that was handed out is settled with it.
 */

/** A batch that was handed out. */
export interface Handed {
  /** The number behind its last line, and behind what was dropped after it. */
  end: number;
  readonly segment: number;
}

export class Positions {
  #settled: number;
  #next: number;
  #end: number;
  #given: number;
  readonly #handed: Handed[] = [];

  /** @param settled - Where the lines begin that were there at the start. */
  constructor(settled: number, end: number) {
    this.#settled = settled;
    this.#next = settled;
    this.#end = end;
    this.#given = end;
  }

  get settled(): number {
    return this.#settled;
  }

  get next(): number {
    return this.#next;
  }

  get end(): number {
    return this.#end;
  }

  /** Lines that can be read. */
  get unread(): number {
    return this.#end - this.#next;
  }

  /** Lines that are not settled. */
  get waiting(): number {
    return this.#end - this.#settled;
  }

  /** Whether something is handed out and not settled. */
  get isHanded(): boolean {
    return this.#handed.length > 0;
  }

  /** The segment of the oldest batch that is handed out. */
  get oldestHanded(): number | undefined {
    return this.#handed[0]?.segment;
  }

  /** The number behind the first `batches` of what is handed out. */
  endOfHanded(batches: number): number | undefined {
    return this.#handed[batches - 1]?.end;
  }

  /** Gives numbers to so many lines; answers the first. */
  give(lines: number): number {
    const first = this.#given;
    this.#given += lines;
    return first;
  }

  /** Says that lines that have numbers are on the disk. */
  written(first: number, lines: number): void {
    // Numbers before it that were given up are nobody's.
    if (this.waiting === 0) this.#settled = this.#next = first;
    this.#end = first + lines;
  }

  /** Says that batches were handed out, and up to where that is everything. */
  handOut(batches: readonly Handed[], next: number): void {
    this.#handed.push(...batches);
    this.#next = next;
    this.#settleLost();
  }

  /** Says that the next `batches` batches that were handed out are settled. */
  settle(batches: number): void {
    const settled = this.#handed.splice(0, batches);
    this.#settled = settled.at(-1)?.end ?? this.#settled;
    this.#settleLost();
  }

  /** Lets go of so many lines that were not read, as part of what was handed out before them. */
  drop(lines: number): void {
    this.#next += lines;
    const lastHanded = this.#handed.at(-1);
    if (lastHanded) lastHanded.end = this.#next;
    this.#settleLost();
  }

  /** Gives up the numbers that were given out. Only where nothing waits. */
  giveUp(): void {
    this.#settled = this.#next = this.#end = this.#given;
  }

  #settleLost(): void {
    if (this.#handed.length === 0) this.#settled = this.#next;
  }
}
