/**
 * Regular expressions that are nothing but texts, with `.*` between them, and alternatives of such: `timeout.*closed`,
 * `ERROR|FATAL`. They need no engine: each text is looked for behind the one before.
 *
 * Only texts that are ASCII, for which a byte is a character wherever it stands. `.` is no line feed, but a line may hold some:
 * such a line is left to the engine.
 */
import { Buffer } from 'node:buffer';
import type { Lines } from './lines.ts';
import { type Gate, Literal } from './literal.ts';
import { anyGate, type Part } from './parts.ts';

/** The texts of each alternative; `undefined` for an expression of another kind. */
export function toGappedTexts(source: string, flags: string): string[][] | undefined {
  if (flags !== '') return undefined;
  const alternatives: string[][] = [];
  for (const alternative of source.split(/(?<!\\)\|/)) {
    const texts: string[] = [];
    for (const text of alternative.split(/(?<!\\)\.\*/)) {
      if (!/^(?:[A-Za-z0-9 !"#%&',/:;<=>@_`~-]|\\[!-/:-@[-`{-~])*$/.test(text)) return undefined;
      if (text !== '') texts.push(text.replaceAll(/\\(.)/g, '$1'));
    }
    if (texts.length === 0) return undefined;
    alternatives.push(texts);
  }
  return alternatives;
}

/** Holds for lines with the texts of one of several alternatives, one behind the other. */
export class GappedLiterals implements Part {
  readonly gate: Gate | undefined;
  readonly gateBytes: number;
  readonly cost = 3;
  readonly #alternatives: readonly (readonly Literal[])[];
  readonly #engine: Part;

  /** @param engine - decides about lines with line feeds in them */
  constructor(alternatives: readonly (readonly string[])[], engine: Part) {
    this.#alternatives = alternatives.map((texts) => texts.map((text) => new Literal(Buffer.from(text))));
    const longest = this.#alternatives.map((literals) =>
      literals.reduce((a, b) => (b.bytes.length > a.bytes.length ? b : a)),
    );
    this.gate = anyGate(longest);
    this.gateBytes = this.gate ? Math.min(...longest.map(({ bytes }) => bytes.length)) : 0;
    this.#engine = engine;
  }

  holds(lines: Lines): boolean {
    for (const literals of this.#alternatives) {
      const behind = endOfLast(lines, literals);
      if (behind < 0) continue;
      return literals.length === 1 || !lines.hasLineFeed() || this.#engine.holds(lines);
    }
    return false;
  }
}

/** Where the last of some texts ends, each of which stands behind the one before; -1 if they do not. */
function endOfLast(lines: Lines, literals: readonly Literal[]): number {
  let at = lines.start;
  for (let index = 0; index < literals.length; index++) {
    const literal = literals[index]!;
    at = literal.next(lines, at) + literal.bytes.length;
    if (at > lines.end) return -1;
  }
  return at;
}
