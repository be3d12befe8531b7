/** What bounds the answers, and how often each bound was hit. */

import type { Figures } from '../../core/ledger.ts';

/** Bounds of a collector. Sizes in bytes, times in ms. */
export interface AnswerLimits {
  /** Searches and counts at a time; others wait for their turn. */
  readonly maxSearches: number;
  /** Tails at a time; others are refused. */
  readonly maxTails: number;
  /** How long a search or a count may take, waiting and sending included. */
  readonly searchTimeout: number;
  /** The bytes of lines that an answer may have. */
  readonly maxResultBytes: number;
  /** Groups of a count. */
  readonly maxGroups: number;
  /** The bytes of lines that `last` keeps until they are sent. */
  readonly maxLastBytes: number;
  /** The bytes of lines that are kept for slow tails, for all of them together. */
  readonly maxTailBytes: number;
}

/** Counts what happened. */
export class AnswerTally {
  /** Searches and counts that were begun. */
  searches = 0;
  /** Tails that were begun. */
  tails = 0;
  /** Answers that ended early because of `searchTimeout`, or of a shorter time that was asked for. */
  timedOut = 0;
  /** Answers that ended early because of `maxResultBytes`. */
  tooLarge = 0;
  /** Counts with more groups than `maxGroups`. */
  tooManyGroups = 0;
  /** Searches and counts that had to wait for their turn. */
  searchesWaited = 0;
  /** Searches whose time was over before it was their turn. */
  searchesRefused = 0;
  /** Tails that were too many. */
  tailsRefused = 0;
  /** Lines that tails had to skip. */
  tailLinesSkipped = 0;

  toJSON(): Figures {
    return Object.fromEntries(Object.entries(this));
  }
}
