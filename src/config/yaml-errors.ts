/** What is wrong with a text that is no YAML, said so that it helps. */
import type { YAMLParseError } from 'yaml';
import type { ConfigCode } from './codes.ts';
import type { Report } from './diagnostics.ts';
import { printable } from './printable.ts';
import type { SourceText, Span } from './source-text.ts';

/** After so many the rest is most likely a consequence. */
const MAX_ERRORS = 10;

/** Reports the errors of a parser: the first one of each line, without those that follow from an earlier one. */
export function explainSyntaxErrors(
  errors: readonly YAMLParseError[],
  source: SourceText,
  report: Report,
): void {
  const lines = new Set<number>();
  for (const error of errors) {
    const line = source.lineAt(error.pos[0]);
    if (lines.size === MAX_ERRORS) return;
    if (lines.has(line) || (lines.size > 0 && error.message.includes('in YAML stream'))) continue;
    lines.add(line);
    const span = { start: error.pos[0], end: Math.max(error.pos[1], error.pos[0] + 1) };
    report.error(codeOf(error), {
      span: spanOf(error, span, source),
      ...explain(error, lineText(source, line)),
    });
  }
}

function codeOf(error: YAMLParseError): ConfigCode {
  if (error.code === 'MULTIPLE_DOCS') return 'LC_CONFIG_SEVERAL_DOCUMENTS';
  if (error.code === 'TAB_AS_INDENT') return 'LC_CONFIG_TAB';
  if (error.code === 'RESOURCE_EXHAUSTION') return 'LC_CONFIG_TOO_DEEP';
  return 'LC_CONFIG_SYNTAX';
}

function spanOf(error: YAMLParseError, span: Span, source: SourceText): Span {
  // The second document's whole text is meant; its first line is enough. An error at the very end is one of the last line.
  if (error.code === 'MULTIPLE_DOCS') return { start: span.start, end: span.start + 3 };
  if (span.start < source.text.length || source.text === '') return span;
  const end = source.text.trimEnd().length;
  return { start: Math.max(0, end - 1), end };
}

function explain(error: YAMLParseError, line: string): { message: string; hint?: string } {
  // The most frequent slip of all: in { } and [ ], the braces of a reference are braces.
  if (/[{[,].*\$\{/.test(line) && /UNEXPECTED_TOKEN|MISSING_CHAR|BAD_/.test(error.code)) {
    return { message: 'a reference in { } or [ ] must be quoted', hint: 'write "${NAME}", with the quotes' };
  }
  switch (error.code) {
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here' };
    case 'TAB_AS_INDENT':
      return { message: 'this line is indented with a tab' };
    case 'RESOURCE_EXHAUSTION':
      return { message: 'too deeply nested' };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        message: 'a mapping cannot begin in the middle of a line',
        hint: 'put a text that has `: ` in it in quotes, or begin the mapping on a line of its own',
      };
    case 'MULTILINE_IMPLICIT_KEY':
      return {
        message: 'this is neither `key: value` nor a part of the line before',
        hint: 'check the indentation, and the space behind each colon',
      };
    case 'BAD_SCALAR_START':
      return {
        message: `a value cannot begin with ${printable(/character (.)/u.exec(error.message)?.[1] ?? 'this character')}`,
        hint: 'put it in quotes',
      };
    case 'BAD_DQ_ESCAPE':
      return {
        message: 'there is no such escape in double quotes',
        hint: 'double the backslash, or use single quotes',
      };
    case 'NON_STRING_KEY':
      return { message: 'a key must be a text', hint: 'put it in quotes' };
    case 'MISSING_CHAR':
      if (error.message.includes('quote'))
        return { message: 'a quote is not closed', hint: 'add the closing quote' };
      if (error.message.includes('map values')) {
        return {
          message: 'a `:` is missing behind this key',
          hint: 'write `key: value`, with a space behind the colon',
        };
      }
      return { message: firstLower(printable(error.message)) };
    case 'BAD_INDENT':
      if (!error.message.startsWith('Flow')) return { message: firstLower(printable(error.message)) };
      return {
        message: 'a bracket is still open here',
        hint: `close it with \`${error.message.includes('map') ? '}' : ']'}\`, and indent what is in it`,
      };
    default:
      if (error.message.includes('at node end')) {
        return {
          message: 'this does not go with what stands before it',
          hint: 'check the indentation, and put a text with special characters in quotes',
        };
      }
      if (error.message.includes('block-seq-ind on same line')) {
        return {
          message: 'a list cannot begin on the line of its key',
          hint: 'begin it on the next line, or write [a, b]',
        };
      }
      return { message: firstLower(printable(error.message)) };
  }
}

function lineText(source: SourceText, line: number): string {
  const { start, end } = source.lineSpan(line);
  return source.text.slice(start, Math.min(end, start + 1000));
}

function firstLower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
