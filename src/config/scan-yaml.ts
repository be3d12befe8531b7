/**
 * A first look at a YAML text, token by token and in linear time, before anything is built of it: how deep, how much, and
 * whether it is JSON where it has to be.
 */
import { CST, Lexer } from 'yaml';
import type { ConfigCode } from './codes.ts';
import type { Span } from './source-text.ts';

/** The most levels of mappings and lists in each other. */
export const MAX_DEPTH = 64;

/** The most tokens: far above a configuration of ten thousand lines, far below what takes seconds. */
const MAX_TOKENS = 100_000;

const JSON_SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

/** Tokens that YAML has and JSON does not. */
const NOT_JSON: Readonly<Record<string, string>> = {
  comment: 'JSON has no comments',
  'single-quoted-scalar': "JSON writes texts in double quotes, not in '…'",
  'block-scalar-header': 'JSON has no block texts',
  'seq-item-ind': 'JSON writes lists in brackets: [1, 2]',
  'explicit-key-ind': 'JSON has no `?`',
  anchor: 'JSON has no anchors',
  alias: 'JSON has no aliases',
  tag: 'JSON has no tags',
  'doc-start': 'JSON has no `---`',
  'doc-end': 'JSON has no `...`',
  'directive-line': 'JSON has no directives',
};

/** What a look at the tokens found. */
export interface TokenProblem {
  readonly code: ConfigCode;
  readonly message: string;
  readonly span: Span;
  readonly hint?: string;
}

/** Looks at the tokens of a text; answers the first thing that makes it useless to go on. */
export function checkTokens(
  text: string,
  options: { readonly json?: boolean } = {},
): TokenProblem | undefined {
  let end = 0;
  let depth = 0;
  let tokens = 0;
  let isScalar = false;
  let lacksEntry = false;
  let comma: Span | undefined;
  for (const token of new Lexer().lex(text)) {
    const type: string | null = isScalar ? 'plain-scalar' : CST.tokenType(token);
    isScalar = type === 'scalar';
    // These stand for something that is not in the text.
    if (type === 'scalar' || type === 'doc-mode' || type === 'flow-error-end') continue;
    const span = { start: end, end: end + token.length };
    end = span.end;
    if (++tokens > MAX_TOKENS) {
      return { code: 'LC_CONFIG_TOO_LARGE', message: `more than ${MAX_TOKENS} words and signs`, span };
    }
    if (type === 'flow-map-start' || type === 'flow-seq-start') depth++;
    else if (type === 'flow-map-end' || type === 'flow-seq-end') depth--;
    if (depth < 0) return { code: 'LC_CONFIG_SYNTAX', message: `this \`${token}\` closes nothing`, span };
    if (depth > MAX_DEPTH) return { code: 'LC_CONFIG_TOO_DEEP', message: 'too deeply nested', span };
    if (type === 'comma' && lacksEntry)
      return { code: 'LC_CONFIG_SYNTAX', message: 'there is nothing before this comma', span };
    if (type !== 'space' && type !== 'newline' && type !== 'comment') {
      lacksEntry = type === 'comma' || type === 'flow-seq-start' || type === 'flow-map-start';
    }
    if (!options.json || type === null || type === 'space' || type === 'newline') continue;
    const message = jsonProblem(type, token, comma);
    if (message !== undefined) {
      const isComma = comma && (type === 'flow-map-end' || type === 'flow-seq-end');
      return { code: 'LC_CONFIG_SYNTAX', message, span: isComma ? comma! : span };
    }
    comma = type === 'comma' ? span : undefined;
  }
  return undefined;
}

function jsonProblem(type: string, token: string, comma: Span | undefined): string | undefined {
  if (comma && (type === 'flow-map-end' || type === 'flow-seq-end'))
    return 'JSON has no comma before a closing bracket';
  if (type === 'plain-scalar' && !JSON_SCALAR.test(token)) {
    return 'this is not JSON: keys and texts stand in double quotes, numbers are plain, commas part the entries';
  }
  return NOT_JSON[type];
}
