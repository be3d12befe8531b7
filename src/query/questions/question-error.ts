/** What is wrong with a question, and where. */
import { countCharacters, drawPlace } from '../../core/draw-place.ts';
import { LogCasterError } from '../../core/errors.ts';

/** A part of a command, in UTF-16 units from 0 on; `to` is behind it. */
export interface CommandPlace {
  /** The whole command. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** Where a question is wrong, and what to do. */
export interface QuestionErrorInit {
  /** In the command. */
  readonly place?: CommandPlace | undefined;
  /** The parameter of HTTP. */
  readonly parameter?: string | undefined;
  /** What to write instead. */
  readonly advice?: string | undefined;
}

/** A question that cannot be read: `LC_QUERY_INVALID`. As with an expression, the hint has a picture of the place. */
export class QuestionError extends LogCasterError {
  /** What is wrong, without the column. */
  readonly problem: string;
  readonly advice: string | undefined;
  /** Where in the command, in characters from 1 on. */
  readonly column: number | undefined;
  /** The parameter of HTTP that is wrong. */
  readonly parameter: string | undefined;

  constructor(problem: string, { place, parameter, advice }: QuestionErrorInit = {}) {
    const column = place && countCharacters(place.text.slice(0, place.from)) + 1;
    const hint = [place && drawPlace(place.text, place.from, place.to), advice]
      .filter((part) => part !== undefined)
      .join('\n');
    super('LC_QUERY_INVALID', place ? `column ${column}: ${problem}` : problem, hint === '' ? {} : { hint });
    this.problem = problem;
    this.advice = advice;
    this.column = column;
    this.parameter = parameter;
  }
}
