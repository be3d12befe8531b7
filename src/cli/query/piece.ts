/** Lines to show: what a search found, with what only the command line knows. */
import type { FoundLines } from '../../core/search.ts';

/** Found lines. */
export interface ShownLines extends FoundLines {
  /** The file that they stand in; absent: they are of a collector, or of standard input. */
  readonly file?: string;
  /** 1 for each line that did not match and is there for context; absent: all of them matched. */
  readonly isContext?: Uint8Array;
  /** 1 for each line before which lines were left out, and which does not come first; absent: there is no context. */
  readonly isGap?: Uint8Array;
}
