/**
 * Reads an expression into a tree, by recursive descent:
 *
 *     any      = all { "OR" all }
 *     all      = one { [ "AND" ] one }
 *     one      = ( "NOT" | "-" ) one | "(" any ")" | "/" regex "/" flags | word | phrase | name ":" value
 *     name     = word | phrase
 *
 * and behind a name what its value must be (parse-value.ts). What is likely to be a mistake is refused, with what to write
 * instead: `and` in lower case, `status>=500`, `12:30`, `/var/log`. It can always be written in quotes.
 *
 * Limits: characters, parts, and how deep parts are nested; so that no expression takes long to read or to ask.
 */
import { Buffer } from 'node:buffer';
import { type Grammar, type PartReader, ValueParser } from './parse-value.ts';
import type { Node, Place, Term } from './syntax.ts';
import { TextReader, type WordText } from './text-reader.ts';
import { isSpace } from './word-pattern.ts';

/**
 * Limits of an expression.
 *
 * @remarks Since 0.1.0
 */
export interface ExpressionLimits {
  /** The most characters. @defaultValue 10,000 */
  readonly maxLength: number;
  /** Words, fields and other parts. @defaultValue 500 */
  readonly maxParts: number;
  /** How deep parentheses and negations are nested. @defaultValue 100 */
  readonly maxDepth: number;
}

export const DEFAULT_LIMITS: ExpressionLimits = { maxLength: 10_000, maxParts: 500, maxDepth: 100 };

const FIELD_NAME = /^[\p{L}_@$]/u;
const COMPARISON = /^([\p{L}_@$][^<>=!]*)(>=|<=|==|!=|>|<)(.+)$/su;

/** Reads expressions. */
export class Parser implements Grammar, PartReader {
  readonly reader: TextReader;
  readonly #limits: ExpressionLimits;
  readonly #values: ValueParser;
  #parts = 0;
  #depth = 0;

  /** @param now - what durations count back from, in ms since the epoch */
  constructor(text: string, now: number, limits: ExpressionLimits) {
    this.reader = new TextReader(text);
    this.#limits = limits;
    this.#values = new ValueParser(this, now);
  }

  /** @throws ExpressionError */
  parse(): Node {
    const { reader } = this;
    const { maxLength } = this.#limits;
    const { length } = reader.text;
    if (length > maxLength) {
      const problem = `the expression is too long: ${length} characters, at most ${maxLength}`;
      reader.fail(problem, 'Split it over several filters or searches.', maxLength);
    }
    reader.skipSpace();
    if (reader.next === '') return { kind: 'everything', from: 0, to: 0 };
    const node = this.readAny(this);
    if (reader.next === ')') reader.fail('there is no ( to this )', 'Write ")" to look for the character.');
    return node;
  }

  /** Reads parts with AND, OR and NOT between them, up to the end or a closing parenthesis. */
  readAny(parts: PartReader): Node {
    const nodes = [this.#readAll(parts)];
    while (this.#takeWord('OR')) nodes.push(this.#readAll(parts));
    return join('or', nodes);
  }

  /** Reads what stands in parentheses. */
  readGroup(parts: PartReader): Node {
    const { reader } = this;
    const from = reader.at++;
    this.#deeper(from);
    reader.skipSpace();
    if (reader.next === ')') {
      reader.fail(
        'something is expected between the parentheses',
        'Write "()" to look for the characters.',
        from,
        reader.at + 1,
      );
    }
    const node = this.readAny(parts);
    if (!reader.take(')')) {
      reader.fail('this ( is never closed', 'Write ) behind it, or "(" to look for the character.', from);
    }
    this.#depth--;
    return { ...node, from, to: reader.at };
  }

  isNegation(): boolean {
    return this.reader.next === '-';
  }

  readPart(): Node {
    const { reader } = this;
    const from = reader.at;
    if (reader.next === '(') return this.#followed(this.readGroup(this));
    if (reader.next === '/') {
      const regex = reader.readRegex();
      return this.#followed(this.part({ kind: 'regex', regex }, from));
    }
    if (reader.next === '"') {
      const bytes = reader.readPhrase();
      if (reader.comes(':')) return this.#followed(this.#values.readField({ bytes, isQuoted: true }, from));
      return this.#followed(this.part(toWord({ pattern: [bytes], raw: '' }), from));
    }
    const word = reader.readWord(':');
    const place = { from, to: reader.at };
    if (reader.comes(':')) return this.#followed(this.#readField(word, from));
    this.#refuseMistakes(word, place);
    if (word.pattern.length > 1) this.#checkPattern(word, place);
    return this.#followed(this.part(toWord(word), from));
  }

  /** A part that was read, from `from` on. */
  part(term: Term, from: number): Node {
    const { reader } = this;
    if (++this.#parts > this.#limits.maxParts) {
      const problem = `the expression has more than ${this.#limits.maxParts} parts`;
      reader.fail(problem, 'A regular expression such as /a|b|c/ is one part.', from, reader.at);
    }
    return { ...term, from, to: reader.at };
  }

  #readAll(parts: PartReader): Node {
    const { reader } = this;
    const nodes = [this.#readOne(parts, 'something to look for')];
    for (;;) {
      reader.skipSpace();
      if (reader.next === '' || reader.next === ')' || this.#isWord('OR')) return join('and', nodes);
      const hasAnd = this.#takeWord('AND');
      nodes.push(this.#readOne(parts, hasAnd ? 'something to look for behind AND' : 'something to look for'));
    }
  }

  #readOne(parts: PartReader, expected: string): Node {
    const { reader } = this;
    reader.skipSpace();
    const from = reader.at;
    for (const operator of ['AND', 'OR']) {
      if (this.#isWord(operator)) {
        const problem = `${expected} is expected here, not ${operator}`;
        reader.fail(problem, `Write "${operator}" to look for the word.`, from, from + operator.length);
      }
    }
    if (reader.next === '' || reader.next === ')') this.#missing(expected);
    if (this.#takeWord('NOT')) {
      reader.skipSpace();
      if (reader.next === '' || reader.next === ')') this.#missing('something to look for behind NOT');
    } else if (parts.isNegation()) {
      reader.at++;
      if (reader.isAtSpace || reader.next === ')' || reader.next === '-') {
        const problem = 'what a line must not have is expected right behind this -';
        const end = /^[^\s()]*/.exec(reader.text.slice(from))![0].length;
        reader.fail(
          problem,
          `Write "${reader.text.slice(from, from + end)}" to look for the characters.`,
          from,
        );
      }
    } else {
      return parts.readPart();
    }
    this.#deeper(from);
    const part = this.#readOne(parts, 'something to look for');
    this.#depth--;
    return { kind: 'not', part, from, to: part.to };
  }

  #missing(expected: string): never {
    const { reader } = this;
    const end = reader.text.trimEnd().length;
    const at = reader.next === '' ? Math.min(end, reader.at) : reader.at;
    return reader.fail(`${expected} is expected here`, undefined, at, at);
  }

  #deeper(from: number): void {
    const { maxDepth } = this.#limits;
    if (++this.#depth <= maxDepth) return;
    this.reader.fail(`parts are nested more than ${maxDepth} deep`, 'Leave out parentheses.', from);
  }

  #readField(word: WordText, from: number): Node {
    const { reader } = this;
    const { pattern, raw } = word;
    const whole = /^[^\s()"]*/.exec(reader.text.slice(from))![0];
    const quote = `To look for the text, write "${whole}".`;
    if (pattern.length === 0) reader.fail('the name of a field is expected before the colon', quote, from);
    const [name] = pattern;
    if (pattern.length > 1 || name === undefined || typeof name === 'string') {
      return reader.fail('the name of a field has no wildcards', quote, from, reader.at);
    }
    if (!FIELD_NAME.test(raw)) {
      reader.fail(
        'the name of a field begins with a letter, _, @ or $',
        `${quote} For a field of this name, write "${raw}":value.`,
        from,
        reader.at,
      );
    }
    return this.#values.readField({ bytes: name, isQuoted: false }, from);
  }

  #checkPattern({ pattern }: WordText, { from, to }: Place): void {
    const { reader } = this;
    if (pattern.some((piece) => typeof piece !== 'string' && piece.some(isSpace))) {
      const advice = 'Write a regular expression: /…/.';
      reader.fail('a word with wildcards has no white space in it', advice, from, to);
    }
  }

  /** What stands behind a part must not be glued to it. */
  #followed(node: Node): Node {
    const { reader } = this;
    if (reader.isAtSpace || reader.next === ')') return node;
    if (reader.next === '"') {
      reader.fail(
        'a space is expected before this quote',
        'Write \\" for a quote inside of a word, or all of it in quotes.',
      );
    }
    const advice = reader.next === '(' ? 'To look for the text, write all of it in quotes.' : undefined;
    return reader.fail(`a space is expected before ${reader.next}`, advice);
  }

  #refuseMistakes({ raw }: WordText, { from, to }: Place): void {
    const { reader } = this;
    const upper = raw.toUpperCase();
    if (['AND', 'OR', 'NOT'].includes(upper)) {
      reader.fail(
        `it is not clear whether ${raw} is a word`,
        `Write ${upper} for the operator, "${raw}" for the word.`,
        from,
        to,
      );
    }
    const operator = { '&&': 'AND', '||': 'OR' }[raw];
    if (operator !== undefined) {
      reader.fail(
        `there is no operator ${raw}`,
        `Write ${operator}, or "${raw}" for the characters.`,
        from,
        to,
      );
    }
    if (raw.startsWith('!')) {
      const advice = `Write NOT or - for what a line must not have, or "${raw}" for the text.`;
      reader.fail('there is no operator !', advice, from);
    }
    if (/^(?:==?|!=|<=?|>=?)$/.test(raw)) {
      const advice = `Write name:value, name:>=value without spaces, or "${raw}" for the characters.`;
      reader.fail(`there is no operator ${raw}`, advice, from, to);
    }
    const [, name, comparison = '', value] = COMPARISON.exec(raw) ?? [];
    if (name !== undefined) {
      const isEqual = comparison === '==' || comparison === '!=';
      const field = `${comparison === '!=' ? '-' : ''}${name}:${isEqual ? '' : comparison}${value!}`;
      const at = from + name.length;
      reader.fail(
        'a colon is expected behind the name of a field',
        `Write ${field}, or "${raw}" for the text.`,
        at,
        at + comparison.length,
      );
    }
  }

  #isWord(word: string): boolean {
    const { reader } = this;
    if (!reader.text.startsWith(word, reader.at)) return false;
    const behind = reader.text[reader.at + word.length] ?? ' ';
    return /[\s()"/]/.test(behind);
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.reader.at += word.length;
    return true;
  }
}

function join(kind: 'and' | 'or', parts: readonly Node[]): Node {
  if (parts.length === 1) return parts[0]!;
  return { kind, parts, from: parts[0]!.from, to: parts.at(-1)!.to };
}

/** Words that stand for everything look for nothing: `*`, `""`. */
function toWord({ pattern }: WordText): Term {
  const [first] = pattern;
  if (pattern.every((piece) => piece === '*')) return { kind: 'everything' };
  if (pattern.length > 1 || typeof first === 'string') return { kind: 'pattern', pattern };
  return first!.length === 0 ? { kind: 'everything' } : { kind: 'word', bytes: Buffer.from(first!) };
}
