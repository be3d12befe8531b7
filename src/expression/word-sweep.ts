/**
 * Finds the lines that hold a word, where an index says where lines begin: the most frequent of all searches, in one loop. What
 * {@link LineFinder} does for any condition comes to the same, and takes twice as long where most lines match.
 *
 * A call of a buffer's `indexOf` takes some 65 ns, of a string's 15 ns, but making a string of a window takes 10 µs or more:
 * windows are searched as buffers, and as strings while there is much to find.
 */
import { lineAt } from '../core/line-at.ts';
import type { FoundLine } from '../core/line-condition.ts';
import type { IndexedLines } from './lines.ts';
import { Needle } from './needle.ts';

/** With more hits in a window, the next one becomes a string. */
const MANY = 24;

export class WordSweep {
  readonly #word: Uint8Array;
  #needle: Needle;
  /** Hits in the last window. */
  #hits = 0;

  /** @param word - at least one byte */
  constructor(word: Uint8Array) {
    this.#word = word;
    this.#needle = new Needle(word, new Uint32Array(256));
  }

  /** Learns how often each byte stands in a sample. */
  adapt(counts: Uint32Array): void {
    this.#needle = new Needle(this.#word, counts);
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
    const { skipped, end, endText } = this.#needle;
    const { length } = this.#word;
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
      if (skipped > 0 && !this.#needle.startsAt(bytes, at)) {
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
