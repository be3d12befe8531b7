/**
 * Finds lines in one file. It runs where nothing else waits: in a thread of its own (scan-thread.ts), or in a program that does
 * nothing else meanwhile.
 *
 * Times. A block of the index (core/log-directory/time-index.ts) says between which times its lines were received. Blocks outside
 * of what is asked for are passed over; of those that lie across a border every line is taken that would match at any of the times
 * that it may have. So what is found by time may be a little more than was asked for, and is never less. A line is given the time
 * that it has if its block's lines came evenly.
 *
 * From the end of a compressed file nothing can be read: for `newest` it is read forwards, and what was found is turned round; if
 * that is more than TURNED_BYTES, it is read again for what was found before.
 */
import type { Buffer } from 'node:buffer';
import { LINE_FEED } from '../core/batch.ts';
import { decompress, mostOf } from '../core/compressed/decompress.ts';
import type { LineCondition, LineFacts } from '../core/line-condition.ts';
import type { ScanTally } from '../core/search.ts';
import { eachLine } from './each-line.ts';
import type { FileQuery, FileToScan } from './file-to-scan.ts';
import { Gathering, type LinesOfFile } from './found-lines.ts';
import { frameRuns, holdsFrames, type TimedFrame } from './frames.ts';
import {
  type Range,
  type Readable,
  type Run,
  runsBackward,
  runsForward,
  runsOfPieces,
} from './raw-blocks.ts';
import { Times } from './times.ts';

/** How much found of a compressed file is kept to be turned round. */
const TURNED_BYTES = 32 * 2 ** 20;

export interface ScanInit {
  readonly condition: LineCondition | undefined;
  readonly query: FileQuery;
  readonly tally: ScanTally;
  readonly warn: (message: string) => void;
}

/** The lines that are found in a file, piece by piece. Fails if it cannot be read. */
export async function* scanFile(
  file: Readable,
  target: FileToScan,
  init: ScanInit,
): AsyncGenerator<LinesOfFile> {
  const scan = new Scan(target, init);
  if (scan.times.isOutside) return;
  if (await holdsFramesOnly(file, target)) yield* scan.frames(file);
  else if (target.compression) yield* scan.compressed(file);
  else yield* scan.plain(file);
}

/** Whether it is a file of frames. */
async function holdsFramesOnly(file: Readable, target: FileToScan): Promise<boolean> {
  const { compression: kind, size, frames = false } = target;
  return kind !== undefined && holdsFrames(file, { kind, size }, frames);
}

class Scan {
  times: Times;
  readonly #target: FileToScan;
  readonly #init: ScanInit;
  #tally: ScanTally;
  readonly #found = new Gathering();
  /** When a line was received of which no more is known; NaN if that is not known either. */
  #about = Number.NaN;
  /** Of a run: where found lines begin and end. */
  readonly #places: number[] = [];

  constructor(target: FileToScan, init: ScanInit) {
    this.#target = target;
    this.#init = init;
    this.#tally = init.tally;
    const { since, until } = init.query;
    this.times = new Times(target.blocks, { since, until });
  }

  async *plain(file: Readable): AsyncGenerator<LinesOfFile> {
    const { order, readBytes } = this.#init.query;
    const newest = order === 'newest';
    const ranges: Range[] = this.times.rangesWithin(this.#target.size);
    for (const range of newest ? ranges.toReversed() : ranges) {
      for await (const run of newest
        ? runsBackward(file, range, { readBytes })
        : runsForward(file, range, { readBytes })) {
        yield* this.#search(run);
      }
    }
    yield* this.#give(true);
  }

  /** Each frame is looked at on its own, with times of its own. */
  async *frames(file: Readable): AsyncGenerator<LinesOfFile> {
    const { query, warn } = this.#init;
    const { since, until, order } = query;
    const { compression, size, blocks } = this.#target;
    const init = {
      kind: compression!,
      size,
      blocks,
      between: { since, until },
      mayBlock: query.mayBlock ?? false,
      damaged: (offset: number, why: string) => warn(`damaged at offset ${offset}: ${why}`),
    };
    let frame: TimedFrame | undefined;
    for await (const run of frameRuns(file, init, order)) {
      if (run.frame !== frame) {
        frame = run.frame;
        const { rawLength: end, lines, oldest, newest } = frame;
        this.times = new Times([{ end, lines, oldest, newest }], { since, until });
        this.#about = newest;
      }
      yield* this.#search(run);
    }
    yield* this.#give(true);
  }

  async *compressed(file: Readable): AsyncGenerator<LinesOfFile> {
    if (this.#init.query.order !== 'newest') {
      for await (const run of this.#runs(file, this.#init.warn)) yield* this.#search(run);
      yield* this.#give(true);
      return;
    }
    /** From here on everything was given. */
    let given = Number.POSITIVE_INFINITY;
    for (let pass = 0; given > 0; pass++) {
      // What is looked at again counts once.
      if (pass > 0) this.#tally = { lines: 0, bytes: 0, matched: 0 };
      given = yield* this.#turned(file, pass, given);
    }
  }

  /** Gives what was found before a place, the newest first; answers where the oldest of it stands, 0 if there is no more. */
  async *#turned(file: Readable, pass: number, before: number): AsyncGenerator<LinesOfFile, number> {
    const { query } = this.#init;
    const pieces: { readonly start: number; readonly lines: LinesOfFile }[] = [];
    let bytes = 0;
    let first = 0;
    for await (const run of this.#runs(file, pass === 0 ? this.#init.warn : () => {})) {
      if (run.start >= before) break;
      // Forwards within the pass: the whole is turned round at the end.
      for (const lines of this.#search(run, true)) {
        pieces.push({ start: run.start, lines });
        bytes += lines.bytes.length;
      }
      // Whole runs go, so that the next pass can stop before the first that is kept.
      while (bytes > (query.turnedBytes ?? TURNED_BYTES) && pieces[0]!.start < pieces.at(-1)!.start) {
        bytes -= pieces.shift()!.lines.bytes.length;
        while (pieces[0]!.start === first) bytes -= pieces.shift()!.lines.bytes.length;
        first = pieces[0]!.start;
      }
    }
    if (query.countOnly) return 0;
    for (const { lines } of pieces.toReversed()) {
      const turned = new Gathering();
      for (let index = lines.receivedAt.length - 1; index >= 0; index--) {
        const [start, end] = [lines.bounds[index * 2]!, lines.bounds[index * 2 + 1]!];
        turned.add(lines.bytes, start, end, lines.receivedAt[index]!);
      }
      yield turned.take(this.#target.name)!;
    }
    return first;
  }

  /** What a compressed file holds, as far as it is within bounds. */
  async *#runs(file: Readable, warn: (message: string) => void): AsyncGenerator<Run> {
    const { size, compression, limit } = this.#target;
    const { end } = this.times;
    const pieces = decompress(file, {
      kind: compression!,
      size,
      // Where it is known what it was, it is that.
      most: limit ?? Math.min(this.#init.query.maxBytes, mostOf(size)),
      damaged: ({ offset, why }) => {
        if (limit === undefined || offset > 0) warn(`damaged at offset ${offset}: ${why}`);
      },
    });
    for await (const run of runsOfPieces(pieces, limit ?? Number.POSITIVE_INFINITY)) {
      // Everything behind was received at other times.
      if (run.start >= end) return;
      yield run;
    }
  }

  /** @param forward - whether found lines stay in the order of the file although the newest are asked for first */
  *#search(run: Run, forward = false): Generator<LinesOfFile> {
    const { condition, query } = this.#init;
    const tally = this.#tally;
    const turns = query.order === 'newest' && !forward;
    for (const part of this.times.partsOf(run.start, run.start + run.bytes.length)) {
      if (part.fit === 'outside') continue;
      const bytes = run.bytes.subarray(part.start - run.start, part.end - run.start);
      const base = part.start - run.start;
      tally.bytes += bytes.length;
      tally.lines += Number.isNaN(part.lines) ? countLines(bytes) : part.lines;
      const found = (start: number, end: number): void => {
        tally.matched++;
        if (!query.countOnly) this.#places.push(base + start, base + end);
      };
      if (!condition) eachLine(bytes, found);
      else if (part.fit === 'inside')
        condition.scan(bytes, (start) => this.#factsAt(part.start + start), found);
      else scanAcross(condition, bytes, this.times.timesWithin(part.blocks), found);
    }
    const places = this.#places;
    for (let index = 0; index < places.length; index += 2) {
      const at = turns ? places.length - 2 - index : index;
      const start = places[at]!;
      const time = this.times.at(run.start + start);
      this.#found.add(run.bytes, start, places[at + 1]!, Number.isNaN(time) ? this.#about : time);
      if (this.#found.isFull) yield* this.#give();
    }
    places.length = 0;
    if (forward) yield* this.#give(true);
    else yield* this.#give();
  }

  *#give(all = false): Generator<LinesOfFile> {
    if (!all && !this.#found.isFull) return;
    const lines = this.#found.take(this.#target.name);
    if (lines) yield lines;
  }

  #factsAt(position: number): LineFacts {
    return { receivedAt: this.times.possibleAt(position) };
  }
}

/** Finds the lines that meet a condition at any of these times. */
function scanAcross(
  condition: LineCondition,
  bytes: Buffer,
  times: readonly number[],
  found: (start: number, end: number) => void,
): void {
  const ends = new Map<number, number>();
  for (const receivedAt of times)
    condition.scan(bytes, { receivedAt }, (start, end) => void ends.set(start, end));
  for (const start of [...ends.keys()].toSorted((a, b) => a - b)) found(start, ends.get(start)!);
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines++;
  return lines;
}
