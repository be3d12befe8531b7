/** What is wrong with a regular expression inside of an expression, and where in it. */
import { RE2JSException } from 're2js';

/** A problem, and its place from the start of the regular expression on. */
export interface RegexProblem {
  readonly problem: string;
  readonly advice: string;
  readonly at: number;
  readonly length: number;
}

const SYNTAX = 'The syntax is that of RE2: https://github.com/google/re2/wiki/Syntax.';

/** What people may expect to work, and why it does not. */
const REFUSED: readonly (readonly [start: RegExp, problem: string])[] = [
  [/^\(\?(?:<?[=!]|<$)/, 'look-around is not supported: it cannot be done in linear time'],
  [/^\\[1-9]/, 'references to groups are not supported: they cannot be done in linear time'],
  [/^\(\?>/, 'atomic groups are not supported: nothing is tried twice anyway'],
  [/^[*+?]\+/, 'possessive quantifiers are not supported: nothing is tried twice anyway'],
];

/** Says what an error of the engine means; anything else is thrown again. */
export function explainRegexError(error: unknown, source: string): RegexProblem {
  const { cause, message } = error as Error;
  if (!(cause instanceof RE2JSException)) {
    // It is too large.
    if (!/is too large/.test(message)) throw error;
    const problem = 'this regular expression is too large';
    return { problem, advice: 'Repeat less, or look for a part of it.', at: 0, length: source.length };
  }
  const [, words = cause.message, fragment = ''] =
    /^error parsing regexp: (.*?): `(?:\(\?[ims]+\))?(.*)`$/s.exec(cause.message) ?? [];
  const place = findPlace(words, fragment, source);
  const rest = source.slice(place.at);
  const refused = REFUSED.find(([start]) => start.test(rest));
  return { problem: refused?.[1] ?? `${words} in this regular expression`, advice: SYNTAX, ...place };
}

function findPlace(words: string, fragment: string, source: string): { at: number; length: number } {
  if (words.startsWith('missing closing )')) return { at: unclosed(source, '(', ')'), length: 1 };
  if (words.startsWith('unexpected )')) return { at: unopened(source), length: 1 };
  const at = fragment === '' ? -1 : indexOfUnescaped(source, fragment);
  return at < 0 ? { at: 0, length: source.length } : { at, length: fragment.length };
}

/** Where a fragment stands that is not a part of an escape. */
function indexOfUnescaped(source: string, fragment: string): number {
  for (let at = 0; at < source.length; at++) {
    if (source.startsWith(fragment, at)) return at;
    if (source[at] === '\\') at++;
  }
  return source.indexOf(fragment);
}

function unclosed(source: string, open: string, close: string): number {
  const opened: number[] = [];
  for (const [at, character] of significant(source)) {
    if (character === open) opened.push(at);
    else if (character === close) opened.pop();
  }
  return opened.at(-1) ?? 0;
}

function unopened(source: string): number {
  let depth = 0;
  for (const [at, character] of significant(source)) {
    if (character === '(') depth++;
    else if (character === ')' && --depth < 0) return at;
  }
  return 0;
}

/** The characters that are neither escaped nor in a class. */
function* significant(source: string): Generator<[at: number, character: string]> {
  let isInClass = false;
  for (let at = 0; at < source.length; at++) {
    const character = source[at]!;
    if (character === '\\') at++;
    else if (isInClass) isInClass = character !== ']';
    else if (character === '[') {
      isInClass = true;
      // The first ] of a class is a character.
      if (source[at + 1] === '^') at++;
      if (source[at + 1] === ']') at++;
    } else yield [at, character];
  }
}
