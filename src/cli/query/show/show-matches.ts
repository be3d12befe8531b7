/** Only what matched, each on a line of its own, as `grep -o`. */
import { escapeLine } from '../../../core/escape.ts';
import type { Highlighter } from '../highlight.ts';
import type { Output } from '../output.ts';
import type { ShownLines } from '../piece.ts';
import { type Show, showEach } from './show.ts';

const LINE_END = Buffer.from('\n');

export class ShowMatches implements Show {
  readonly #highlighter: Highlighter;
  readonly #escapes: boolean;

  constructor(highlighter: Highlighter, escapes: boolean) {
    this.#highlighter = highlighter;
    this.#escapes = escapes;
  }

  show(lines: ShownLines, output: Output): Promise<boolean> {
    const { bytes, bounds } = lines;
    return showEach(lines, output, (index) => {
      const line = bytes.subarray(bounds[index * 2], bounds[index * 2 + 1]);
      for (const [from, to] of this.#highlighter.find(line)) {
        const match = line.subarray(from, to);
        if (this.#escapes) output.text(escapeLine(match, '\n'));
        else output.bytes(match);
        output.bytes(LINE_END);
      }
    });
  }
}
