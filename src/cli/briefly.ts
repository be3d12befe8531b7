/** What is written about a component, on one line: `not: { word: health }`. It is escaped, and must be redacted before. */
import { isMapping, valueAt } from '../config/path.ts';
import { widthOf } from '../config/printable.ts';
import { escapeText } from '../core/escape.ts';

/** Options without what every component has. */
export function brieflyOptions(written: unknown, leaveOut: readonly string[] = []): string {
  if (!isMapping(written)) return '';
  const hidden = new Set(['type', ...leaveOut]);
  const entries = Object.entries(written).filter(([key, value]) => !hidden.has(key) && value !== undefined);
  return entries.map(([key, value]) => `${escapeText(key)}: ${briefly(value)}`).join(', ');
}

/** What is written about an operator of a pipeline, without its type and name. */
export function brieflyOperator(config: unknown, pipeline: string, index: number): string {
  return brieflyOptions(valueAt(config, ['pipelines', pipeline, 'through', index]), ['name']);
}

function briefly(value: unknown): string {
  if (typeof value === 'string') {
    const isPlain = /^[^\s"'{}[\],:#][^"'{}[\],#\n]*$/.test(value) && !value.includes(': ');
    return escapeText(isPlain ? value : JSON.stringify(value));
  }
  if (Array.isArray(value)) return `[${value.map(briefly).join(', ')}]`;
  if (isMapping(value)) {
    const text = Object.entries(value).map(([key, each]) => `${escapeText(key)}: ${briefly(each)}`);
    return text.length === 0 ? '{}' : `{ ${text.join(', ')} }`;
  }
  if (typeof value === 'function') return `<function ${escapeText(value.name || 'without a name')}>`;
  if (value instanceof RegExp) return escapeText(String(value));
  return escapeText(JSON.stringify(value) ?? '…');
}

/** Cuts a text so that it takes at most so many columns. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  for (const character of text) {
    if (widthOf(kept + character) >= columns) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}
