/**
 * Finds the lines of a batch that match a regular expression, in linear time whatever the expression and the lines: no
 * configuration and no sender can make the process hang.
 *
 * The expression has RE2's syntax (https://github.com/google/re2/wiki/Syntax) and meaning. re2js, a linear engine,
 * decides what it means; it takes about 6 ns a byte, and in the worst case as many steps a byte as the expression has
 * instructions, hence {@link MAX_INSTRUCTIONS}. Expressions that cost next to nothing with V8 are left to V8, many lines in
 * one sweep (bounded-regexp.ts), as long as the text is ASCII, where the two cannot differ.
 *
 * It matches characters, not bytes: a byte that is no UTF-8 counts as U+FFFD. Nothing is decoded that is ASCII.
 */
import { isAscii } from 'node:buffer';
import { RE2JS, RE2JSException } from 're2js';
import type { Batch } from './batch.ts';
import { toBoundedRegExp } from './bounded-regexp.ts';
import { LogCasterError } from './errors.ts';
import { endOfWindow, type LineMatcher } from './line-matcher.ts';

/** The largest program that an expression may become; `a{1000}` alone has a thousand instructions. */
const MAX_INSTRUCTIONS = 1000;

/** The flag `i`, written in the expression. */
const IGNORE_CASE = '(?i)';

const FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/** Matches lines in which a regular expression finds something. */
export class RegexMatcher implements LineMatcher {
  readonly #regex: RE2JS;
  /** The same for V8, where that is as good. */
  readonly #bounded: RegExp | undefined;

  /**
   * @param pattern - in RE2's syntax
   * @param flags - any of `i` (upper and lower case are the same), `m` (`^` and `$` match at line feeds inside of a line),
   *   `s` (`.` matches line feeds inside of a line)
   * @throws LogCasterError `LC_REGEX_INVALID`
   */
  constructor(pattern: string, flags = '') {
    const { linear, bounded } = compileRegex(pattern, flags);
    this.#regex = linear;
    this.#bounded = bounded;
  }

  mark(batch: Batch, marks: Uint8Array): number {
    let matching = 0;
    let from = 0;
    while (from < batch.length) {
      const to = endOfRun(batch, from, endOfWindow(batch, from));
      const run = batch.bytes.subarray(batch.bounds[from * 2], batch.bounds[to * 2 - 1]);
      if (!isAscii(run)) matching += this.#markEach(batch, from, to, marks);
      else matching += this.#markRun(batch, from, to, run.toString('latin1'), marks);
      from = to;
    }
    return matching;
  }

  /** Lines that are ASCII and stand next to each other. */
  #markRun(batch: Batch, from: number, to: number, text: string, marks: Uint8Array): number {
    if (this.#bounded) return sweep(this.#bounded, batch, from, to, text, marks);
    const { bounds } = batch;
    const base = bounds[from * 2]!;
    let matching = 0;
    for (let index = from; index < to; index++) {
      const line = text.slice(bounds[index * 2]! - base, bounds[index * 2 + 1]! - base);
      if (!this.#regex.test(line)) continue;
      marks[index] = 1;
      matching++;
    }
    return matching;
  }

  #markEach(batch: Batch, from: number, to: number, marks: Uint8Array): number {
    let matching = 0;
    for (let index = from; index < to; index++) {
      const line = batch.line(index);
      if (isAscii(line)) {
        matching += this.#markRun(batch, index, index + 1, line.toString('latin1'), marks);
      } else if (this.#regex.test(line)) {
        marks[index] = 1;
        matching++;
      }
    }
    return matching;
  }
}

/** A regular expression, ready. */
export interface CompiledRegex {
  /** For any text. */
  readonly linear: RE2JS;
  /** The same for V8, with the flag `g`, where that is as good: for text that is ASCII. It never matches a line feed, nor nothing. */
  readonly bounded: RegExp | undefined;
}

/**
 * Makes a regular expression ready.
 *
 * @throws LogCasterError `LC_REGEX_INVALID`
 */
export function compileRegex(pattern: string, flags = ''): CompiledRegex {
  const linear = compile(pattern, flags);
  const ignoreCase = flags.includes('i') || pattern.startsWith(IGNORE_CASE);
  const rest = pattern.startsWith(IGNORE_CASE) ? pattern.slice(IGNORE_CASE.length) : pattern;
  return { linear, bounded: flags.includes('s') ? undefined : toBoundedRegExp(rest, ignoreCase) };
}

/** What is wrong with an expression; `undefined` if nothing is. */
export function regexProblem(pattern: string, flags = ''): string | undefined {
  try {
    compile(pattern, flags);
    return undefined;
  } catch (error) {
    const { message, hint } = error as LogCasterError;
    return `${message}. ${hint}`;
  }
}

function compile(pattern: string, flags: string): RE2JS {
  let bits = 0;
  for (const flag of flags) {
    if (!Object.hasOwn(FLAGS, flag)) {
      const hint = `There is ${Object.keys(FLAGS).join(', ')}.`;
      throw new LogCasterError('LC_REGEX_INVALID', `there is no flag ${JSON.stringify(flag)}`, { hint });
    }
    bits |= FLAGS[flag]!;
  }
  const quoted = JSON.stringify(pattern);
  try {
    const regex = RE2JS.compile(pattern, bits);
    if (regex.programSize() <= MAX_INSTRUCTIONS) return regex;
  } catch (cause) {
    if (!(cause instanceof RE2JSException)) throw cause;
    // It writes the flags into the expression.
    const problem = cause.message.replace(/^error parsing regexp: /, '').replace(/`\(\?[ims]+\)/, '`');
    throw new LogCasterError('LC_REGEX_INVALID', `${quoted} is not a regular expression: ${problem}`, {
      cause,
    });
  }
  throw new LogCasterError('LC_REGEX_INVALID', `${quoted} is too large for a regular expression`, {
    hint: 'Repeat less, or split it over several operators.',
  });
}

/** The index behind the last of the lines from `from` on that stand next to each other. */
function endOfRun({ bounds }: Batch, from: number, limit: number): number {
  let to = from + 1;
  while (to < limit && bounds[to * 2] === bounds[to * 2 - 1]! + 1) to++;
  return to;
}

/** Marks the lines in which `regex`, which never matches a line feed nor nothing, finds something. */
function sweep(
  regex: RegExp,
  { bounds }: Batch,
  from: number,
  to: number,
  text: string,
  marks: Uint8Array,
): number {
  const base = bounds[from * 2]!;
  let matching = 0;
  let index = from;
  regex.lastIndex = 0;
  while (regex.test(text)) {
    const last = base + regex.lastIndex - 1;
    while (bounds[index * 2 + 1]! <= last) index++;
    marks[index++] = 1;
    matching++;
    if (index === to) break;
    regex.lastIndex = bounds[index * 2]! - base;
  }
  return matching;
}
