/**
 * Templates: texts with placeholders that are filled in for each line, in the `encoding` of a sink and in `set`.
 *
 *     {message}         the line                          {time}     when it was received: 2026-01-31T12:00:00.000Z
 *     {fields.NAME}     a field; nothing if it has none   {source}   the source's name
 *     {{  }}            braces                            {peer}     the sender; nothing if it is not known
 *
 * A text stands for itself, any other value of a field for its JSON. An unknown placeholder is an error, not a text.
 */
import type { FieldValue } from './batch.ts';
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

const PIECE = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g;

/**
 * Reads a template.
 *
 * @throws LogCasterError `LC_TEMPLATE_INVALID`
 */
export function parseTemplate(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let text = '';
  for (const [piece, name] of template.matchAll(PIECE)) {
    if (name === undefined) {
      if (piece === '{' || piece === '}') throw unmatched(template, piece);
      text += piece === '{{' || piece === '}}' ? piece[0] : piece;
      continue;
    }
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
    parts.push(toPlaceholder(template, name.trim()));
  }
  if (text !== '') parts.push({ kind: 'text', text });
  return parts;
}

/** What is wrong with a template; `undefined` if nothing is. */
export function templateProblem(template: string): string | undefined {
  try {
    parseTemplate(template);
    return undefined;
  } catch (error) {
    const { message, hint } = error as LogCasterError;
    return `${message}; ${hint}`;
  }
}

/** What stands in a text for a field. */
export function fieldText(value: FieldValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function toPlaceholder(template: string, name: string): TemplatePart {
  if (name.startsWith('fields.') && name.length > 'fields.'.length) {
    return { kind: 'field', path: new FieldPath(name.slice('fields.'.length)) };
  }
  const known = NAMES.find((each) => each === name);
  if (known !== undefined) return { kind: 'name', name: known };
  throw new LogCasterError(
    'LC_TEMPLATE_INVALID',
    `${JSON.stringify(template)} has an unknown placeholder {${name}}`,
  );
}

function unmatched(template: string, brace: string): LogCasterError {
  return new LogCasterError(
    'LC_TEMPLATE_INVALID',
    `${JSON.stringify(template)} has a single ${brace} that belongs to no placeholder`,
  );
}
