/**
 * Templates: texts with placeholders that are filled in for each line, in the `encoding` of a sink and in `set`.
 *
 *     {message}         the line                          {time}     when it was received: 2026-01-31T12:00:00.000Z
 *     {fields.NAME}     a field; nothing if it has none   {source}   the source's name
 *     {{  }}            braces                            {peer}     the sender; nothing if it is not known
 *
 * A text stands for itself, any other value of a field for its JSON. An unknown placeholder is an error, not a text.
 */
import type { Batch, FieldValue } from './batch.ts';
import { LogCasterError } from './errors.ts';
import { FieldPath } from './field-path.ts';

const NAMES = ['message', 'time', 'source', 'peer'] as const;

/** A placeholder that is no field. */
export type TemplateName = (typeof NAMES)[number];

/** A piece of a template: a text, a placeholder, a field. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'name'; readonly name: TemplateName }
  | { readonly kind: 'field'; readonly path: FieldPath };

const FIELD = 'fields.';

const PIECE = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g;

/**
 * Reads a template.
 *
 * @throws LogCasterError `LC_TEMPLATE_INVALID`
 */
export function parseTemplate(template: string): readonly TemplatePart[] {
  return splitTemplate(template).map((piece): TemplatePart => {
    if (typeof piece === 'string') return { kind: 'text', text: piece };
    const { placeholder } = piece;
    if (placeholder.startsWith(FIELD) && placeholder.length > FIELD.length) {
      return { kind: 'field', path: new FieldPath(placeholder.slice(FIELD.length)) };
    }
    const name = NAMES.find((each) => each === placeholder);
    if (name !== undefined) return { kind: 'name', name };
    throw unknownPlaceholder(template, placeholder);
  });
}

/**
 * Texts and placeholders of a template, whatever the placeholders are.
 *
 * @throws LogCasterError `LC_TEMPLATE_INVALID` for a brace that belongs to no placeholder
 */
export function splitTemplate(template: string): (string | { readonly placeholder: string })[] {
  const pieces: (string | { readonly placeholder: string })[] = [];
  let text = '';
  for (const [piece, name] of template.matchAll(PIECE)) {
    if (name === undefined) {
      if (piece === '{' || piece === '}') throw unmatched(template, piece);
      text += piece === '{{' || piece === '}}' ? piece[0] : piece;
      continue;
    }
    if (text !== '') pieces.push(text);
    text = '';
    pieces.push({ placeholder: name.trim() });
  }
  if (text !== '') pieces.push(text);
  return pieces;
}

/** The error for a placeholder that there is not. */
export function unknownPlaceholder(template: string, name: string, hint?: string): LogCasterError {
  const message = `${JSON.stringify(template)} has an unknown placeholder {${name}}`;
  return new LogCasterError('LC_TEMPLATE_INVALID', message, hint === undefined ? {} : { hint });
}

/** Fills in a template for one line, as text: what is no UTF-8 in the line becomes U+FFFD. */
export function fillTemplate(parts: readonly TemplatePart[], batch: Batch, index: number): string {
  let text = '';
  for (const part of parts) {
    if (part.kind === 'text') text += part.text;
    else if (part.kind === 'field') text += fieldText(part.path.get(batch.fields?.[index]));
    else if (part.name === 'message') text += batch.text(index);
    else text += batchText(batch, part.name);
  }
  return text;
}

/** What stands for a placeholder that is the same for all lines of a batch. */
export function batchText(batch: Batch, name: Exclude<TemplateName, 'message'>): string {
  if (name === 'time') return formatTime(batch.receivedAt);
  return batch.origin[name] ?? '';
}

/** A time as it stands in JSON and templates: ISO 8601, UTC, with ms. `ms` is since the epoch. */
export function formatTime(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
}

/** What is wrong with a template; `undefined` if nothing is. `read` throws a LogCasterError for what is wrong. */
export function templateProblem(
  template: string,
  read: (template: string) => unknown = parseTemplate,
): string | undefined {
  try {
    read(template);
    return undefined;
  } catch (error) {
    const { message, hint } = error as LogCasterError;
    return `${message}. ${hint}`;
  }
}

/** What stands in a text for a field; nothing for one that is nested too deep to be written. */
export function fieldText(value: FieldValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : (toJson(value) ?? '');
}

/** JSON of a field or of fields; `undefined` if they are nested too deep for it. */
export function toJson(value: FieldValue): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function unmatched(template: string, brace: string): LogCasterError {
  return new LogCasterError(
    'LC_TEMPLATE_INVALID',
    `${JSON.stringify(template)} has a single ${brace} that belongs to no placeholder`,
  );
}
