/**
 * Counts lines by a key, with bounded memory: so many groups, each with a name of bounded length. Lines of groups beyond that
 * count as `other`, lines without the key as `none`, so that all counts together are always all lines.
 */
import { Buffer } from 'node:buffer';

/** The longest name of a group, in characters; lines with longer ones are one group if these begin alike. */
const MAX_NAME = 256;

/**
 * One group of lines.
 *
 * @remarks Since 0.1.0
 */
export interface Group {
  /** The value of the field, or when the span of time begins, in ms since the epoch. */
  readonly key: string | number;
  /** How many lines. */
  readonly count: number;
}

/** Counts. */
export class Groups {
  /** All lines. */
  total = 0;
  /** Lines of groups that were too many. */
  other = 0;
  /** Lines that have no such key. */
  none = 0;
  readonly #maxGroups: number;
  readonly #counts = new Map<string | number, number>();

  constructor(maxGroups: number) {
    this.#maxGroups = maxGroups;
  }

  /** Counts a line with this key; `undefined` if it has none. */
  add(key: string | number | undefined): void {
    this.total++;
    if (key === undefined) {
      this.none++;
      return;
    }
    const name = typeof key === 'string' && key.length > MAX_NAME ? `${key.slice(0, MAX_NAME)}…` : key;
    const count = this.#counts.get(name);
    if (count !== undefined) this.#counts.set(name, count + 1);
    else if (this.#counts.size >= this.#maxGroups) this.other++;
    // A copy: a part of a text keeps the whole text alive.
    else this.#counts.set(typeof name === 'string' ? Buffer.from(name).toString() : name, 1);
  }

  /** The groups in the order of time, or else the largest first, those of one size by name. */
  sorted(): Group[] {
    return Array.from(this.#counts, ([key, count]) => ({ key, count })).toSorted((a, b) =>
      typeof a.key === 'number' && typeof b.key === 'number'
        ? a.key - b.key
        : b.count - a.count || (a.key < b.key ? -1 : 1),
    );
  }
}
