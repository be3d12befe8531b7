/** Lines and fields of a trial as people see them: escaped. */
import type { Fields, FieldValue } from '../../core/batch.ts';
import { escapeBytes, escapeText } from '../../core/escape.ts';

/** A line; an empty one is said to be. */
export function showLine(content: string | Uint8Array): string {
  if (content.length === 0) return '(an empty line)';
  return escapeBytes(typeof content === 'string' ? Buffer.from(content) : content);
}

/** `level="info" status=200`. */
export function showFields(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${escapeText(name)}=${showValue(value as FieldValue)}`)
    .join(' ');
}

/** How fields changed: `+ service="checkout"`, `- password="x"`, `~ level="info" → "warn"`. */
export function showChanges(before: Fields | undefined, after: Fields | undefined): string[] {
  const changes: string[] = [];
  for (const [name, value] of Object.entries(after ?? {})) {
    const old = before && Object.hasOwn(before, name) ? before[name] : undefined;
    const shown = showValue(value);
    if (old === undefined) changes.push(`+ ${escapeText(name)}=${shown}`);
    else if (showValue(old) !== shown) changes.push(`~ ${escapeText(name)}=${showValue(old)} → ${shown}`);
  }
  for (const [name, value] of Object.entries(before ?? {})) {
    if (!after || !Object.hasOwn(after, name)) changes.push(`- ${escapeText(name)}=${showValue(value)}`);
  }
  return changes;
}

function showValue(value: FieldValue): string {
  return escapeText(JSON.stringify(value) ?? 'undefined');
}
