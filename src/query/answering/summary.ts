/**
 * Why an answer has not everything: `limit` and `last` as asked; `bytes`, `groups` and `timeout` because of limits of the
 * collector.
 *
 * @remarks Since 0.1.0
 */
export type Truncation = 'limit' | 'last' | 'bytes' | 'groups' | 'timeout';

/**
 * What an answer ends with.
 *
 * @remarks Since 0.1.0
 */
export interface SearchSummary {
  /** The lines that matched, as far as was looked: those of the answer. */
  readonly matched: number;
  /** The lines that were looked at. */
  readonly scannedLines: number;
  /** Their bytes, with a line feed each. */
  readonly scannedBytes: number;
  /** How long it took, waiting and sending included. */
  readonly ms: number;
  /** Why there may be more; absent: that was everything. */
  readonly truncated?: Truncation | undefined;
}
