/**
 * Finds lines in runs of whole lines, and copies them. Of what was looked at, bytes are counted and lines are not: that would take as
 * long as finding.
 *
 * When a line came, files do not tell. It is what the index of a log directory says; else the time that the line tells itself, or that
 * of a line before it (those of a stack trace tell none); else, in a log directory, about when it was written.
 */
import { Buffer } from 'node:buffer';
import { LINE_FEED } from '../../../core/batch.ts';
import type { ScanQuery, ScanTally } from '../../../core/search.ts';
import { eachLine } from '../../../file-search/each-line.ts';
import type { ShownLines } from '../piece.ts';
import { timeInLine } from './line-time.ts';

/** When the lines of a run came, in ms since the epoch; NaN if it is not known. */
export interface BlockTimes {
  /** Between which times they came, about. */
  readonly from: number;
  readonly to: number;
  /** When the line came that starts there, if somebody has written that down. */
  readonly receivedAt?: ((start: number) => number) | undefined;
}

/** How far back a line without a time is followed. */
const LINES_BACK = 100;

/** Finds the lines that a query asks for. */
export class BlockFinder {
  readonly #query: ScanQuery;
  readonly #tally: ScanTally;
  readonly #tellsTimes: boolean;
  #bounds = new Uint32Array(256);
  #length = 0;

  /** @param tellsTimes - whether anybody wants to know the times of lines that are found */
  constructor(query: ScanQuery, tally: ScanTally, tellsTimes: boolean) {
    this.#query = query;
    this.#tally = tally;
    this.#tellsTimes = tellsTimes;
  }

  /** The lines of a run that are wanted, copied; nothing if there are none, or if they are only counted. */
  find(block: Buffer, times: BlockTimes, file: string | undefined): ShownLines | undefined {
    const { where, countOnly } = this.#query;
    const timeOf = (start: number): number => timeAt(block, start, times);
    const add = this.#adder(timeOf);
    this.#length = 0;
    if (where) where.scan(block, (start) => ({ receivedAt: known(timeOf(start)) }), add);
    else eachLine(block, add);
    this.#tally.bytes += block.length;
    this.#tally.matched += this.#length / 2;
    return this.#length === 0 || countOnly ? undefined : this.#copy(block, timeOf, file);
  }

  #adder(timeOf: (start: number) => number): (start: number, end: number) => void {
    const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = this.#query;
    const anyTime = since === Number.NEGATIVE_INFINITY && until === Number.POSITIVE_INFINITY;
    return (start, end) => {
      if (!anyTime) {
        const time = timeOf(start);
        // Neither holds for a time that is not known.
        if (!(time >= since && time < until)) return;
      }
      if (this.#length === this.#bounds.length) {
        const larger = new Uint32Array(this.#length * 2);
        larger.set(this.#bounds);
        this.#bounds = larger;
      }
      this.#bounds[this.#length++] = start;
      this.#bounds[this.#length++] = end;
    };
  }

  /** A copy of the found lines, one behind the other. */
  #copy(block: Buffer, timeOf: (start: number) => number, file: string | undefined): ShownLines {
    const found = this.#bounds.subarray(0, this.#length);
    const bounds = new Uint32Array(found.length);
    const receivedAt = new Float64Array(found.length / 2).fill(Number.NaN);
    let size = 0;
    for (let at = 0; at < found.length; at += 2) {
      if (this.#tellsTimes) receivedAt[at / 2] = timeOf(found[at]!);
      bounds[at] = size;
      size += found[at + 1]! - found[at]!;
      bounds[at + 1] = size++;
    }
    const bytes = Buffer.allocUnsafe(size);
    let from = 0;
    for (let at = 0; at < found.length; at += 2) {
      // Neighbours are copied at once.
      if (found[at + 2] === found[at + 1]! + 1) continue;
      block.copy(bytes, bounds[from], found[from], found[at + 1]! + 1);
      from = at + 2;
    }
    return { bytes, bounds, receivedAt, ...(file !== undefined && { file }) };
  }
}

/** When the line came that starts there. */
function timeAt(block: Buffer, start: number, { from, to, receivedAt }: BlockTimes): number {
  const received = receivedAt?.(start) ?? Number.NaN;
  if (!Number.isNaN(received)) return received;
  let end = block.indexOf(LINE_FEED, start);
  for (let line = start, left = LINES_BACK; left > 0; left--) {
    const time = timeInLine(block, line, end);
    if (!Number.isNaN(time)) return time;
    if (line === 0) break;
    end = line - 1;
    line = end === 0 ? 0 : block.lastIndexOf(LINE_FEED, end - 1) + 1;
  }
  return from === to ? to : Math.floor(from + ((to - from) * start) / block.length);
}

function known(time: number): number | undefined {
  return Number.isNaN(time) ? undefined : time;
}
