/**
 * The text of a configuration file, and where an offset in it is: lines and columns as editors count them, from 1 on, in
 * UTF-16 units.
 */
import type { Path } from './path.ts';

/** From the offset `start` to before the offset `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A span on one line. */
export interface Place {
  /** From 1 on. */
  readonly line: number;
  /** From 1 on, in UTF-16 units. */
  readonly column: number;
  /** The column behind the last character; on the same line, also when the span goes on. */
  readonly endColumn: number;
}

/**
 * The line that a diagnostic is about, and what of it. Secrets in it are masked.
 *
 * @remarks Since 0.1.0
 */
export interface Excerpt {
  /** The line, or as much of it as can be shown. */
  readonly text: string;
  /** Where what is meant begins in `text`, from 0 on. */
  readonly from: number;
  /** The offset behind it. */
  readonly to: number;
}

/** Which part of an entry: its key, or its value. */
export type Part = 'key' | 'value';

/** Knows where the parts of a configuration stand in its text. */
export interface Locator {
  /** The span of the key or the value at `path`, or of what is nearest to it; `undefined` if that is not known. */
  find(path: Path, part: Part): Span | undefined;
  /** The span of exactly the value at `path`. */
  valueSpan(path: Path): Span | undefined;
}

/** A text with its lines. */
export class SourceText {
  readonly text: string;
  /** How the file is called in messages. */
  readonly file: string;
  readonly #lineStarts: number[] = [0];

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1))
      this.#lineStarts.push(at + 1);
  }

  /** The line number, from 1 on, of an offset. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** The span of a line, without its line break. */
  lineSpan(line: number): Span {
    const start = this.#lineStarts[line - 1]!;
    const next = this.#lineStarts[line];
    let end = next === undefined ? this.text.length : next - 1;
    if (end > start && this.text[end - 1] === '\r') end--;
    return { start, end };
  }

  place(span: Span): Place {
    const start = Math.min(Math.max(span.start, 0), this.text.length);
    const line = this.lineAt(start);
    const whole = this.lineSpan(line);
    const column = start - whole.start + 1;
    return { line, column, endColumn: Math.max(Math.min(span.end, whole.end) - whole.start + 1, column + 1) };
  }
}
