/**
 * What clients ask: to search, to follow, to count. The query port reads questions from commands, HTTP from parameters, and
 * programs make them; all of them are answered in one place (answering/).
 */
import type { Expression } from '../../expression/expression.ts';

/**
 * Where is looked: in the ring, in files, or in both, each line once.
 *
 * @remarks Since 0.1.0
 */
export type SearchPlace = 'ring' | 'files' | 'all';

/**
 * Which lines are meant.
 *
 * @remarks Since 0.1.0
 */
export interface LinesQuestion {
  /** What a line must match; absent: every line. */
  readonly where?: Expression | undefined;
  /** Only lines received at this time or later, in ms since the epoch. */
  readonly since?: number | undefined;
  /** Only lines received before this time, in ms since the epoch. */
  readonly until?: number | undefined;
  /** Where they are looked for. @defaultValue `ring` */
  readonly from?: SearchPlace | undefined;
  /** After so many ms the answer ends with what there is. @defaultValue `searchTimeout` of the collector, which is also the most */
  readonly timeout?: number | undefined;
}

/**
 * Asks for lines.
 *
 * @remarks Since 0.1.0
 */
export interface SearchQuestion extends LinesQuestion {
  /** The order of the answer. @defaultValue `oldest` first */
  readonly order?: 'oldest' | 'newest' | undefined;
  /** Only the first so many lines, in the order of the answer. */
  readonly limit?: number | undefined;
  /** Only the newest so many lines, whatever the order of the answer. */
  readonly last?: number | undefined;
}

/**
 * Asks for lines as they come.
 *
 * @remarks Since 0.1.0
 */
export interface TailQuestion {
  /** What a line must match; absent: every line. */
  readonly where?: Expression | undefined;
  /** First the newest so many lines that are there already. @defaultValue 0 */
  readonly last?: number | undefined;
  /** First the lines that were received since then, in ms since the epoch. */
  readonly since?: number | undefined;
}

/**
 * By what lines are counted: a field, the level as `level:` in an expression knows it, where lines come from, or spans of time of so
 * many ms.
 *
 * @remarks Since 0.1.0
 */
export type Grouping =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'level' }
  | { readonly kind: 'origin'; readonly part: 'source' | 'peer' }
  | { readonly kind: 'time'; readonly bucket: number };

/**
 * Asks how many lines there are.
 *
 * @remarks Since 0.1.0
 */
export interface CountQuestion extends LinesQuestion {
  /** Counts each group by itself; absent: all together. */
  readonly by?: Grouping | undefined;
  /** Only the so many largest groups; the others are counted together. */
  readonly top?: number | undefined;
}

/** How lines are written: as they are, with what is said beside them behind `# `; or a JSON object a line. */
export type AnswerFormat = 'text' | 'json';

/** A question as it came over a connection. */
export type AskedQuestion =
  | { readonly kind: 'search'; readonly question: SearchQuestion; readonly format: AnswerFormat }
  | { readonly kind: 'tail'; readonly question: TailQuestion; readonly format: AnswerFormat }
  | { readonly kind: 'count'; readonly question: CountQuestion; readonly format: AnswerFormat };
