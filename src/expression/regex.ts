/**
 * Regular expressions as parts of an expression.
 *
 * What an expression needs literally is looked for first (required-literals.ts). Where that is found, or when there is
 * nothing of the kind, the line is tried. Expressions that V8 may be trusted with sweep over the whole window as long as
 * it is ASCII: from one match to the next, if there is much to try, so that a line costs no call.
 */
import { type Buffer, isAscii } from 'node:buffer';
import type { CompiledRegex } from '../core/regex-matcher.ts';
import type { Lines } from './lines.ts';
import { type Gate, Literal, NOWHERE } from './literal.ts';
import { anyGate, type Part } from './parts.ts';
import { requiredLiterals } from './required-literals.ts';
import type { RegexText } from './syntax.ts';

/** Above so many lines tried in a window, the next one is swept over as a whole. */
const MANY = 24;

/** Finds something in bytes. */
export class RegexTest {
  readonly #compiled: CompiledRegex;

  constructor({ compiled }: RegexText) {
    this.#compiled = compiled;
  }

  /** Whether it finds something between `from` and `to`. */
  finds(bytes: Buffer, from: number, to: number, isKnownAscii = false): boolean {
    const { bounded, linear } = this.#compiled;
    if (!isKnownAscii) {
      const part = bytes.subarray(from, to);
      if (!isAscii(part)) return linear.test(part);
    }
    const text = bytes.toString('latin1', from, to);
    if (!bounded) return linear.test(text);
    bounded.lastIndex = 0;
    return bounded.test(text);
  }
}

/** Goes from one match to the next in a window that is ASCII. */
class Sweep implements Gate {
  readonly #regex: RegExp;
  #window = 0;
  #from = 0;
  #place = 0;
  /** Where the match at `#place` ends. */
  end = 0;

  /** @param regex - with the flag `g`; it matches no line feed, and never nothing */
  constructor(regex: RegExp) {
    // Whoever else uses it moves its lastIndex.
    this.#regex = new RegExp(regex.source, regex.flags);
  }

  next(lines: Lines, from: number): number {
    // In other windows each line may match.
    if (!lines.isAscii) return from;
    if (lines.window === this.#window && this.#from <= from && from <= this.#place) return this.#place;
    const regex = this.#regex;
    regex.lastIndex = from;
    this.#window = lines.window;
    this.#from = from;
    const match = regex.exec(lines.text());
    this.#place = match ? match.index : NOWHERE;
    this.end = match ? regex.lastIndex : NOWHERE;
    return this.#place;
  }

  adapt(): void {}
}

/** Holds for lines in which a regular expression finds something. */
export class Regex implements Part {
  readonly gate: Gate | undefined;
  readonly gateBytes: number;
  readonly cost = 20;
  readonly #test: RegexTest;
  readonly #literals: Gate | undefined;
  readonly #sweep: Sweep | undefined;
  #window = 0;
  #tried = 0;
  #isDense = false;

  constructor(regex: RegexText) {
    this.#test = new RegexTest(regex);
    const literals = requiredLiterals(regex.source, regex.flags);
    this.#literals = literals && anyGate(literals.map((literal) => new Literal(literal)));
    this.#sweep = regex.compiled.bounded && new Sweep(regex.compiled.bounded);
    this.gate = this.#literals ?? this.#sweep;
    this.gateBytes = this.#literals
      ? Math.min(...literals!.map(({ length }) => length))
      : this.#sweep
        ? 1
        : 0;
  }

  holds(lines: Lines): boolean {
    if (this.#literals && this.#literals.next(lines, lines.start) >= lines.end) return false;
    if (lines.window !== this.#window) {
      this.#window = lines.window;
      this.#isDense = this.#tried > MANY;
      this.#tried = 0;
    }
    this.#tried++;
    const sweep = this.#sweep;
    if (
      sweep &&
      lines.isAscii &&
      lines.canBeText &&
      (this.#isDense || this.#tried > MANY || !this.#literals)
    ) {
      // It has no line feed in it, but a line may: then it is over before the end of the line.
      return sweep.next(lines, lines.start) < lines.end && sweep.end <= lines.end;
    }
    return this.#test.finds(lines.bytes, lines.start, lines.end, lines.isAscii);
  }
}
