/**
 * Finds the lines that hold a word, where an index says where lines begin: the most frequent of all searches, in one loop. What
 * {@link LineFinder} does for any condition comes to the same, and takes twice as long where most lines match. As there
 * (literal.ts), windows are searched as buffers, and as strings while there is much to find.
 */
import { lineAt } from '../core/line-at.ts';
import type { FoundLine } from '../core/line-condition.ts';
import type { IndexedLines } from './lines.ts';
import { type Literal, MANY } from './literal.ts';

export class WordSweep {
  readonly #word: Literal;
  /** Hits in the last window. */
  #hits = 0;

  constructor(word: Literal) {
    this.#word = word;
  }

  /**
   * Finds lines of a window.
   *
   * @param starts - where its lines start, less the first of them
   * @param base - what is added to the places that are told
   * @param firstLine - what is added to the index of a line
   */
  window(lines: IndexedLines, starts: Uint32Array, base: number, firstLine: number, found: FoundLine): void {
    const { bytes } = lines;
    const { needle } = this.#word;
    const { skipped, end, endText } = needle;
    const { length } = needle.bytes;
    const text = this.#hits > MANY && lines.canBeText ? lines.text() : undefined;
    const count = starts.length;
    const shift = starts[0]!;
    let hits = 0;
    let line = 0;
    let at = 0;
    while (line < count) {
      const from = at + skipped;
      const place = text === undefined ? bytes.indexOf(end, from) : text.indexOf(endText, from);
      if (place < 0) break;
      hits++;
      at = place - skipped;
      if (skipped > 0 && !needle.startsAt(bytes, at)) {
        at++;
        continue;
      }
      // Where most lines match, it is this one.
      if (line + 1 < count && starts[line + 1]! - shift <= at)
        line = lineAt(starts, at + shift, line + 1, count);
      const next = line + 1 < count ? starts[line + 1]! - shift : bytes.length;
      // A word with a line feed may stand across the end of the line.
      if (at + length < next) found(base + starts[line]! - shift, base + next - 1, firstLine + line);
      at = next;
      line++;
    }
    this.#hits = hits;
  }
}
