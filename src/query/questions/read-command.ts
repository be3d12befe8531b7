/**
 * Reads the commands of the query port that ask for lines:
 *
 *     SEARCH [options] [expression]
 *     TAIL   [options] [expression]
 *     COUNT  [options] [BY key [options]] [expression]      COUNT alone is a command of its own, see commands.ts
 *     TOP n key [options] [expression]
 *
 * An option is `name=value`, without spaces. Options stand before the expression: the first word that is no option begins it,
 * and whatever follows belongs to it, also what looks like an option. A word of the form `name=` in the place of an option
 * that is none is an error and no search word, so that a slip does not go unnoticed; `--` ends the options by hand. A key is
 * the name of a field, with spaces in `"quotes"`, or `time(1m)`.
 *
 * Columns count characters of the whole command, from 1 on.
 */
import { type Expression, parseExpression } from '../../expression/expression.ts';
import { ExpressionError } from '../../expression/expression-error.ts';
import {
  conflictOf,
  OPTIONS,
  type OptionName,
  type OptionValues,
  optionNames,
  type QuestionKind,
  toNumber,
} from './options.ts';
import type { AnswerFormat, AskedQuestion, Grouping } from './question.ts';
import { QuestionError } from './question-error.ts';
import { KEY_ADVICE, readKey } from './read-key.ts';

/** The words that begin such a command. */
export type CommandWord = 'SEARCH' | 'TAIL' | 'COUNT' | 'TOP';

const OPTION_LIKE = /^([A-Za-z][\w-]*)=(.*)$/;

/**
 * Reads a command.
 *
 * @param now - in ms since the epoch
 * @throws QuestionError; ExpressionError with a place in the whole command
 */
export function readCommand(text: string, now: number): AskedQuestion {
  const reader = new CommandTextReader(text, now);
  const word = reader.takeWord()!.text as CommandWord;
  if (word === 'SEARCH' || word === 'TAIL') {
    const kind = word === 'SEARCH' ? 'search' : 'tail';
    const { format = 'text', ...options } = reader.takeOptions(kind);
    return { kind, format, question: { ...options, where: reader.takeExpression() } };
  }
  const values: OptionValues = {};
  let by: Grouping | undefined;
  let top: number | undefined;
  if (word === 'TOP') {
    top = reader.takeNumber();
    by = reader.takeKey();
  } else {
    reader.takeOptions('count', values);
    if (reader.takeIf('BY')) by = reader.takeKey();
  }
  const { format = 'text', ...options } = reader.takeOptions('count', values);
  return { kind: 'count', format, question: { ...options, by, top, where: reader.takeExpression() } };
}

/** The format that a command asks for, also if the rest of it is wrong. */
export function formatOf(text: string): AnswerFormat {
  return /\sformat=json(?:\s|$)/.test(text) ? 'json' : 'text';
}

interface Word {
  readonly text: string;
  /** Where it begins, in UTF-16 units from 0 on. */
  readonly at: number;
}

class CommandTextReader {
  readonly #text: string;
  readonly #now: number;
  #at = 0;
  /** `--` was read. */
  #hasEnded = false;

  constructor(text: string, now: number) {
    this.#text = text;
    this.#now = now;
  }

  takeWord(): Word | undefined {
    const word = this.#peek();
    if (word) this.#at = word.at + word.text.length;
    return word;
  }

  takeIf(text: string): boolean {
    return this.#peek()?.text === text && this.takeWord() !== undefined;
  }

  takeNumber(): number {
    const word = this.takeWord();
    const number = word && toNumber(word.text);
    if (number !== undefined) return number;
    const problem = word ? `${JSON.stringify(word.text)} is no number` : 'expected a number';
    throw this.#error(problem, word, 'expected how many: TOP 10 status');
  }

  takeKey(): Grouping {
    const quoted = /^\s*"((?:[^"\\]|\\.)+)"(?=\s|$)/.exec(this.#text.slice(this.#at));
    if (quoted) {
      this.#at += quoted[0].length;
      return { kind: 'field', name: quoted[1]!.replaceAll(/\\(.)/g, '$1') };
    }
    const word = this.takeWord();
    const key = word && readKey(word.text);
    if (key) return key;
    const problem = word
      ? `${JSON.stringify(word.text)} is nothing to count by`
      : 'expected what to count by';
    throw this.#error(problem, word, KEY_ADVICE);
  }

  /** Takes options into `values`. */
  takeOptions(kind: QuestionKind, values: OptionValues = {}): OptionValues {
    while (!this.#hasEnded) {
      const word = this.#peek();
      if (word?.text === '--') this.#hasEnded = true;
      else {
        const [, name, value] = OPTION_LIKE.exec(word?.text ?? '') ?? [];
        if (name === undefined) break;
        this.#readOption(kind, values, { name, value: value!, at: word!.at });
      }
      this.takeWord();
    }
    const conflict = conflictOf(values);
    if (conflict === undefined) return values;
    throw this.#error(conflict, { text: 'until', at: this.#text.indexOf('until=') });
  }

  takeExpression(): Expression | undefined {
    const from = this.#at;
    const rest = this.#text.slice(from);
    if (rest.trim() === '') return undefined;
    try {
      return parseExpression(rest, { now: this.#now });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      // Columns are those of the whole command.
      const { offset, length, problem, advice } = error;
      const place = { from: from + offset, to: from + offset + length };
      throw new ExpressionError(this.#text, place, problem, advice);
    }
  }

  #readOption(
    kind: QuestionKind,
    values: OptionValues,
    { name, value, at }: { name: string; value: string; at: number },
  ): void {
    const names = optionNames(kind);
    const word = { text: name, at };
    if (!names.includes(name as OptionName)) {
      const known = names.join(', ');
      const advice = `there is ${known}; to look for the word itself, put it in quotes, or behind --`;
      throw this.#error(`there is no option "${name}" here`, word, advice);
    }
    if (values[name as OptionName] !== undefined) {
      throw this.#error(`the option "${name}" is given twice`, word);
    }
    const spec = OPTIONS[name as OptionName];
    if (spec.read(value, values, this.#now)) return;
    const problem = `${JSON.stringify(value)} is no value of the option "${name}"`;
    const place = { text: value, at: at + name.length + 1 };
    throw this.#error(problem, place, `expected ${spec.expected}`);
  }

  #peek(): Word | undefined {
    const match = /\S+/.exec(this.#text.slice(this.#at));
    return match ? { text: match[0], at: this.#at + match.index } : undefined;
  }

  #error(problem: string, word: Word | undefined, advice?: string): QuestionError {
    const from = word?.at ?? this.#text.length;
    const place = { text: this.#text, from, to: from + (word?.text.length ?? 0) };
    return new QuestionError(problem, { place, advice });
  }
}
