/**
 * Encodings: what a sink that stores bytes writes for a line. Shared by all of them as the option `encoding`.
 *
 *     line        the line as it was received, byte for byte; costs nothing
 *     json        {"time":"2026-01-31T12:00:00.000Z","source":"tcp","peer":"…","message":"…","fields":{…}}
 *     template    a text with placeholders, see template.ts
 *
 * An encoder turns a batch into one whose lines are the encoded ones, line for line: what cuts files by size or counts
 * lines need not know. Nothing is lost. In JSON, a line that is not UTF-8 has `messageBase64`, its very bytes, beside a
 * `message` that can be read; a template puts bytes in as they are. `peer` and `fields` are there if the line has them.
 *
 * Invariant: encoding never throws, whatever the lines and the fields.
 */
import { Buffer, isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { Batch, Lines } from './batch.ts';
import type { FieldPath } from './field-path.ts';
import { joinTexts } from './join-texts.ts';
import {
  batchText,
  fieldText,
  formatTime,
  parseTemplate,
  type TemplatePart,
  templateProblem,
  toJson,
} from './template.ts';

/** An option that is a template. `read` throws a LogCasterError for what is none. */
export function templateOption(read: (template: string) => unknown = parseTemplate) {
  return z.string().superRefine((template, context) => {
    const problem = templateProblem(template, read);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, input: template });
  });
}

/** The encoding that is a template. */
export const templateEncoding = z.strictObject({
  template: templateOption().meta({
    description:
      'A text with {message}, {time}, {source}, {peer} and {fields.NAME}; a brace is written twice',
    unit: 'template',
  }),
});

/** The option `encoding` of a sink, to be put into its options. */
export const encodingOption = z
  .union([z.enum(['line', 'json']), templateEncoding], {
    error: 'must be `line`, `json`, or `template:` with a text',
  })
  .default('line')
  .meta({
    description:
      'What is written for a line: the line as it was received, JSON of the line and its fields, or a template',
    unit: 'encoding',
  });

/** How lines are encoded. */
export type Encoding = 'line' | 'json' | { readonly template: string };

/** Encodes the lines of batches. */
export interface Encoder {
  /** A batch of the same origin, time and delivery, with as many lines. */
  encode(batch: Batch): Batch;
}

const AS_RECEIVED: Encoder = { encode: (batch) => batch };
const AS_JSON: Encoder = { encode: encodeJson };

/**
 * An encoder.
 *
 * @remarks Since 0.1.0
 * @throws LogCasterError `LC_TEMPLATE_INVALID`
 * @example
 * ```ts
 * const encoder = toEncoder({ template: '{source}: {message}' });
 * encoder.encode(Batch.fromTexts(['hello'], { origin: { source: 'tcp' }, receivedAt: 0 })).text(0); // 'tcp: hello'
 * ```
 */
export function toEncoder(encoding: Encoding): Encoder {
  if (encoding === 'line') return AS_RECEIVED;
  if (encoding === 'json') return AS_JSON;
  const parts = parseTemplate(encoding.template);
  return { encode: (batch) => encodeTemplate(batch, parts) };
}

function encodeJson(batch: Batch): Batch {
  const { origin, fields, length } = batch;
  const peer = origin.peer === undefined ? '' : `,"peer":${JSON.stringify(origin.peer)}`;
  const time = JSON.stringify(formatTime(batch.receivedAt));
  const head = `{"time":${time},"source":${JSON.stringify(origin.source)}${peer},"message":`;
  const isText = isUtf8(runOf(batch));
  const texts: string[] = [];
  for (let index = 0; index < length; index++) {
    let text = head + JSON.stringify(batch.text(index));
    if (!isText && !isUtf8(batch.line(index)))
      text += `,"messageBase64":"${batch.line(index).toString('base64')}"`;
    const lineFields = fields?.[index];
    if (lineFields) text += `,"fields":${toJson(lineFields) ?? '{},"fieldsError":"nested too deep"'}`;
    texts.push(`${text}}`);
  }
  return batch.withLines(joinTexts(texts, 'utf8'));
}

/** Texts are made of one character a byte (latin1), so that the bytes of a line go through as they are. */
function encodeTemplate(batch: Batch, parts: readonly TemplatePart[]): Batch {
  const { bytes, bounds, fields, length } = batch;
  const steps = toSteps(batch, parts);
  const texts: string[] = [];
  for (let index = 0; index < length; index++) {
    let text = '';
    for (const step of steps) {
      if (typeof step === 'string') text += step;
      else if (step) text += toByteText(fieldText(step.get(fields?.[index])));
      else text += bytes.toString('latin1', bounds[index * 2], bounds[index * 2 + 1]);
    }
    texts.push(text);
  }
  return batch.withLines(joinTexts(texts, 'latin1'));
}

/** What to do for each line: put in a text that is the same for the whole batch, a field, or (`undefined`) the line. */
function toSteps(batch: Batch, parts: readonly TemplatePart[]): (string | FieldPath | undefined)[] {
  return parts.map((part) => {
    if (part.kind === 'field') return part.path;
    if (part.kind === 'text') return toByteText(part.text);
    return part.name === 'message' ? undefined : toByteText(batchText(batch, part.name));
  });
}

function toByteText(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');
}

/** The bytes from the first line to the last, with what may stand between them. */
function runOf({ bytes, bounds }: Lines): Buffer {
  return bytes.subarray(bounds[0], bounds.at(-1));
}
