/**
 * The ring's memory: the newest lines, byte for byte, in one buffer.
 *
 * Layout. Each line is followed by a line feed, and neighbouring lines lie next to each other, so that a batch is copied in
 * as a whole and a search sweeps over many lines at once. The lines form at most two runs:
 *
 *     one run      0 ...... tail [ oldest ... newest ] head ....................... boundary ..... capacity
 *     two runs     0 [ newer run ] head ....... tail [ older run ] tailEnd (>= boundary) ......... capacity
 *
 * A line is never split. A line that begins before the boundary ends where it ends: behind the boundary there is a margin
 * for that, and the next line begins at 0. The older run therefore always reaches the boundary, no gap takes room from
 * the lines, and the arena keeps exactly the longest series of newest lines that its limits allow. (Proof for the last
 * boundary, `maxBytes`: of two runs, `tailEnd - tail + head + size <= maxBytes <= tailEnd` gives `head + size <= tail`.)
 *
 * Memory. Neither the buffer nor the index is written before it is used, and memory that was never written is not
 * resident. The boundary begins low and grows by a quarter, up to `maxBytes`, only when lines need the room: a ring that is
 * limited by its lines takes 1.3 to 1.7 times their bytes and stays in the processor's caches if they fit there. For each
 * line the index holds where it starts (4 bytes) and when it was received (8 bytes); where it ends follows from where the
 * next one starts. Two things move lines, both of them rare: there are two runs and the room between them is used up, so
 * that the boundary grows and the older run moves up to it (never again once the boundary is at `maxBytes`); or a line that
 * is longer than the margin does not fit behind the boundary, so that the lines move down to 0.
 *
 * Invariants: `byteLength <= maxBytes`, `length <= maxLines`; `start(i) < boundary <= maxBytes <= 2^32`; receive times never
 * decrease; lines taken in = `length + overwritten`. The lines are numbered in the order they came, from 0 on: line 0 of
 * the arena, the oldest, has the number `overwritten`.
 */
import { Buffer } from 'node:buffer';
import type { Batch } from '../../core/batch.ts';
import { lineAt } from '../../core/line-at.ts';
import { Origins } from './origins.ts';
import type { Span } from './span.ts';

const MiB = 2 ** 20;

/** The most bytes an arena can have: a start must fit into 32 bits. */
export const MAX_ARENA_BYTES = 2 ** 32;

/** The longest line with its line feed, if the arena is large enough. `Buffer.indexOf` works only up to 2 GiB. */
const MAX_LINE_BYTES = 2 ** 30;

/** The most runs of lines from one place that are remembered: 4 MB. */
const MAX_ORIGIN_RUNS = 2 ** 18;

const NONE: readonly number[] = [];

/** What an arena can hold. */
export interface ArenaLimits {
  readonly maxLines: number;
  /** With a line feed a line; at most 4 GiB. */
  readonly maxBytes: number;
}

/** What tests change, to force rare cases. */
export interface ArenaTuning {
  /** Where the boundary begins, in bytes. @defaultValue 1 MiB */
  readonly firstBoundary?: number;
  /** How much longer than `maxBytes` the buffer is. @defaultValue 16 MiB, or `maxBytes` if that is less */
  readonly margin?: number;
}

/** Keeps the newest lines. */
export class Arena {
  readonly maxBytes: number;
  /** The longest line it takes, in bytes with its line feed. */
  readonly maxLineBytes: number;
  /** How many lines have made room for newer ones; the number of the oldest line. */
  overwritten = 0;
  /** Where the lines come from, by their number. */
  readonly origins: Origins;

  readonly #bytes: Buffer;
  /** The index, a ring: the oldest line's entry is at `#slot`. */
  readonly #starts: Uint32Array;
  readonly #times: Float64Array;
  readonly #slots: number;
  #slot = 0;
  #length = 0;
  /** How many of the lines lie in the older of two runs; 0 when there is one run. */
  #older = 0;
  #boundary: number;
  #tail = 0;
  #tailEnd = 0;
  #head = 0;
  #newestTime = Number.NEGATIVE_INFINITY;

  /** @throws RangeError when the machine does not have so much address space */
  constructor({ maxLines, maxBytes }: ArenaLimits, tuning: ArenaTuning = {}) {
    const { firstBoundary = MiB, margin = 16 * MiB } = tuning;
    this.maxBytes = maxBytes;
    this.maxLineBytes = Math.min(maxBytes, MAX_LINE_BYTES);
    // Each line takes at least a byte, its line feed.
    this.#slots = Math.min(maxLines, maxBytes);
    this.origins = new Origins(Math.min(this.#slots, MAX_ORIGIN_RUNS));
    this.#bytes = Buffer.allocUnsafeSlow(maxBytes + Math.min(margin, maxBytes));
    this.#starts = new Uint32Array(this.#slots);
    this.#times = new Float64Array(this.#slots);
    this.#boundary = Math.min(firstBoundary, maxBytes);
  }

  /** How many lines it holds. */
  get length(): number {
    return this.#length;
  }

  /** When the newest line was received, in ms since the epoch. */
  get newestTime(): number {
    return this.#newestTime;
  }

  /** The bytes of its lines, with a line feed each. */
  get byteLength(): number {
    return this.#bytesFrom(0);
  }

  /**
   * Some neighbouring lines: from line `from` on, before line `to`, and `maxBytes` at most, but always one line.
   * It may end earlier, where lines do not lie next to each other. Line 0 is the oldest.
   */
  span(from: number, to: number, maxBytes: number): Span {
    const slot = this.#slotOf(from);
    const inOneRun = from < this.#older ? this.#older : this.#length;
    let lines = Math.min(to, inOneRun, from + this.#slots - slot) - from;
    const first = this.#starts[slot]!;
    if (this.#end(from + lines - 1) >= first + maxBytes) {
      // The lines before the one in which the limit lies end within it.
      const starts = this.#starts.subarray(slot, slot + lines);
      lines = Math.max(1, lineAt(starts, first + maxBytes, 0, lines));
    }
    return this.#spanOf(from, slot, lines);
  }

  /**
   * Some neighbouring lines: those before line `to`, from line `from` on at the earliest, and `maxBytes` at most, but always
   * one line. It may begin later, where lines do not lie next to each other.
   */
  spanBefore(to: number, from: number, maxBytes: number): Span {
    const last = this.#slotOf(to - 1);
    const runFrom = to > this.#older ? this.#older : 0;
    const first = Math.max(from, runFrom, to - 1 - last);
    const slot = this.#slotOf(first);
    const starts = this.#starts.subarray(slot, slot + to - first);
    const earliest = this.#end(to - 1) + 1 - maxBytes;
    let skipped = 0;
    if (starts[0]! < earliest) {
      const holding = lineAt(starts, earliest, 0, to - first);
      skipped = Math.min(starts[holding]! < earliest ? holding + 1 : holding, to - first - 1);
    }
    return this.#spanOf(first + skipped, slot + skipped, to - first - skipped);
  }

  #spanOf(from: number, slot: number, lines: number): Span {
    return {
      number: this.overwritten + from,
      bytes: this.#bytes.subarray(this.#starts[slot], this.#end(from + lines - 1) + 1),
      starts: this.#starts.subarray(slot, slot + lines),
      times: this.#times.subarray(slot, slot + lines),
    };
  }

  /** The first line that was received at `time` or later; `length` when there is none. */
  firstSince(time: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      if (this.#times[this.#slotOf(middle)]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes in the lines of a batch and lets the oldest go for them; answers the indexes of those that are too long. */
  push(batch: Batch): readonly number[] {
    const { bytes, bounds, length } = batch;
    if (batch.receivedAt > this.#newestTime) this.#newestTime = batch.receivedAt;
    this.origins.add(batch.origin, this.overwritten + this.#length, this.overwritten);
    let tooLong: number[] | undefined;
    let from = 0;
    while (from < length) {
      this.#turn();
      const to = this.#fitting(bounds, from);
      if (to > from) {
        this.#append(bytes, bounds, from, to);
        from = to;
      } else {
        tooLong ??= [];
        tooLong.push(from++);
      }
    }
    return tooLong ?? NONE;
  }

  /** Lets all lines go; they count as overwritten. */
  clear(): void {
    this.#drop(this.#length);
  }

  #slotOf(index: number): number {
    const slot = this.#slot + index;
    return slot < this.#slots ? slot : slot - this.#slots;
  }

  #start(index: number): number {
    return this.#starts[this.#slotOf(index)]!;
  }

  /** Where the line feed of a line stands. */
  #end(index: number): number {
    const next = index + 1;
    if (next === this.#older) return this.#tailEnd - 1;
    return (next === this.#length ? this.#head : this.#start(next)) - 1;
  }

  /** Begins a new run when the newest one has reached the boundary, or raises the boundary when that gives more room. */
  #turn(): void {
    if (this.#older > 0 || this.#head < this.#boundary) return;
    // Turning with little room in front would soon mean to move the older run.
    if (this.#tail < this.#boundary / 4) {
      while (this.#boundary <= this.#head && this.#boundary < this.maxBytes) this.#raise();
      if (this.#head < this.#boundary) return;
    }
    this.#older = this.#length;
    this.#tailEnd = this.#head;
    this.#head = 0;
  }

  #raise(): void {
    this.#boundary = Math.min(Math.ceil(this.#boundary * 1.25), this.maxBytes);
  }

  /** The end of the longest series of lines from `from` on that can be copied at once. */
  #fitting(bounds: Uint32Array, from: number): number {
    const last = Math.min(bounds.length, (from + this.#slots) * 2);
    const first = bounds[from * 2]!;
    const lastStart = first + this.#boundary - this.#head;
    const lastEnd = first + this.maxLineBytes;
    let at = from * 2;
    let next = first;
    while (at < last && bounds[at] === next && next < lastStart) {
      next = bounds[at + 1]! + 1;
      if (next > lastEnd) break;
      at += 2;
    }
    return at / 2;
  }

  #append(bytes: Buffer, bounds: Uint32Array, from: number, to: number): void {
    const first = bounds[from * 2]!;
    const behind = bounds[to * 2 - 1]! + 1;
    const lines = to - from;
    this.#evict(lines, behind - first);
    this.#makeRoom(behind - first);
    this.#bytes.set(bytes.subarray(first, behind), this.#head);
    const slot = (this.#slot + this.#length) % this.#slots;
    const untilEnd = Math.min(lines, this.#slots - slot);
    const shift = this.#head - first;
    this.#enter(slot, bounds, from, from + untilEnd, shift);
    if (untilEnd < lines) this.#enter(0, bounds, from + untilEnd, to, shift);
    this.#head += behind - first;
    this.#length += lines;
  }

  #enter(slot: number, bounds: Uint32Array, from: number, to: number, shift: number): void {
    const starts = this.#starts;
    this.#times.fill(this.#newestTime, slot, slot + to - from);
    for (let at = from * 2; at < to * 2; at += 2) starts[slot++] = bounds[at]! + shift;
  }

  /** Lets as many of the oldest lines go as it takes for new ones. */
  #evict(lines: number, size: number): void {
    let count = Math.max(0, this.#length + lines - this.#slots);
    while (count < this.#length && this.#bytesFrom(count) > this.maxBytes - size) count++;
    if (count > 0) this.#drop(count);
  }

  #bytesFrom(index: number): number {
    if (index === this.#length) return 0;
    return (index < this.#older ? this.#tailEnd - this.#start(index) : -this.#start(index)) + this.#head;
  }

  #drop(count: number): void {
    this.overwritten += count;
    this.#length -= count;
    this.#older = Math.max(0, this.#older - count);
    this.#slot += count;
    if (this.#slot >= this.#slots) this.#slot -= this.#slots;
    if (this.#length === 0) this.#head = 0;
    this.#tail = this.#length === 0 ? 0 : this.#start(0);
  }

  /** Moves lines if there is no room for `size` bytes at the head. */
  #makeRoom(size: number): void {
    if (this.#older === 0) {
      if (this.#head + size <= this.#bytes.length) return;
      this.#move(this.#head, this.#length, -this.#tail);
      this.#head -= this.#tail;
      this.#tail = 0;
    } else if (this.#head + size > this.#tail) {
      let by = 0;
      while (this.#head + size > this.#tail + by && this.#boundary < this.maxBytes) {
        this.#raise();
        by = Math.max(0, this.#boundary - this.#tailEnd);
      }
      this.#move(this.#tailEnd, this.#older, by);
      this.#tail += by;
      this.#tailEnd += by;
    }
  }

  /** Moves the run that begins at the tail, `lines` lines up to `end`, by so many bytes. */
  #move(end: number, lines: number, by: number): void {
    this.#bytes.copyWithin(this.#tail + by, this.#tail, end);
    for (let index = 0; index < lines; index++) this.#starts[this.#slotOf(index)]! += by;
  }
}
