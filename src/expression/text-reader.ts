/**
 * The characters of an expression: words with their escapes and wildcards, phrases, regular expressions. What they mean
 * together is the parser's business.
 *
 * A backslash makes a character stand for itself that is no letter and no digit; `\xHH` is the byte HH. A letter behind a
 * backslash is refused, so that "C:\temp" does not silently become something else.
 */
import { Buffer } from 'node:buffer';
import { type CompiledRegex, compileRegex } from '../core/regex-matcher.ts';
import { ExpressionError } from './expression-error.ts';
import { MAX_PATTERN } from './glob.ts';
import { explainRegexError } from './regex-error.ts';
import type { Pattern, RegexText } from './syntax.ts';

const SPACE = /\s/;
const FLAGS = 'ims';

/** A word as it was written. */
export interface WordText {
  /** Its bytes between its wildcards; one Buffer where there are none. */
  readonly pattern: Pattern;
  /** As it was written. */
  readonly raw: string;
}

/** Reads an expression from left to right. */
export class TextReader {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The character that comes next; nothing at the end. */
  get next(): string {
    return this.text[this.at] ?? '';
  }

  /** Whether these characters come next. */
  comes(characters: string): boolean {
    return this.text.startsWith(characters, this.at);
  }

  /** Whether white space comes next, or the end. */
  get isAtSpace(): boolean {
    return this.at >= this.text.length || SPACE.test(this.next);
  }

  skipSpace(): void {
    while (this.at < this.text.length && SPACE.test(this.next)) this.at++;
  }

  /** Goes past some characters if they come next. */
  take(characters: string): boolean {
    if (!this.comes(characters)) return false;
    this.at += characters.length;
    return true;
  }

  /** @throws ExpressionError always: about the characters from `from` to `to`, by default the one that comes next */
  fail(problem: string, advice?: string, from = this.at, to = Math.min(from + 1, this.text.length)): never {
    throw new ExpressionError(this.text, { from, to }, problem, advice);
  }

  /**
   * Reads characters up to white space, a parenthesis, a quote, or one of `ends`. It may be empty.
   *
   * @param ends - characters that end it
   */
  readWord(ends: string): WordText {
    const from = this.at;
    const pattern: (Buffer | '*' | '?')[] = [];
    let bytes: Buffer[] = [];
    const close = (): void => {
      if (bytes.length > 0) pattern.push(Buffer.concat(bytes));
      bytes = [];
    };
    while (!this.isAtSpace && !'()"'.includes(this.next) && !ends.includes(this.next)) {
      const { next } = this;
      if (next === '*' || next === '?') {
        close();
        pattern.push(next);
        this.at++;
      } else {
        bytes.push(next === '\\' ? this.#readEscape() : this.#readPlain('()"*?\\', ends));
      }
    }
    close();
    if (pattern.length > 1 && this.at - from > MAX_PATTERN) {
      const problem = `a text with wildcards has at most ${MAX_PATTERN} characters`;
      this.fail(problem, 'Look for a part of it, or write a regular expression.', from, this.at);
    }
    return { pattern, raw: this.text.slice(from, this.at) };
  }

  /** Reads a text in quotes. */
  readPhrase(): Buffer {
    const from = this.at++;
    const bytes: Buffer[] = [];
    while (this.next !== '"') {
      if (this.at >= this.text.length) {
        this.fail(
          'this quote is never closed',
          'Write " at the end of the text, or \\" for the character.',
          from,
        );
      }
      bytes.push(this.next === '\\' ? this.#readEscape() : this.#readRun('"\\'));
    }
    this.at++;
    return Buffer.concat(bytes);
  }

  /** Reads a regular expression between slashes, and its flags. */
  readRegex(): RegexText {
    const from = this.at++;
    let isInClass = false;
    while (this.next !== '/' || isInClass) {
      if (this.at >= this.text.length) {
        const path = this.text.slice(from).match(/^\S+/)?.[0] ?? '/';
        const advice = `Write / at its end and \\/ inside of it; to look for the text, write "${path}", or \\${path} with wildcards.`;
        this.fail('this regular expression is never closed', advice, from);
      }
      if (this.next === '\\') this.at++;
      else if (this.next === '[') isInClass = true;
      else if (this.next === ']') isInClass = false;
      this.at++;
    }
    const source = this.text.slice(from + 1, this.at);
    const flagsAt = ++this.at;
    while (/[A-Za-z0-9_]/.test(this.next)) this.at++;
    const flags = this.text.slice(flagsAt, this.at);
    const wrong = Array.from(flags).findIndex((flag) => !FLAGS.includes(flag));
    if (wrong >= 0) {
      const path = this.text.slice(from).match(/^\S+/)![0];
      const advice = `After / there may be i, m and s; to look for the text, write "${path}", or \\/ for each slash.`;
      this.fail(`there is no flag "${flags[wrong]!}"`, advice, flagsAt + wrong);
    }
    if (source === '') {
      this.fail(
        'a regular expression is expected between the slashes',
        'To look for slashes write "//".',
        from,
        this.at,
      );
    }
    return { source, flags, compiled: this.#compile(source, flags, from + 1) };
  }

  #compile(source: string, flags: string, from: number): CompiledRegex {
    try {
      return compileRegex(source, flags);
    } catch (error) {
      const { problem, advice, at, length } = explainRegexError(error, source);
      return this.fail(problem, advice, from + at, from + at + length);
    }
  }

  #readPlain(special: string, ends: string): Buffer {
    const from = this.at;
    while (!this.isAtSpace && !special.includes(this.next) && !ends.includes(this.next)) this.at++;
    return Buffer.from(this.text.slice(from, this.at));
  }

  #readRun(special: string): Buffer {
    const from = this.at;
    while (this.at < this.text.length && !special.includes(this.next)) this.at++;
    return Buffer.from(this.text.slice(from, this.at));
  }

  #readEscape(): Buffer {
    const from = this.at++;
    const { next } = this;
    if (next === '')
      this.fail('a character is expected after the backslash', 'Write \\\\ for a backslash.', from);
    if (next === 'x') {
      const digits = /^[0-9A-Fa-f]{2}/.exec(this.text.slice(this.at + 1))?.[0];
      if (digits !== undefined) {
        this.at += 3;
        return Buffer.from(digits, 'hex');
      }
    }
    if (/[A-Za-z0-9]/.test(next)) {
      const advice = 'Write \\\\ for a backslash, and \\x09 for a byte: this one is a tab.';
      this.fail(`\\${next} means nothing here`, advice, from, from + 2);
    }
    const character = String.fromCodePoint(this.text.codePointAt(this.at)!);
    this.at += character.length;
    return Buffer.from(character);
  }
}
