/**
 * Lines as text: as they are, byte for byte; or for eyes, with names, times and colours, and with what could disturb a terminal
 * written out.
 *
 *     app.log:a line that matched            tcp | a line of a collector
 *     app.log-a line for context             2026-01-31T12:00:00.000Z tcp | with its time
 *     --
 */

import { escapeLine, escapeText } from '../../../core/escape.ts';
import { formatTime } from '../../../core/template.ts';
import { originReader } from '../../../query/answering/pieces.ts';
import type { Highlighter } from '../highlight.ts';
import type { Output } from '../output.ts';
import { colored, DIM, MATCH, NAME, SourceColors } from '../palette.ts';
import type { ShownLines } from '../piece.ts';
import { type Show, showEach } from './show.ts';

/** How text is written. */
export interface TextOptions {
  /** What is named before each line: the file or else the source. */
  readonly names: boolean;
  /** Whether the time when it was received stands before each line. */
  readonly times: boolean;
  readonly colors: boolean;
  /** Whether what could disturb a terminal is written out. */
  readonly escapes: boolean;
  /** Finds what is to be highlighted; without colours it is not asked. */
  readonly highlighter?: Highlighter | undefined;
}

const STANDARD_INPUT = '(standard input)';

export class ShowText implements Show {
  readonly #options: TextOptions;
  readonly #sources = new SourceColors();

  constructor(options: TextOptions) {
    this.#options = options;
  }

  show(lines: ShownLines, output: Output): Promise<boolean> {
    const { names, times, colors, escapes } = this.#options;
    if (!names && !times && !colors && !escapes && !lines.isGap) return showBytes(lines, output);
    const headOf = this.#headReader(lines);
    const gap = `${this.#dim('--')}\n`;
    return showEach(lines, output, (index) => {
      if (lines.isGap?.[index]) output.text(gap);
      const head = headOf(index);
      if (head !== '') output.text(head);
      const { bytes, bounds } = lines;
      const line = bytes.subarray(bounds[index * 2], bounds[index * 2 + 1]);
      if (colors && !lines.isContext?.[index]) output.text(`${this.#highlighted(line)}\n`);
      else if (escapes) output.text(`${escapeLine(line, '\n')}\n`);
      else output.bytes(bytes.subarray(bounds[index * 2], bounds[index * 2 + 1]! + 1));
    });
  }

  #highlighted(line: Buffer): string {
    const spans = this.#options.highlighter?.find(line) ?? [];
    let text = '';
    let at = 0;
    for (const [from, to] of spans) {
      text += escapeLine(line.subarray(at, from), '\n');
      text += colored(MATCH, escapeLine(line.subarray(from, to), '\n'));
      at = to;
    }
    return text + escapeLine(line.subarray(at), '\n');
  }

  /** What stands before each line. */
  #headReader(lines: ShownLines): (index: number) => string {
    const { names, times } = this.#options;
    const originOf = originReader(lines);
    const file = names ? this.#fileHead(lines) : undefined;
    return (index) => {
      const time = times ? `${this.#dim(formatTime(lines.receivedAt[index]!) || '-')} ` : '';
      if (!names) return time;
      const isContext = lines.isContext?.[index] === 1;
      if (file) return file[isContext ? 1 : 0] + time;
      const source = originOf(index)?.source ?? '-';
      return `${time}${this.#source(escapeText(source))} ${this.#dim(isContext ? '-' : '|')} `;
    };
  }

  /** What stands before the matching lines and the others of a file; nothing if they are of no file. */
  #fileHead(lines: ShownLines): readonly [string, string] | undefined {
    if (lines.file === undefined) return undefined;
    const name = escapeText(lines.file === '-' ? STANDARD_INPUT : lines.file);
    const shown = this.#options.colors ? colored(NAME, name) : name;
    return [`${shown}${this.#dim(':')}`, `${shown}${this.#dim('-')}`];
  }

  #source(name: string): string {
    return this.#options.colors ? colored(this.#sources.of(name), name) : name;
  }

  #dim(text: string): string {
    return this.#options.colors ? colored(DIM, text) : text;
  }
}

/** The bytes as they are, neighbours at once. */
async function showBytes({ bytes, bounds }: ShownLines, output: Output): Promise<boolean> {
  let from = bounds[0] ?? 0;
  for (let at = 0; at < bounds.length; at += 2) {
    const end = bounds[at + 1]! + 1;
    if (bounds[at + 2] === end) continue;
    output.bytes(bytes.subarray(from, end));
    from = bounds[at + 2] ?? end;
    if (output.isFull && !(await output.send())) return false;
  }
  return output.isOpen;
}
