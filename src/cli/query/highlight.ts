/**
 * Finds what an expression is about in the lines that it found: its words, phrases, wildcards and regular expressions, and values of
 * fields that must be just so. What a line must not have is not looked for.
 */
import { RE2JS } from 're2js';
import { DEFAULT_LIMITS, Parser } from '../../expression/parse.ts';
import type { Node, Pattern } from '../../expression/syntax.ts';

/** Where something stands in a line, in bytes. */
export type Span = readonly [from: number, to: number];

/** Finds places in a line, in any order. */
type Finder = (line: Buffer) => Span[];

/** More in a line help nobody. */
const MOST_SPANS = 1000;

/** Finds what is to be highlighted. */
export class Highlighter {
  readonly #finders: readonly Finder[];

  /** @param text - an expression without errors */
  constructor(text: string) {
    this.#finders = findersOf(new Parser(text, 0, DEFAULT_LIMITS).parse());
  }

  /** The places, in order; none overlaps another. */
  find(line: Buffer): Span[] {
    if (this.#finders.length === 1) return this.#finders[0]!(line);
    const all = this.#finders.flatMap((find) => find(line));
    return merge(all.toSorted((a, b) => a[0] - b[0]));
  }
}

function findersOf(node: Node): Finder[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.parts.flatMap(findersOf);
    case 'word':
      return [literalFinder(node.bytes)];
    case 'pattern':
      return [regexFinder(RE2JS.compile(patternSource(node.pattern)))];
    case 'regex':
      return [regexFinder(node.regex.compiled.linear)];
    case 'field':
      return node.value.kind === 'text'
        ? [fieldFinder(node.name.toString(), node.value.bytes.toString())]
        : [];
    default:
      return [];
  }
}

function literalFinder(bytes: Buffer): Finder {
  return (line) => {
    const spans: Span[] = [];
    for (let at = line.indexOf(bytes); at !== -1 && spans.length < MOST_SPANS; ) {
      spans.push([at, at + bytes.length]);
      at = line.indexOf(bytes, at + bytes.length);
    }
    return spans;
  };
}

/** @param group - the group whose place is meant */
function regexFinder(regex: RE2JS, group = 0): Finder {
  return (line) => {
    const spans: Span[] = [];
    const matcher = regex.matcher(line);
    while (spans.length < MOST_SPANS && matcher.find()) {
      const from = matcher.start(group);
      const to = matcher.end(group);
      if (from >= 0 && to > from) spans.push([from, to]);
    }
    return spans;
  };
}

/** The value behind the name, in JSON and in logfmt; of a nested field the name is the last part. */
function fieldFinder(name: string, value: string): Finder {
  const key = RE2JS.quote(name.split('.').at(-1)!);
  const source = `(?:"${key}"\\s*:\\s*"?|(?:^|[\\s{,.])${key}="?)(${RE2JS.quote(value)})(?:["\\s,}\\]]|$)`;
  return regexFinder(RE2JS.compile(source), 1);
}

/** A wildcard is never white space. */
function patternSource(pattern: Pattern): string {
  return pattern
    .map((piece) => {
      if (piece === '?') return '\\S';
      return piece === '*' ? '\\S*' : RE2JS.quote(piece.toString());
    })
    .join('');
}

function merge(spans: readonly Span[]): Span[] {
  const merged: [number, number][] = [];
  for (const [from, to] of spans) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}
