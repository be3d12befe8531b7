/**
 * What a regular expression needs literally: texts of which each match holds at least one. They are looked for first, since
 * that is many times faster than trying the expression.
 *
 * What is not understood is left out, so that less is required; it is never wrong. `timeout.*closed` requires `timeout` (one
 * is enough), `(get|post)ed` requires `ed`, `warn|error` one of both, `a?b*` nothing.
 */
import { Buffer } from 'node:buffer';

/** More alternatives are not worth it. */
const MOST = 8;

/** A quantifier behind an item. */
const QUANTIFIER = /(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/y;
const POSIX_CLASS = /\[:\^?[a-z]+:\]/y;
const REPEATED = /^(?:\{|\+)/;

/** The texts; `undefined` when nothing is required. */
export function requiredLiterals(source: string, flags: string): Buffer[] | undefined {
  // Case folding, and flags or quotes inside of the expression.
  if (flags.includes('i') || /\(\?(?![:<])|\\[QE]/.test(source)) return undefined;
  const reader = new Reader(source);
  const literals = reader.readAlternatives();
  if (!literals || !reader.isAtEnd || literals.length > MOST) return undefined;
  return literals.map((literal) => Buffer.from(literal));
}

class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#source.length;
  }

  /** The longest text of each alternative; `undefined` when one has none. */
  readAlternatives(): string[] | undefined {
    let all: string[] | undefined = this.#readSequence();
    while (this.#source[this.#at] === '|') {
      this.#at++;
      const next = this.#readSequence();
      all = all && next && [...all, ...next];
    }
    return all;
  }

  #readSequence(): string[] | undefined {
    let best: string[] | undefined;
    let run = '';
    const offer = (texts: string[] | undefined): void => {
      if (texts && (!best || shortest(texts) > shortest(best))) best = texts;
    };
    const close = (): void => {
      if (run !== '') offer([run]);
      run = '';
    };
    while (!this.isAtEnd && this.#source[this.#at] !== '|' && this.#source[this.#at] !== ')') {
      const item = this.#readItem();
      const { times, isQuantified } = this.#readQuantifier();
      if (typeof item === 'string') {
        if (times > 0) run += item;
        // There may be more of the character, or none, before what follows.
        if (isQuantified) close();
      } else {
        close();
        if (times > 0) offer(item.texts);
      }
    }
    close();
    return best;
  }

  /** How often what was read must be there, at the least. */
  #readQuantifier(): { times: number; isQuantified: boolean } {
    QUANTIFIER.lastIndex = this.#at;
    const match = QUANTIFIER.exec(this.#source);
    if (!match) return { times: 1, isQuantified: false };
    this.#at += match[0].length;
    const times = match[1] === undefined ? (REPEATED.test(match[0]) ? 1 : 0) : Number(match[1]);
    return { times, isQuantified: true };
  }

  /** A character, or the texts of which something that is no character needs one. */
  #readItem(): string | { readonly texts: string[] | undefined } {
    const character = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
    this.#at += character.length;
    if (character === '(') return { texts: this.#readGroup() };
    if (character === '[') {
      this.#skipClass();
      return { texts: undefined };
    }
    if (character === '\\') return this.#readEscape();
    // U+FFFD also stands for bytes that are no UTF-8, and a lone surrogate for nothing.
    if ('.^$'.includes(character) || /[\ufffd\p{Cs}]/u.test(character)) return { texts: undefined };
    return character;
  }

  #readEscape(): string | { readonly texts: undefined } {
    const escaped = this.#source[this.#at++] ?? '';
    if (/^[!-/:-@[-`{-~]$/.test(escaped)) return escaped;
    // \p{Greek}, \x{10ffff}, \x41, \123
    if (/[pPx]/.test(escaped) && this.#source[this.#at] === '{') {
      this.#at = this.#source.indexOf('}', this.#at) + 1 || this.#source.length;
    } else if (escaped === 'x') this.#at += 2;
    else if (/[pP]/.test(escaped)) this.#at++;
    else if (/\d/.test(escaped)) while (/\d/.test(this.#source[this.#at] ?? '')) this.#at++;
    return { texts: undefined };
  }

  #readGroup(): string[] | undefined {
    const start = /\?(?::|P?<[^>]*>)/y;
    start.lastIndex = this.#at;
    this.#at += start.exec(this.#source)?.[0].length ?? 0;
    const texts = this.readAlternatives();
    this.#at++;
    return texts;
  }

  #skipClass(): void {
    if (this.#source[this.#at] === '^') this.#at++;
    // The first ] is a character.
    if (this.#source[this.#at] === ']') this.#at++;
    while (!this.isAtEnd && this.#source[this.#at] !== ']') {
      POSIX_CLASS.lastIndex = this.#at;
      const posix = POSIX_CLASS.exec(this.#source)?.[0].length;
      this.#at += posix ?? (this.#source[this.#at] === '\\' ? 2 : 1);
    }
    this.#at++;
  }
}

function shortest(texts: readonly string[]): number {
  return Math.min(...texts.map(({ length }) => length));
}
