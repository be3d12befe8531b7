/** What is wrong with an expression, and where. */
import { countCharacters, drawPlace } from '../core/draw-place.ts';
import { LogCasterError } from '../core/errors.ts';
import { escapeText } from '../core/escape.ts';
import type { Place } from './syntax.ts';

/**
 * Thrown for an expression that cannot be read. The message says the column and what was expected; the hint has a picture of
 * the place, and says what to write instead where that is known.
 *
 * @remarks Since 0.1.0
 */
export class ExpressionError extends LogCasterError {
  /** What is wrong, without the column. */
  readonly problem: string;
  /** What to write instead, if that is known. */
  readonly advice: string | undefined;
  /** Where in the expression it is, in UTF-16 units from 0 on. */
  readonly offset: number;
  /** How long the part is that is wrong, in UTF-16 units; 0 where something is missing. */
  readonly length: number;
  /** Where in the expression it is, in characters from 1 on. */
  readonly column: number;

  /** @internal */
  constructor(text: string, { from, to }: Place, problem: string, advice?: string) {
    const column = countCharacters(text.slice(0, from)) + 1;
    const picture = drawPlace(text, from, to);
    super('LC_EXPRESSION_INVALID', `column ${column}: ${escapeText(problem)}`, {
      // What is said can repeat what was written.
      hint: advice === undefined ? picture : `${picture}\n${escapeText(advice)}`,
    });
    this.problem = problem;
    this.advice = advice;
    this.offset = from;
    this.length = to - from;
    this.column = column;
  }
}
