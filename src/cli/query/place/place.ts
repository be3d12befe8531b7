/** Where lines are asked for: files, or a collector that runs. */
import type { ContextSize } from '../../../query/answering/context-lines.ts';
import type { CountResult } from '../../../query/answering/count-lines.ts';
import type { Truncation } from '../../../query/answering/summary.ts';
import type { CountQuestion, SearchQuestion } from '../../../query/questions/question.ts';
import type { ShownLines } from '../piece.ts';
import type { Extent } from '../progress.ts';

/** What is asked of a place. */
export interface LinesAsked extends SearchQuestion {
  /** How many lines around each match are wanted. */
  readonly context?: ContextSize | undefined;
  /** Whether it is wanted when lines came: finding out may take time. @defaultValue false */
  readonly tellsTimes?: boolean;
}

/** Answers questions. */
export interface Place {
  /** Finds lines; ends with why there are no more, if that is not because there are none. */
  search(
    asked: LinesAsked,
    signal: AbortSignal,
  ): AsyncGenerator<ShownLines, Truncation | undefined, undefined>;
  /** Counts lines. */
  count(question: CountQuestion, signal: AbortSignal): Promise<CountResult>;
  /** Whether lines come from several files, which must be told apart. */
  isSeveral(): Promise<boolean>;
  /** How far it is. */
  extent(): Extent;
  /** Whether somebody else searches and counts, and does not wait long for who asks. */
  readonly isElsewhere: boolean;
  /** Whether a named pipe is read. */
  readonly readsPipe: boolean;
  /** Whether something could not be searched. */
  readonly hasProblems: boolean;
}
