/**
 * Reads what the value of a field must be, behind its name and the colon:
 *
 *     value    = word | phrase | "/" regex "/" flags | ( ">" | ">=" | "<" | "<=" ) text
 *              | ( "[" | "{" ) text "TO" text ( "]" | "}" ) | "(" any of these, with AND, OR, NOT and - ")"
 *     text     = word | phrase
 */
import { Buffer } from 'node:buffer';
import type { Bound, Node, Term, Value } from './syntax.ts';
import type { TextReader } from './text-reader.ts';
import { type FieldName, toTerm } from './to-term.ts';

/** Reads one part: a term of an expression, or what a value may be. */
export interface PartReader {
  /** Reads it; there is something to read. */
  readPart(): Node;
  /** Whether a `-` here is a negation. */
  isNegation(): boolean;
}

/** The grammar around values. */
export interface Grammar {
  readonly reader: TextReader;
  /** Reads what stands in parentheses. */
  readGroup(parts: PartReader): Node;
  /** A part that was read, from `from` on. */
  part(term: Term, from: number): Node;
}

/** Reads the values of fields. */
export class ValueParser {
  readonly #grammar: Grammar;
  readonly #now: number;

  constructor(grammar: Grammar, now: number) {
    this.#grammar = grammar;
    this.#now = now;
  }

  /** Reads a colon and what the value must be; the name began at `from`. */
  readField(name: FieldName, from: number): Node {
    const grammar = this.#grammar;
    const { reader } = grammar;
    const written = reader.text.slice(from, ++reader.at);
    if (reader.isAtSpace || reader.next === ')') {
      const quoted = `"${written.replaceAll('"', '')}"`;
      const advice = `Write ${written}* for any value, or ${quoted} to look for the text.`;
      reader.fail('a value is expected right behind the colon', advice, reader.at, reader.at);
    }
    let isInGroup = false;
    const values: PartReader = {
      isNegation: () => reader.next === '-' && !/^-[\d.]/.test(reader.text.slice(reader.at, reader.at + 2)),
      readPart: () => {
        const start = reader.at;
        if (reader.next === '(') {
          isInGroup = true;
          return grammar.readGroup(values);
        }
        const value = readValue(reader);
        const end = reader.at;
        const term = toTerm(name, value, this.#now, (problem, advice) =>
          reader.fail(problem, advice, start, end),
        );
        const part = grammar.part(term, isInGroup ? start : from);
        return isInGroup ? { ...part, label: written + reader.text.slice(start, end) } : part;
      },
    };
    return { ...values.readPart(), from };
  }
}

function readValue(reader: TextReader): Value {
  const { next } = reader;
  if (next === '"') return { kind: 'text', bytes: reader.readPhrase(), isQuoted: true };
  if (next === '/') return { kind: 'regex', regex: reader.readRegex() };
  if (next === '[' || next === '{') return readRange(reader);
  if (next === '>' || next === '<') return readComparison(reader);
  if (next === '=')
    reader.fail('a colon is enough', 'Write name:value, or name:"=…" for a text that begins with =.');
  const from = reader.at;
  const { pattern } = reader.readWord('');
  const [first] = pattern;
  if (pattern.length === 0) reader.fail('a value is expected here', undefined, from);
  if (pattern.every((piece) => piece === '*')) return { kind: 'exists' };
  if (pattern.length > 1 || typeof first === 'string') return { kind: 'pattern', pattern };
  return { kind: 'text', bytes: first!, isQuoted: false };
}

function readComparison(reader: TextReader): Value {
  const isLow = reader.next === '>';
  reader.at++;
  const isInclusive = reader.take('=');
  const bound = readBound(reader, '', isInclusive);
  if (bound === undefined) {
    reader.fail('a number or a text to compare with is expected here', undefined, reader.at, reader.at);
  }
  return isLow ? { kind: 'range', low: bound } : { kind: 'range', high: bound };
}

function readRange(reader: TextReader): Value {
  const from = reader.at;
  const isLowInclusive = reader.next === '[';
  reader.at++;
  const advice =
    'A range is [100 TO 200], {100 TO 200} without its ends, or [100 TO *]; other text belongs in quotes.';
  reader.skipSpace();
  const low = readBound(reader, ']}', isLowInclusive) ?? missing(reader, advice);
  reader.skipSpace();
  if (!reader.take('TO') || !reader.isAtSpace) reader.fail('TO is expected here', advice);
  reader.skipSpace();
  const highFrom = reader.at;
  const bound = readBound(reader, ']}', true) ?? missing(reader, advice);
  reader.skipSpace();
  const { next } = reader;
  if (next !== ']' && next !== '}') {
    if (next === '') reader.fail('this range is never closed', advice, from);
    reader.fail('] or } is expected here', advice);
  }
  reader.at++;
  const high = bound === 'open' ? bound : { ...bound, isInclusive: next === ']' };
  if (low === 'open' && high === 'open') return { kind: 'exists' };
  if (low !== 'open' && high !== 'open' && low.isQuoted !== high.isQuoted) {
    reader.fail('both ends of a range are in quotes, or none', advice, highFrom, reader.at - 1);
  }
  return { kind: 'range', low: low === 'open' ? undefined : low, high: high === 'open' ? undefined : high };
}

function missing(reader: TextReader, advice: string): never {
  return reader.fail('a number or a text is expected here', advice, reader.at, reader.at);
}

/** One end of a range; `open` for `*`, where ends of ranges stand in brackets. */
function readBound(reader: TextReader, ends: ']}', isInclusive: boolean): Bound | 'open' | undefined;
function readBound(reader: TextReader, ends: '', isInclusive: boolean): Bound | undefined;
function readBound(reader: TextReader, ends: string, isInclusive: boolean): Bound | 'open' | undefined {
  if (reader.next === '"') return { bytes: reader.readPhrase(), isInclusive, isQuoted: true };
  const from = reader.at;
  const { pattern } = reader.readWord(ends);
  const [first] = pattern;
  if (first === undefined) return undefined;
  if (ends !== '' && pattern.length === 1 && first === '*') return 'open';
  if (pattern.length > 1 || typeof first === 'string') {
    reader.fail('what is compared has no wildcards', 'Write it in quotes.', from, reader.at);
  }
  return { bytes: Buffer.from(first), isInclusive, isQuoted: false };
}
