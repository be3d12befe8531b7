/**
 * Where lines stand in what a pipeline has let out, so that a search in several places finds each line once: a sink that keeps
 * lines on a disk says through where it has stored, and of another place only what follows is taken.
 */

/**
 * The way out of one pipeline. It is told from others by itself, not by its name.
 *
 * @remarks Since 0.1.0
 */
export interface Passage {
  /** The name of the pipeline. */
  readonly pipeline: string;
}

/**
 * Where the lines of a batch stand: neighbours, counted from the start of the passage.
 *
 * @remarks Since 0.1.0
 */
export interface Position {
  /** The way out that they took. */
  readonly passage: Passage;
  /** The number of the first line. */
  readonly first: number;
}

/**
 * Through where each passage is stored: the number behind the last line. It is never changed.
 *
 * @remarks Since 0.1.0
 */
export type Through = ReadonlyMap<Passage, number>;

export const NOTHING_STORED: Through = new Map();

/** Through where each passage is stored, while more is being stored. */
export class Storing {
  readonly #ends: Map<Passage, number>;
  /** What {@link through} has answered, as long as it is true. */
  #through: Through | undefined;

  constructor(through: Through) {
    this.#ends = new Map(through);
    this.#through = through;
  }

  /** As it is now. */
  get through(): Through {
    return (this.#through ??= new Map(this.#ends));
  }

  /** The first `lines` lines of a batch at this position were stored. */
  advance({ passage, first }: Position, lines: number): void {
    const end = first + lines;
    if (lines === 0 || (this.#ends.get(passage) ?? 0) >= end) return;
    this.#ends.set(passage, end);
    this.#through = undefined;
  }

  /** What is stored elsewhere through there was stored here, too. */
  join(through: Through): void {
    for (const [passage, end] of through) this.advance({ passage, first: 0 }, end);
  }
}
