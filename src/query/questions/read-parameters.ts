/**
 * Reads questions from the parameters of a URL. They have the names and the values of the options of commands
 * (options.ts); `q` is the expression, `by` and `field` a key, `n` a number. An unknown parameter is an error, and so is one
 * that comes twice, or that is no UTF-8.
 */
import { type Expression, parseExpression } from '../../expression/expression.ts';
import {
  conflictOf,
  OPTIONS,
  type OptionName,
  type OptionValues,
  optionNames,
  type QuestionKind,
  toNumber,
} from './options.ts';
import type { AnswerFormat, CountQuestion, SearchQuestion, TailQuestion } from './question.ts';
import { QuestionError } from './question-error.ts';
import { KEY_ADVICE, readKey } from './read-key.ts';

/** Parameters by their names. */
export type Parameters = ReadonlyMap<string, string>;

/** A question and how its answer is wanted. */
export interface Asked<Question> {
  readonly question: Question;
  readonly format: AnswerFormat;
}

/**
 * Takes a query string apart: what stands behind the `?` of a URL.
 *
 * @throws QuestionError
 */
export function readParameters(query: string): Parameters {
  const parameters = new Map<string, string>();
  for (const part of query.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = decode(at === -1 ? part : part.slice(0, at));
    if (parameters.has(name)) {
      throw new QuestionError(`the parameter "${name}" is given twice`, { parameter: name });
    }
    parameters.set(name, at === -1 ? '' : decode(part.slice(at + 1), name));
  }
  return parameters;
}

/** Reads what `/api/search` is asked. @throws QuestionError; LogCasterError `LC_EXPRESSION_INVALID` */
export function readSearch(parameters: Parameters, now: number): Asked<SearchQuestion> {
  const { format, where, ...options } = readCommon(parameters, 'search', [], now);
  return { format, question: { ...options, where } };
}

/** Reads what `/api/tail` is asked. @throws as {@link readSearch} */
export function readTail(parameters: Parameters, now: number): Asked<TailQuestion> {
  const { format, where, ...options } = readCommon(parameters, 'tail', [], now);
  return { format, question: { ...options, where } };
}

/** Reads what `/api/count` is asked. @throws as {@link readSearch} */
export function readCount(parameters: Parameters, now: number): Asked<CountQuestion> {
  const { format, where, ...options } = readCommon(parameters, 'count', ['by'], now);
  const by = parameters.get('by');
  return {
    format,
    question: { ...options, where, by: by === undefined ? undefined : keyOf('by', by) },
  };
}

/** Reads what `/api/top` is asked. @throws as {@link readSearch} */
export function readTop(parameters: Parameters, now: number): Asked<CountQuestion> {
  const { format, where, ...options } = readCommon(parameters, 'count', ['field', 'n'], now);
  const n = parameters.get('n') ?? '10';
  const top = toNumber(n);
  if (top === undefined) throw valueError('n', n, 'a number from 1 on');
  return { format, question: { ...options, where, top, by: keyOf('field', parameters.get('field') ?? '') } };
}

/** Makes sure that nothing is asked of what takes no parameters. @throws QuestionError */
export function readNothing(parameters: Parameters): void {
  const [name] = parameters.keys();
  if (name === undefined) return;
  throw new QuestionError(`there is no parameter "${name}" here`, {
    parameter: name,
    advice: 'there is none',
  });
}

function keyOf(parameter: string, text: string): NonNullable<CountQuestion['by']> {
  const key = readKey(text);
  if (key) return key;
  const problem = text === '' ? 'is missing' : `cannot be ${JSON.stringify(text)}`;
  throw new QuestionError(`the parameter "${parameter}" ${problem}`, { parameter, advice: KEY_ADVICE });
}

function readCommon(
  parameters: Parameters,
  kind: QuestionKind,
  more: readonly string[],
  now: number,
): OptionValues & { format: AnswerFormat; where: Expression | undefined } {
  const values: OptionValues = {};
  const names = optionNames(kind);
  for (const [name, value] of parameters) {
    if (name === 'q' || more.includes(name)) continue;
    if (!names.includes(name as OptionName)) {
      throw new QuestionError(`there is no parameter "${name}" here`, {
        parameter: name,
        advice: `there is ${['q', ...more, ...names].join(', ')}`,
      });
    }
    const spec = OPTIONS[name as OptionName];
    if (!spec.read(value, values, now)) throw valueError(name, value, spec.expected);
  }
  const conflict = conflictOf(values);
  if (conflict !== undefined) throw new QuestionError(conflict, { parameter: 'until' });
  const q = parameters.get('q') ?? '';
  const where = q.trim() === '' ? undefined : parseExpression(q, { now });
  return { ...values, format: values.format ?? 'json', where };
}

function valueError(parameter: string, value: string, expected: string): QuestionError {
  return new QuestionError(`${JSON.stringify(value)} is no value of the parameter "${parameter}"`, {
    parameter,
    advice: `expected ${expected}`,
  });
}

function decode(text: string, parameter?: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new QuestionError('the query of the URL is not percent-encoded UTF-8', { parameter });
  }
}
