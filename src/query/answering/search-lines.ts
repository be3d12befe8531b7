/**
 * Finds lines for an answer: as many as were asked for and the limits allow, piece by piece, and at the end what there is to say
 * about it.
 *
 * With `last` the scan begins at the newest line and ends after so many; what it found is kept, turned round, and then given out.
 * Everything else is given out as it is found: a client that takes its time has no more in memory than one piece.
 */
import type { FoundLines, ScanQuery, ScanTally } from '../../core/search.ts';
import type { SearchQuestion } from '../questions/question.ts';
import type { Deadline } from './deadline.ts';
import { fitting, lengthOf, reverse, slice } from './pieces.ts';
import type { SearchSummary, Truncation } from './summary.ts';

/** What can be scanned. */
export interface Scannable {
  scan(query: ScanQuery, tally: ScanTally): AsyncIterable<FoundLines>;
}

/** What bounds one search, in bytes. */
export interface SearchBounds {
  /** Of the answer. */
  readonly maxResultBytes: number;
  /** Of what is kept for `last`. */
  readonly maxLastBytes: number;
}

/** Finds lines. @throws the reason of the signal when the client is gone; whatever the scan throws */
export async function* searchLines(
  scannable: Scannable,
  question: SearchQuestion,
  bounds: SearchBounds,
  deadline: Deadline,
): AsyncGenerator<FoundLines, SearchSummary, undefined> {
  const scanned: ScanTally = { lines: 0, bytes: 0, matched: 0 };
  const taker = new Taker(bounds.maxResultBytes, question.limit);
  const { order = 'oldest', last } = question;
  let truncated: Truncation | undefined;
  try {
    if (last === undefined) {
      for await (const piece of scannable.scan(toScan(question, order, deadline.signal), scanned)) {
        const taken = taker.take(piece);
        if (taken) yield taken;
        if (taker.truncated || deadline.signal.aborted) break;
      }
    } else {
      const newest = new Taker(bounds.maxLastBytes, last);
      const kept: FoundLines[] = [];
      for await (const piece of scannable.scan(toScan(question, 'newest', deadline.signal), scanned)) {
        const taken = newest.take(piece);
        if (taken) kept.push(taken);
        if (newest.truncated || deadline.signal.aborted) break;
      }
      truncated = newest.truncated === 'limit' ? 'last' : newest.truncated;
      while (kept.length > 0 && !taker.truncated) {
        const taken = taker.take(order === 'newest' ? kept.shift()! : reverse(kept.pop()!));
        if (taken) yield taken;
      }
    }
  } catch (error) {
    if (!deadline.isOver) throw error;
  }
  truncated = taker.truncated ?? truncated;
  if (deadline.isOver) truncated ??= 'timeout';
  return {
    matched: taker.lines,
    scannedLines: scanned.lines,
    scannedBytes: scanned.bytes,
    ms: deadline.elapsed,
    truncated,
  };
}

/** What the scan is asked: the time that the question and its expression agree on. */
export function toScan(
  { where, since, until }: Pick<SearchQuestion, 'where' | 'since' | 'until'>,
  order: 'oldest' | 'newest',
  signal: AbortSignal,
): ScanQuery {
  const from = Math.max(since ?? Number.NEGATIVE_INFINITY, where?.since ?? Number.NEGATIVE_INFINITY);
  const to = Math.min(until ?? Number.POSITIVE_INFINITY, where?.until ?? Number.POSITIVE_INFINITY);
  return {
    ...(where && { where: where.condition }),
    ...(from > Number.NEGATIVE_INFINITY && { since: from }),
    ...(to < Number.POSITIVE_INFINITY && { until: to }),
    order,
    signal,
  };
}

/** Takes lines until it has enough. */
class Taker {
  lines = 0;
  truncated: 'limit' | 'bytes' | undefined;
  #bytesLeft: number;
  readonly #limit: number;

  constructor(maxBytes: number, limit = Number.POSITIVE_INFINITY) {
    this.#bytesLeft = maxBytes;
    this.#limit = limit;
  }

  take(piece: FoundLines): FoundLines | undefined {
    const { lines, bytes } = fitting(piece, this.#limit - this.lines, this.#bytesLeft);
    this.lines += lines;
    this.#bytesLeft -= bytes;
    if (this.lines === this.#limit) this.truncated = 'limit';
    else if (lines < lengthOf(piece)) this.truncated = 'bytes';
    return lines === 0 ? undefined : slice(piece, 0, lines);
  }
}
