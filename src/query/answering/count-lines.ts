/** Counts the lines that match, all together or by a key. */
import type { Pace } from '../../core/pace.ts';
import type { FoundLines, ScanTally } from '../../core/search.ts';
import type { CountQuestion } from '../questions/question.ts';
import type { Deadline } from './deadline.ts';
import { type Group, Groups } from './groups.ts';
import { type KeyOf, keyReader } from './key-reader.ts';
import { lengthOf } from './pieces.ts';
import { type Scannable, toScan } from './search-lines.ts';
import type { SearchSummary } from './summary.ts';

/**
 * How many lines there are.
 *
 * @remarks Since 0.1.0
 */
export interface CountResult {
  /** The groups: spans of time in their order, values of a field by their counts, the largest first. Empty without a key. */
  readonly groups: readonly Group[];
  /** Lines of groups that are not listed. */
  readonly other: number;
  /** Lines that have no such field. */
  readonly none: number;
  /** All of them, and what it took. */
  readonly summary: SearchSummary;
}

/** What a count needs. */
export interface CountContext {
  readonly maxGroups: number;
  readonly deadline: Deadline;
  readonly pace: Pace;
}

/** How many lines are looked at before the time is. */
const LINES_A_LOOK = 32;

/** Counts lines. @throws the reason of the signal when the client is gone; whatever the scan throws */
export async function countLines(
  scannable: Scannable,
  question: CountQuestion,
  { maxGroups, deadline, pace }: CountContext,
): Promise<CountResult> {
  const scanned: ScanTally = { lines: 0, bytes: 0, matched: 0 };
  const groups = new Groups(maxGroups);
  const { by } = question;
  const keysOf = by && keyReader(by);
  const query = { ...toScan(question, 'oldest', deadline.signal), countOnly: by === undefined };
  try {
    for await (const piece of scannable.scan(query, scanned)) {
      if (keysOf) await group(piece, keysOf(piece), groups, pace, deadline.signal);
      if (deadline.signal.aborted) break;
    }
  } catch (error) {
    if (!deadline.isOver) throw error;
  }
  deadline.cancel();
  const sorted = groups.sorted();
  const isTop = question.top !== undefined && by?.kind !== 'time';
  const listed = isTop ? sorted.slice(0, question.top) : sorted;
  const unlisted = isTop ? sorted.slice(question.top) : [];
  const truncated = deadline.isOver ? 'timeout' : groups.other > 0 ? 'groups' : undefined;
  return {
    groups: listed,
    other: groups.other + unlisted.reduce((sum, { count }) => sum + count, 0),
    none: groups.none,
    summary: {
      matched: by ? groups.total : scanned.matched,
      scannedLines: scanned.lines,
      scannedBytes: scanned.bytes,
      ms: deadline.elapsed,
      truncated,
    },
  };
}

async function group(
  piece: FoundLines,
  keyOf: KeyOf,
  groups: Groups,
  pace: Pace,
  signal: AbortSignal,
): Promise<void> {
  const length = lengthOf(piece);
  for (let line = 0; line < length; line++) {
    if (line % LINES_A_LOOK === 0 && pace.isOver) {
      await pace.turn();
      signal.throwIfAborted();
    }
    groups.add(keyOf(line));
  }
}
