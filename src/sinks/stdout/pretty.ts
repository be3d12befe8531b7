/**
 * Lines for people: the time (UTC), where the line comes from, the line, its fields.
 *
 *     12:00:00.000 tcp 127.0.0.1:51234  GET /cart 503  level=error status=503
 *
 * What could disturb a terminal is escaped. The further lines of a line that has several are set in.
 */
import { styleText } from 'node:util';
import type { Batch, Fields } from '../../core/batch.ts';
import { escapeLine, escapeText } from '../../core/escape.ts';
import { fieldText, formatTime } from '../../core/template.ts';

const FORMATS = ['dim', 'red', 'yellow'] as const;
type Format = (typeof FORMATS)[number];

/** Puts colours around a text, or does not. */
export type Style = (format: Format, text: string) => string;

/** The style for a stream: colours if it is a terminal that has them and the environment does not forbid them. */
export function styleFor(stream: NodeJS.WritableStream): Style {
  // Looking at the stream and the environment takes longer than a line.
  const codes = new Map(FORMATS.map((format) => [format, styleText(format, '|', { stream }).split('|')]));
  return (format, text) => {
    const [on = '', off = ''] = codes.get(format)!;
    return on + text + off;
  };
}

/** The lines of a batch for people, with a line feed behind each. */
export function toPretty(batch: Batch, style: Style): string {
  const time = formatTime(batch.receivedAt).slice(11, 23);
  const { source, peer } = batch.origin;
  const head = style(
    'dim',
    escapeText(peer === undefined ? `${time} ${source}` : `${time} ${source} ${peer}`),
  );
  let text = '';
  for (let index = 0; index < batch.length; index++) {
    const fields = batch.fields?.[index];
    const message = escapeLine(batch.line(index), '\n    ');
    text += `${head}  ${emphasize(message, fields, style)}`;
    if (fields) text += style('dim', toPairs(fields));
    text += '\n';
  }
  return text;
}

/** The lines of a batch as they are, escaped, with a line feed behind each. */
export function toEscaped(batch: Batch): string {
  let text = '';
  for (let index = 0; index < batch.length; index++) text += `${escapeLine(batch.line(index), '\n')}\n`;
  return text;
}

function emphasize(message: string, fields: Fields | undefined, style: Style): string {
  const level = fields?.['level'];
  if (typeof level !== 'string') return message;
  if (/^(?:error|err|fatal|crit|critical|alert|emerg|panic)$/i.test(level)) return style('red', message);
  return /^warn(?:ing)?$/i.test(level) ? style('yellow', message) : message;
}

function toPairs(fields: Fields): string {
  let pairs = ' ';
  for (const [name, value] of Object.entries(fields)) {
    const text = fieldText(value);
    pairs += ` ${name}=${typeof value === 'string' && /[\s"=]|^$/.test(value) ? JSON.stringify(value) : text}`;
  }
  return escapeText(pairs);
}
