/**
 * `filter`: keeps the lines that contain a word, match a regular expression or an expression of the search language, or with
 * `not` those that do not.
 *
 * It says what stays, never what goes. It works on bytes, on many lines at once: see core/line-matcher.ts and
 * core/regex-matcher.ts for what that costs.
 */
import { z } from 'zod';
import type { Batch } from '../core/batch.ts';
import { defineOperator } from '../core/component.ts';
import { type LineMatcher, selectLines, WordMatcher } from '../core/line-matcher.ts';
import { RegexMatcher, regexProblem } from '../core/regex-matcher.ts';
import { type Expression, parseExpression } from '../expression/expression.ts';
import { ExpressionError } from '../expression/expression-error.ts';

const MOST_CHARACTERS = 10_000;

/** What a line must have; exactly one of `where`, `word` and `regex`. */
const conditionOptions = {
  where: z
    .string()
    .min(1)
    .max(MOST_CHARACTERS)
    .optional()
    .meta({
      description:
        'The line matches this expression, as in a search: `timeout AND status:>=500 AND NOT healthcheck`. ' +
        'It has no durations here, since lines are looked at as they come',
      unit: 'expression',
    }),
  word: z.string().min(1).max(MOST_CHARACTERS).optional().meta({
    description: 'The line contains these characters, wherever they stand, upper and lower case as written',
    unit: 'text',
  }),
  regex: z
    .string()
    .min(1)
    .max(MOST_CHARACTERS)
    .optional()
    .meta({
      description:
        'The line matches this regular expression, somewhere unless it has ^ and $. Its syntax is that of RE2: no look-around ' +
        'and no back-references, and so no expression that takes for ever',
      unit: 'regular expression',
    }),
  flags: z
    .string()
    .optional()
    .meta({
      description:
        'For `regex`: `i` takes upper and lower case for the same; in a line of several lines, `m` lets ^ and $ match at each ' +
        'of them, and `s` lets . match what separates them',
      unit: 'flags',
    }),
};

type Condition = z.output<z.ZodObject<typeof conditionOptions>>;

const options = z
  .strictObject({
    ...conditionOptions,
    not: z
      .strictObject(conditionOptions)
      .superRefine((condition, context) => checkCondition(condition, '`where`, `word` and `regex`', context))
      .optional()
      .meta({
        description:
          'In place of the others: keeps the lines that do not contain the word or match the expression',
        unit: 'condition',
      }),
  })
  .superRefine(({ not, ...condition }, context) => {
    if (!not) checkCondition(condition, '`where`, `word`, `regex` and `not`', context);
    else if (Object.values(condition).some((value) => value !== undefined)) {
      context.addIssue({
        code: 'custom',
        message: 'cannot have `not` beside `where`, `word`, `regex` or `flags`',
      });
    }
  });

/** The operator `filter`. */
export const filter = defineOperator({
  type: 'filter',
  summary:
    'Keeps the lines that match an expression, contain a word or match a regular expression, or those that do not.',
  description:
    'Has exactly one of `where`, `word`, `regex` and `not`. It says what stays: `not: { word: DEBUG }` lets go of the lines with `DEBUG`.\n\n' +
    '`where` takes the [language of searches](../../search.md): words, fields of JSON and logfmt lines, levels, origins. `logcaster explain` ' +
    'says which part of it decided.\n\n' +
    'A word is compared byte by byte, so that it is found in lines of any encoding. A regular expression sees characters; a byte that ' +
    'is no UTF-8 is a character that only `.` and classes such as `[^a]` match.',
  guarantees: {
    ledger: 'Lines that do not stay are counted as filtered, under the name of the operator.',
    time: 'Linear in the bytes, whatever the expression and the lines.',
    bytes: 'Lines that stay are not changed, copied or decoded.',
  },
  options,
  examples: [
    { title: 'Only lines with a word', yaml: 'type: filter\nword: ERROR\n' },
    {
      title: 'Errors and slow requests, by the fields of the lines',
      yaml: "type: filter\nwhere: 'level:>=error OR status:>=500 OR (took:>1000 AND NOT path:\\/health*)'\n",
    },
    { title: 'All but the chatter', yaml: 'type: filter\nnot:\n  word: healthcheck\n' },
    {
      title: 'Errors and worse, however they are spelled',
      yaml: "type: filter\nregex: '\\b(error|fatal|panic)\\b'\nflags: i\n",
    },
  ],
  create({ not, ...condition }) {
    const { where } = not ?? condition;
    const expression = where === undefined ? undefined : parseExpression(where, { now: null });
    const matcher = expression?.condition ?? toMatcher(not ?? condition);
    const keepMatching = not === undefined;
    return {
      transform: (batch) => selectLines(batch, matcher, keepMatching),
      ...(expression && { explain: (batch) => explainLine(expression, batch) }),
    };
  },
});

function explainLine(expression: Expression, batch: Batch): string[] {
  return expression
    .explain(batch)
    .parts.map(
      ({ text, holds, because }) =>
        `${text} ${holds ? 'holds' : 'does not hold'}${because === undefined ? '' : `: ${because}`}`,
    );
}

function checkCondition(
  { where, word, regex, flags }: Condition,
  choices: string,
  context: z.core.$RefinementCtx,
): void {
  const chosen = [where, word, regex].filter((each) => each !== undefined);
  if (chosen.length !== 1) {
    context.addIssue({ code: 'custom', message: `must have exactly one of ${choices}` });
  } else if (regex === undefined) {
    const other = where === undefined ? 'word' : 'where';
    if (flags !== undefined) {
      context.addIssue({
        code: 'custom',
        message: `belongs to \`regex\`, not to \`${other}\``,
        path: ['flags'],
      });
    }
    if (where !== undefined) checkExpression(where, context);
  } else {
    const problem = regexProblem(regex, flags);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, path: ['regex'] });
  }
}

function checkExpression(where: string, context: z.core.$RefinementCtx): void {
  try {
    parseExpression(where, { now: null });
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const { message, advice, offset, length } = error;
    // The configuration's diagnostics point into the expression.
    context.addIssue({ code: 'custom', message, path: ['where'], params: { offset, length, advice } });
  }
}

function toMatcher({ word, regex, flags }: Condition): LineMatcher {
  return word === undefined ? new RegexMatcher(regex!, flags) : new WordMatcher(word);
}
