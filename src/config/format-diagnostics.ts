/**
 * Diagnostics for people and for tools. For people:
 *
 *     logcaster.yaml:12:5: error: unknown option `maxsize` [LC_CONFIG_OPTION_UNKNOWN]
 *        12 |     maxsize: 10MiB
 *           |     ^^^^^^^
 *           = did you mean `maxSize`?
 *
 * Everything that is shown is escaped: it may come from a file of somebody else.
 */
import { CONFIG_CODES } from './codes.ts';
import type { Diagnostic, Severity } from './diagnostics.ts';
import { printable, widthOf } from './printable.ts';

export interface FormatOptions {
  /** Whether to colour it for a terminal. @defaultValue false */
  readonly colors?: boolean;
}

type Paint = (text: string, ...codes: readonly number[]) => string;

const COLORS: Readonly<Record<Severity, number>> = { error: 31, warning: 33 };
const BOLD = 1;
const DIM = 2;

/** Writes diagnostics for people, each with its place, an excerpt and a hint; ends with a line feed unless there are none. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], options: FormatOptions = {}): string {
  const paint: Paint = options.colors
    ? (text, ...codes) => `\u001b[${codes.join(';')}m${text}\u001b[0m`
    : (text) => text;
  return diagnostics.map((diagnostic) => `${formatOne(diagnostic, paint)}\n`).join('\n');
}

/** `2 errors, 1 warning`, or `no problems`. */
export function summarizeDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const counts = (['error', 'warning'] as const).map((severity) => {
    const count = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    return count === 0 ? '' : `${count} ${severity}${count === 1 ? '' : 's'}`;
  });
  return counts.filter(Boolean).join(', ') || 'no problems';
}

/** Diagnostics as JSON, with the summary of each code. For `--format json`. */
export function diagnosticsToJson(diagnostics: readonly Diagnostic[]): Record<string, unknown>[] {
  return diagnostics.map((diagnostic) => ({ ...diagnostic, summary: CONFIG_CODES[diagnostic.code].summary }));
}

function formatOne(diagnostic: Diagnostic, paint: Paint): string {
  const { code, severity, message, path, hint, excerpt } = diagnostic;
  const color = COLORS[severity];
  const place = [diagnostic.file, diagnostic.line, diagnostic.column].filter((part) => part !== undefined);
  const parts = [
    ...(place.length > 0 ? [paint(`${printable(place.join(':'))}:`, BOLD)] : []),
    paint(`${severity}:`, BOLD, color),
    // Without a line the path says where it is.
    ...(diagnostic.line === undefined && path !== undefined ? [`${printable(path)}:`] : []),
    printable(message),
    paint(`[${code}]`, DIM),
  ];
  const margin = ' '.repeat(Math.max(String(diagnostic.line ?? '').length, 3) + 2);
  const lines = [parts.join(' ')];
  if (excerpt && diagnostic.line !== undefined) {
    const indent = ' '.repeat(widthOf(excerpt.text.slice(0, excerpt.from)));
    const carets = '^'.repeat(Math.max(1, widthOf(excerpt.text.slice(excerpt.from, excerpt.to))));
    lines.push(
      `${paint(`${String(diagnostic.line).padStart(margin.length)} |`, DIM)} ${excerpt.text}`,
      `${margin} ${paint('|', DIM)} ${indent}${paint(carets, BOLD, color)}`,
    );
  }
  if (hint !== undefined) lines.push(`${margin} ${paint('=', DIM)} ${printable(hint)}`);
  return lines.map((line) => line.trimEnd()).join('\n');
}
