/**
 * Sees what becomes of the files of one sink while it runs: hashes sealed files as soon as they are there, and keeps the
 * evidence of what it does itself, as somebody from outside: moving, deleting and cutting short `current.log`.
 *
 * Nothing here asks the collector anything.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { decode, type Suffix, wholeLength } from './decode.ts';
import { isBeginning, toLine } from './line.ts';
import { countLines, firstFrame, hashOf, keysOf, splitLines } from './read-lines.ts';

const ARCHIVE = /^log-\d{8}-\d{6}-(\d{6,})(\.log(?:\.gz|\.zst)?)$/;
const SLOW = /^out-(\d{6})\.log$/;

/** A file with lines, and where it stands in the order. */
interface Piece {
  readonly path: string;
  readonly inode: string;
  readonly order: number;
}

interface Moved {
  readonly path: string;
  readonly after: number;
  readonly placed: boolean;
}

/** What somebody took away: a deleted file that is still open here, or a copy of what was cut off. */
interface Taken {
  /** What was in it when it was taken away. */
  readonly before: () => Buffer;
  /** What was written to it until that was noticed, and must be written again then. */
  readonly since: () => Buffer;
  /** The number of the newest archive at that moment: what was written again stands in later files. */
  readonly after: number;
  /** Known at the end of the life: whether the process may have ended without noticing, and how many lines are nowhere else. */
  settled: { readonly unnoticed: boolean; readonly alone: number } | undefined;
  readonly close: () => void;
}

export class Witness {
  readonly directory: string;
  readonly run: string;
  /** What its files end in. */
  readonly suffix: Suffix;
  readonly #hashes = new Map<string, string>();
  readonly #moved: Moved[] = [];
  readonly #taken: Taken[] = [];
  readonly #counted = new Map<string, number>();
  #torn = 0;

  constructor(directory: string, run: string, suffix: Suffix = '.log') {
    this.directory = directory;
    this.run = run;
    this.suffix = suffix;
  }

  get #current(): string {
    return join(this.directory, `current${this.suffix}`);
  }

  /** Hashes what was sealed since. */
  observe(): void {
    for (const { name } of this.#archives()) {
      if (!this.#hashes.has(name)) this.#hashes.set(name, hashOf(join(this.directory, name)));
    }
  }

  /** Sealed files that have changed since they were first seen, or that are gone. */
  changed(): string[] {
    return [...this.#hashes].flatMap(([name, hash]) => {
      const path = join(this.directory, name);
      if (!existsSync(path)) return [`${name} is gone`];
      return hashOf(path) === hash ? [] : [`${name} has changed`];
    });
  }

  get sealed(): number {
    return this.#hashes.size;
  }

  /** Moves `current.log` away, as logrotate does. Answers whether there was one. */
  moveCurrent(): boolean {
    const current = this.#current;
    const path = join(this.directory, `moved-${this.#moved.length + 1}${this.suffix}`);
    const before = this.#lastSequence();
    try {
      renameSync(current, path);
    } catch {
      return false;
    }
    this.#moved.push({ path, after: before, placed: this.#lastSequence() === before });
    return true;
  }

  /**
   * Deletes `current.log`; what is written to it until that is noticed is seen here all the same. The collector must be frozen, so
   * that it is clear what was written before.
   */
  deleteCurrent(): boolean {
    const path = this.#current;
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
    } catch {
      return false;
    }
    try {
      unlinkSync(path);
    } catch {
      closeSync(descriptor);
      return false;
    }
    if (fstatSync(descriptor).nlink > 0) {
      // It was being sealed: only a name is gone.
      closeSync(descriptor);
      return false;
    }
    const read = (from: number): Buffer => {
      const bytes = Buffer.alloc(Math.max(0, fstatSync(descriptor).size - from));
      return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, from));
    };
    // What was being written may be cut off again.
    const there = read(0);
    const size = wholeLength(there, this.suffix);
    this.#taken.push({
      before: () => decode(there.subarray(0, size), this.suffix),
      since: () => decode(read(size), this.suffix),
      after: this.#lastSequence(),
      settled: undefined,
      close: () => closeSync(descriptor),
    });
    return true;
  }

  /** Empties `current.log`. The collector must be frozen, so that nothing comes between the copy and the cut. */
  truncateCurrent(): boolean {
    const path = this.#current;
    try {
      if (statSync(path).nlink > 1) return false;
      const copy = readFileSync(path);
      if (copy.length === 0) return false;
      truncateSync(path, 0);
      this.#taken.push({
        before: () => decode(copy, this.suffix),
        since: () => Buffer.alloc(0),
        after: this.#lastSequence(),
        settled: undefined,
        close: () => {},
      });
      return true;
    } catch {
      return false;
    }
  }

  /** Leaves half a line at the end of `current.log`, as a write does that was cut off. The process must be dead. */
  tear(): boolean {
    const path = this.#current;
    if (!existsSync(path) || statSync(path).nlink > 1) return false;
    try {
      const whole =
        this.suffix === '.log' ? toLine(this.run, 0, 0) : firstFrame(readFileSync(path), this.suffix);
      if (!whole) return false;
      appendFileSync(path, whole.subarray(0, Math.floor(whole.length / 2)));
    } catch {
      return false; // The disk is full.
    }
    this.#torn++;
    return true;
  }

  /** All lines that the sink has stored up to now: in files, or taken away. The process must be dead; `killed` says how it ended. */
  countStored(killed: boolean): number {
    let lines = 0;
    for (const { path, inode, order } of this.#pieces()) {
      const isSealed =
        order < Number.POSITIVE_INFINITY && ARCHIVE.test(path.slice(this.directory.length + 1));
      const known = isSealed ? this.#counted.get(inode) : undefined;
      const count = known ?? countLines(this.#read(path));
      if (isSealed) this.#counted.set(inode, count);
      lines += count;
    }
    for (const [index, taken] of this.#taken.entries()) {
      taken.settled ??= { unnoticed: killed, alone: this.#countAlone(taken, index, killed) };
      lines += taken.settled.alone;
    }
    return lines;
  }

  /** Whether it is known of every file where it stands in the order: nothing was sealed while one was moved away. */
  get isOrdered(): boolean {
    return this.#moved.every(({ placed }) => placed);
  }

  /** Every line of the files, in order. */
  *lines(): Generator<{ line: Buffer; ended: boolean; path: string }> {
    for (const { path } of this.#pieces()) {
      for (const { line, ended } of splitLines(this.#read(path))) yield { line, ended, path };
    }
  }

  /** Every line that somebody took away. */
  *takenLines(): Generator<Buffer> {
    for (const { before, since, settled } of this.#taken) {
      const bytes = settled?.unnoticed ? Buffer.concat([before(), since()]) : before();
      for (const { line, ended } of splitLines(bytes)) if (ended) yield line;
    }
  }

  /** The torn tails that were moved apart: how many, how many there must be, those that are no beginning of a line that was sent. */
  torn(): { count: number; made: number; strange: string[] } {
    const names = this.#names().filter((name) => /^torn-.*\.part$/.test(name));
    // Of a frame that is torn nobody can say more than that.
    const strange = names.filter(
      (name) => this.suffix === '.log' && !isBeginning(this.run, readFileSync(join(this.directory, name))),
    );
    return { count: names.length, made: this.#torn, strange };
  }

  close(): void {
    for (const taken of this.#taken) taken.close();
  }

  #read(path: string): Buffer {
    return decode(readFileSync(path), this.suffix);
  }

  /** How many lines that were taken away are in no file, nor among what was taken away before. */
  #countAlone(taken: Taken, index: number, killed: boolean): number {
    const keys = new Set(keysOf(taken.before()));
    if (killed) for (const key of keysOf(taken.since())) keys.add(key);
    for (const { path, order } of this.#pieces()) {
      if (order > taken.after) for (const key of keysOf(this.#read(path))) keys.delete(key);
    }
    for (const earlier of this.#taken.slice(0, index)) {
      for (const key of keysOf(earlier.before())) keys.delete(key);
    }
    return keys.size;
  }

  /** The files with lines, in order. A file with two names is one. */
  #pieces(): Piece[] {
    const pieces: Piece[] = [];
    const add = (path: string, order: number): void => {
      const { dev, ino } = statSync(path);
      pieces.push({ path, inode: `${dev}:${ino}`, order });
    };
    for (const { name, sequence } of this.#archives()) add(join(this.directory, name), sequence);
    for (const [index, { path, after }] of this.#moved.entries()) {
      if (existsSync(path)) add(path, after + 0.5 + index / 1e6);
    }
    for (const name of this.#names()) {
      const match = SLOW.exec(name);
      if (match) add(join(this.directory, name), Number(match[1]));
    }
    const current = this.#current;
    if (existsSync(current)) add(current, Number.POSITIVE_INFINITY);
    const seen = new Set<string>();
    return pieces
      .filter(({ inode }) => !seen.has(inode) && seen.add(inode))
      .toSorted((a, b) => (a.order === b.order ? 0 : a.order - b.order));
  }

  #archives(): { name: string; sequence: number }[] {
    return this.#names().flatMap((name) => {
      const match = ARCHIVE.exec(name);
      return match?.[2] === this.suffix ? [{ name, sequence: Number(match[1]) }] : [];
    });
  }

  #lastSequence(): number {
    return Math.max(0, ...this.#archives().map(({ sequence }) => sequence));
  }

  #names(): string[] {
    try {
      return readdirSync(this.directory);
    } catch {
      return [];
    }
  }
}
