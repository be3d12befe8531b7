/**
 * `filter`: keeps the lines that contain a word or match a regular expression, or with `not` those that do not.
 *
 * It says what stays, never what goes. It works on bytes, on many lines at once: see core/line-matcher.ts and
 * core/regex-matcher.ts for what that costs.
 */
import { z } from 'zod';
import { defineOperator } from '../core/component.ts';
import { type LineMatcher, selectLines, WordMatcher } from '../core/line-matcher.ts';
import { RegexMatcher, regexProblem } from '../core/regex-matcher.ts';

const MOST_CHARACTERS = 10_000;

/** What a line must have; exactly one of `word` and `regex`. */
const conditionOptions = {
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
      .superRefine((condition, context) => checkCondition(condition, '`word` and `regex`', context))
      .optional()
      .meta({
        description:
          'In place of `word` or `regex`: keeps the lines that do not contain the word or match the expression',
        unit: 'condition',
      }),
  })
  .superRefine(({ not, ...condition }, context) => {
    if (!not) checkCondition(condition, '`word`, `regex` and `not`', context);
    else if (Object.values(condition).some((value) => value !== undefined)) {
      context.addIssue({ code: 'custom', message: 'cannot have `not` beside `word`, `regex` or `flags`' });
    }
  });

/** The operator `filter`. */
export const filter = defineOperator({
  type: 'filter',
  summary: 'Keeps the lines that contain a word or match a regular expression, or those that do not.',
  description:
    'Has exactly one of `word`, `regex` and `not`. It says what stays: `not: { word: DEBUG }` lets go of the lines with `DEBUG`.\n\n' +
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
    { title: 'All but the chatter', yaml: 'type: filter\nnot:\n  word: healthcheck\n' },
    {
      title: 'Errors and worse, however they are spelled',
      yaml: "type: filter\nregex: '\\b(error|fatal|panic)\\b'\nflags: i\n",
    },
  ],
  create({ not, ...condition }) {
    const matcher = toMatcher(not ?? condition);
    const keepMatching = not === undefined;
    return { transform: (batch) => selectLines(batch, matcher, keepMatching) };
  },
});

function checkCondition(
  { word, regex, flags }: Condition,
  choices: string,
  context: z.core.$RefinementCtx,
): void {
  if ((word === undefined) === (regex === undefined)) {
    context.addIssue({ code: 'custom', message: `must have exactly one of ${choices}` });
  } else if (regex === undefined) {
    if (flags !== undefined) {
      context.addIssue({ code: 'custom', message: 'belongs to `regex`, not to `word`', path: ['flags'] });
    }
  } else {
    const problem = regexProblem(regex, flags);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, path: ['regex'] });
  }
}

function toMatcher({ word, regex, flags }: Condition): LineMatcher {
  return word === undefined ? new RegexMatcher(regex!, flags) : new WordMatcher(word);
}
