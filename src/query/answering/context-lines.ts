/**
 * Lines around those that match, as `grep -A -B -C` shows them. All lines go by; of those that did not match the last few are kept,
 * in case the next one does.
 *
 * Invariants: each line comes out at most once, in order; what is kept is at most `before` lines.
 */
import { Buffer } from 'node:buffer';
import type { LineCondition } from '../../core/line-condition.ts';
import type { FoundLines, OriginRun } from '../../core/search.ts';
import { lengthOf, originReader } from './pieces.ts';

/** How many lines around a match. */
export interface ContextSize {
  readonly before: number;
  readonly after: number;
}

/** Lines that match, and lines around them. */
export interface LinesInContext extends FoundLines {
  /** 1 for each line that did not match. */
  readonly isContext: Uint8Array;
  /** 1 for each line before which lines were left out, and that is not the first of all. */
  readonly isGap: Uint8Array;
}

/** Picks out lines that match, and those around them. */
export class ContextPicker {
  readonly #where: LineCondition | undefined;
  readonly #size: ContextSize;
  /** The lines before those that come next, copied: they were not given out. */
  #kept: FoundLines | undefined;
  /** How many lines are still wanted behind a match. */
  #wanted = 0;
  /** Whether lines were left out since the last one that was given out, before those that are kept. */
  #leftOut = false;
  #hasBegun = false;

  /** @param where - what a line must meet; nothing: every line matches */
  constructor(where: LineCondition | undefined, size: ContextSize) {
    this.#where = where;
    this.#size = size;
  }

  /** Lines that lie next to each other in `lines`, which come behind those before; answers what is to be given out now. */
  pick<Lines extends FoundLines>(lines: Lines): (Lines & LinesInContext)[] {
    const length = lengthOf(lines);
    const keptLength = this.#kept ? lengthOf(this.#kept) : 0;
    const fromKept = new Choice();
    const chosen = new Choice();
    const matches = this.#mark(lines);
    let next = -keptLength;
    const give = (index: number, isContext: boolean): void => {
      const gap = this.#leftOut && this.#hasBegun;
      if (index < 0) fromKept.add(index + keptLength, isContext, gap);
      else chosen.add(index, isContext, gap);
      this.#hasBegun = true;
      this.#leftOut = false;
      next = index + 1;
    };
    for (let index = 0; index < length; index++) {
      if (matches[index] === 1) {
        const first = Math.max(next, index - this.#size.before);
        if (first > next) this.#leftOut = true;
        for (let before = first; before < index; before++) give(before, true);
        give(index, false);
        this.#wanted = this.#size.after;
      } else if (this.#wanted > 0) {
        this.#wanted--;
        give(index, true);
      }
    }
    const given: (Lines & LinesInContext)[] = [];
    if (fromKept.length > 0) given.push({ ...lines, ...fromKept.of(this.#kept!) });
    if (chosen.length > 0) given.push({ ...lines, ...chosen.of(lines) });
    this.#keep(lines, next);
    return given;
  }

  /** Says that what comes next does not stand behind what came before: another file. */
  cut(): void {
    this.#kept = undefined;
    this.#wanted = 0;
    this.#leftOut = true;
  }

  #mark(lines: FoundLines): Uint8Array {
    const { bytes, bounds, receivedAt } = lines;
    const length = lengthOf(lines);
    const marks = new Uint8Array(length);
    if (!this.#where) return marks.fill(1);
    if (length === 0) return marks;
    const base = bounds[0]!;
    const starts = new Uint32Array(length);
    for (let index = 0; index < length; index++) starts[index] = bounds[index * 2]! - base;
    const originOf = originReader(lines);
    let line = 0;
    const factsOf = (start: number) => {
      while (line + 1 < length && starts[line + 1]! <= start) line++;
      const time = receivedAt[line]!;
      return { ...originOf(line), receivedAt: Number.isNaN(time) ? undefined : time };
    };
    const whole = bytes.subarray(base, bounds[length * 2 - 1]! + 1);
    this.#where.scan(whole, factsOf, (_start, _end, index) => void (marks[index] = 1), starts);
    return marks;
  }

  /** Copies the last lines from `next` on: they may be wanted. */
  #keep(lines: FoundLines, next: number): void {
    const length = lengthOf(lines);
    const keptLength = this.#kept ? lengthOf(this.#kept) : 0;
    const first = Math.max(next, length - this.#size.before);
    if (first > next) this.#leftOut = true;
    const parts: FoundLines[] = [];
    if (first < 0) parts.push(copyLines(this.#kept!, first + keptLength, keptLength));
    if (Math.max(first, 0) < length) parts.push(copyLines(lines, Math.max(first, 0), length));
    this.#kept = parts.length === 2 ? join(parts[0]!, parts[1]!) : parts[0];
  }
}

/** Lines of a piece that are given out. */
class Choice {
  readonly #indexes: number[] = [];
  readonly #isContext: number[] = [];
  readonly #isGap: number[] = [];

  get length(): number {
    return this.#indexes.length;
  }

  add(index: number, isContext: boolean, isGap: boolean): void {
    this.#indexes.push(index);
    this.#isContext.push(isContext ? 1 : 0);
    this.#isGap.push(isGap ? 1 : 0);
  }

  of(lines: FoundLines): LinesInContext {
    const { bytes, bounds, receivedAt } = lines;
    const originOf = originReader(lines);
    const origins: OriginRun[] = [];
    const ownBounds = new Uint32Array(this.length * 2);
    this.#indexes.forEach((index, at) => {
      ownBounds[at * 2] = bounds[index * 2]!;
      ownBounds[at * 2 + 1] = bounds[index * 2 + 1]!;
      const origin = originOf(index);
      if (origins.at(-1)?.origin !== origin || at === 0) origins.push({ from: at, origin });
    });
    return {
      bytes,
      bounds: ownBounds,
      receivedAt: Float64Array.from(this.#indexes, (index) => receivedAt[index]!),
      origins,
      isContext: Uint8Array.from(this.#isContext),
      isGap: Uint8Array.from(this.#isGap),
    };
  }
}

function copyLines(lines: FoundLines, from: number, to: number): FoundLines {
  const { bytes, bounds, receivedAt } = lines;
  const base = bounds[from * 2]!;
  const originOf = originReader(lines);
  return {
    bytes: Buffer.from(bytes.subarray(base, bounds[to * 2 - 1]! + 1)),
    bounds: bounds.slice(from * 2, to * 2).map((bound) => bound - base),
    receivedAt: receivedAt.slice(from, to),
    origins: Array.from({ length: to - from }, (_, index) => ({
      from: index,
      origin: originOf(from + index),
    })),
  };
}

function join(first: FoundLines, second: FoundLines): FoundLines {
  const shift = first.bytes.length;
  return {
    bytes: Buffer.concat([first.bytes, second.bytes]),
    bounds: Uint32Array.from([...first.bounds, ...second.bounds.map((bound) => bound + shift)]),
    receivedAt: Float64Array.from([...first.receivedAt, ...second.receivedAt]),
    origins: [
      ...(first.origins ?? []),
      ...(second.origins ?? []).map(({ from, origin }) => ({ from: from + lengthOf(first), origin })),
    ],
  };
}
