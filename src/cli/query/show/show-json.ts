/**
 * Lines as JSON, an object a line: what the query port answers, with the file where there is one.
 *
 *     {"time":"2026-01-31T12:00:00.000Z","source":"tcp","peer":"10.0.0.7:51234","message":"…"}
 *     {"file":"app.log","message":"…"}
 *
 * A line that is not UTF-8 has `messageBase64`, its very bytes; one that is there for context has `context`.
 */
import { isUtf8 } from 'node:buffer';
import { escapeText } from '../../../core/escape.ts';
import { formatTime } from '../../../core/template.ts';
import { originReader } from '../../../query/answering/pieces.ts';
import type { Output } from '../output.ts';
import type { ShownLines } from '../piece.ts';
import { type Show, showEach } from './show.ts';

export class ShowJson implements Show {
  readonly #escapes: boolean;

  /** @param escapes - whether what could disturb a terminal is written out: it stays JSON */
  constructor(escapes: boolean) {
    this.#escapes = escapes;
  }

  show(lines: ShownLines, output: Output): Promise<boolean> {
    const { bytes, bounds, receivedAt, file, isContext } = lines;
    const originOf = originReader(lines);
    return showEach(lines, output, (index) => {
      const line = bytes.subarray(bounds[index * 2], bounds[index * 2 + 1]);
      const time = formatTime(receivedAt[index]!);
      const origin = originOf(index);
      const object = {
        ...(file !== undefined && { file }),
        ...(time !== '' && { time }),
        ...(origin && { source: origin.source }),
        ...(origin?.peer !== undefined && { peer: origin.peer }),
        message: line.toString(),
        ...(!isUtf8(line) && { messageBase64: line.toString('base64') }),
        ...(isContext?.[index] && { context: true }),
      };
      const json = JSON.stringify(object);
      output.text(`${this.#escapes ? escapeText(json) : json}\n`);
    });
  }
}
