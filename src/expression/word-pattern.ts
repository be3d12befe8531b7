/** A word with wildcards, anywhere in a line. A wildcard is never white space, so that it stays within what looks like a word. */
import type { Buffer } from 'node:buffer';
import { Glob } from './glob.ts';
import type { Lines } from './lines.ts';
import { Literal } from './literal.ts';
import type { Part } from './parts.ts';
import type { Pattern } from './syntax.ts';

/** Holds for lines in which something between two white spaces contains the pattern. */
export class WordPattern implements Part {
  readonly gate: Literal | undefined;
  readonly gateBytes: number;
  readonly cost = 15;
  readonly #glob: Glob;

  /** @param pattern - without white space */
  constructor(pattern: Pattern) {
    this.#glob = new Glob(['*', ...pattern, '*']);
    const { literal } = this.#glob;
    this.gate = literal && new Literal(literal);
    this.gateBytes = literal?.length ?? 0;
  }

  holds(lines: Lines): boolean {
    if (this.gate && !this.gate.isIn(lines)) return false;
    const { bytes, end } = lines;
    for (let at = lines.start; at < end; ) {
      let begin = at;
      while (begin < end && isSpace(bytes[begin]!)) begin++;
      at = endOfWord(bytes, begin, end);
      if (begin < at && this.#glob.matches(bytes, begin, at)) return true;
    }
    return false;
  }
}

function endOfWord(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && !isSpace(bytes[at]!)) at++;
  return at;
}

/** White space of ASCII. */
export function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}
