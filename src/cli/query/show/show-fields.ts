/**
 * Some fields of each line: columns with tabs between, or with `--json` an object a line. A field that a line does not have is an empty
 * column, and is left out of an object. What would spoil a column is written out: a tab as `\t`.
 */
import { escapeText } from '../../../core/escape.ts';
import { fieldText } from '../../../core/template.ts';
import { originReader } from '../../../query/answering/pieces.ts';
import { fieldsReader } from '../field-reader.ts';
import type { Output } from '../output.ts';
import { colored, DIM } from '../palette.ts';
import type { ShownLines } from '../piece.ts';
import { type Show, showEach } from './show.ts';

export interface FieldsOptions {
  readonly names: readonly string[];
  readonly json: boolean;
  readonly colors: boolean;
  /** Whether what could disturb a terminal is written out in JSON, too. */
  readonly escapes: boolean;
}

export class ShowFields implements Show {
  readonly #options: FieldsOptions;
  readonly #read: ReturnType<typeof fieldsReader>;

  constructor(options: FieldsOptions) {
    this.#options = options;
    this.#read = fieldsReader(options.names);
  }

  show(lines: ShownLines, output: Output): Promise<boolean> {
    const { names, json, colors, escapes } = this.#options;
    const { bytes, bounds, receivedAt, file, isContext, isGap } = lines;
    const originOf = originReader(lines);
    return showEach(lines, output, (index) => {
      const values = this.#read({
        bytes: bytes.subarray(bounds[index * 2], bounds[index * 2 + 1]),
        receivedAt: receivedAt[index]!,
        origin: originOf(index),
        file,
      });
      if (json) {
        const entries = names.flatMap((name, at) => (values[at] === undefined ? [] : [[name, values[at]]]));
        const text = JSON.stringify(Object.fromEntries(entries));
        output.text(`${escapes ? escapeText(text) : text}\n`);
        return;
      }
      if (isGap?.[index]) output.text('--\n');
      const row = values.map((value) => escapeText(fieldText(value))).join('\t');
      output.text(`${colors && isContext?.[index] ? colored(DIM, row) : row}\n`);
    });
  }
}
