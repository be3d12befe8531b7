/**
 * What an expression (src/expression/) is for whoever has lines: a matcher of batches, and of the bytes of whole lines as a
 * ring or a file holds them. Finding is a sweep for what every match must hold; only then is a line looked at.
 */
import type { Buffer } from 'node:buffer';
import type { LineMatcher } from './line-matcher.ts';

/**
 * What is known of a line beside its bytes. A condition on something that is not known does not hold.
 *
 * @remarks Since 0.1.0
 */
export interface LineFacts {
  /** The source's name in the configuration. */
  readonly source?: string | undefined;
  /** The sender, as far as the source knows it. */
  readonly peer?: string | undefined;
  /** When it was received, in ms since the epoch. */
  readonly receivedAt?: number | undefined;
}

/**
 * What is known of the lines of some bytes: the same of all, or of the line that starts at an offset.
 *
 * @remarks Since 0.1.0
 */
export type FactsOf = LineFacts | ((start: number) => LineFacts);

/**
 * Told of each line that matches, in order.
 *
 * @remarks Since 0.1.0
 * @param start - Where it starts in the bytes.
 * @param end - Where it ends, without its line feed.
 * @param line - Its index in `starts`; -1 where there are none.
 */
export type FoundLine = (start: number, end: number, line: number) => void;

/**
 * What an expression was read from: reading it again gives the same condition.
 *
 * @remarks Since 0.1.0
 */
export interface ExpressionSource {
  /** As it was written. */
  readonly text: string;
  /** What durations count back from, in ms since the epoch; `null`: there are none. */
  readonly now: number | null;
  /** How much it may be. */
  readonly limits: Readonly<Record<string, number>>;
}

/**
 * A condition that lines meet or do not.
 *
 * @remarks Since 0.1.0
 */
export interface LineCondition extends LineMatcher {
  /** What it was made of, for whoever needs the same in another thread. Absent: it cannot be made there. */
  readonly source?: ExpressionSource;
  /**
   * Finds the lines that meet it in a run of whole lines.
   *
   * @param bytes - The lines, each with its line feed.
   * @param facts - What is known of them; a function is only called when the condition asks for it.
   * @param starts - Where each line starts, less `starts[0]`, for whoever knows: a line may hold line feeds then.
   */
  scan(bytes: Buffer, facts: FactsOf, found: FoundLine, starts?: Uint32Array): void;
}
