/**
 * What the line framer can be told, and what it tells.
 */

/**
 * The longest line limit there is: offsets into a batch have 32 bits.
 *
 * @remarks Since 0.1.0
 */
export const LARGEST_LINE_LIMIT = 2 ** 30;

/**
 * What becomes of a line that is longer than the limit: `truncate` keeps its beginning, `split` makes several lines of it,
 * `drop` lets go of it.
 *
 * @remarks Since 0.1.0
 */
export type Oversize = 'truncate' | 'split' | 'drop';

/**
 * How bytes become lines.
 *
 * @remarks Since 0.1.0
 */
export interface FramerOptions {
  /** The longest line, in bytes without its delimiter; 1 to {@link LARGEST_LINE_LIMIT}. */
  readonly maxLineBytes: number;
  /** What becomes of a longer line. */
  readonly oversize: Oversize;
  /** Whether a carriage return before the line feed is part of the line; else it belongs to the delimiter. */
  readonly keepCarriageReturn: boolean;
}

/**
 * Told about lines that are too long, and about nothing else. Bytes are counted without delimiters.
 *
 * @remarks Since 0.1.0
 */
export interface FramerListener {
  /** Lines were cut at the limit; `bytes` were let go. The lines themselves go on. */
  truncated(lines: number, bytes: number): void;
  /** Lines become several lines each. Told once a line, at its first cut. */
  split(lines: number): void;
  /** Lines were let go, which held `bytes`. They are not among those that the framer answers. */
  dropped(lines: number, bytes: number): void;
}
