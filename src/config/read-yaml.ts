/**
 * Reads YAML 1.2 (core schema), and JSON, into plain values and the places of their keys and values.
 *
 * Invariants: every mapping has no prototype, so `__proto__` is a key like any other; depth, tokens and what aliases multiply
 * into are bounded before they cost anything; nothing throws. Anchors and aliases work; tags, merge keys (`<<`) and
 * directives do not change what a value is.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Report } from './diagnostics.ts';
import { type Mark, Marks } from './positions.ts';
import { printable } from './printable.ts';
import { checkTokens, MAX_DEPTH } from './scan-yaml.ts';
import type { SourceText, Span } from './source-text.ts';
import { explainSyntaxErrors } from './yaml-errors.ts';

/** The most values that aliases may multiply into. */
const MAX_ALIASED_NODES = 10_000;

export interface ReadYaml {
  readonly value: unknown;
  readonly marks: Marks;
}

/**
 * Reads a text. What is wrong goes to the report; the answer is `undefined` if the text could not be understood.
 *
 * @param options.json Only JSON is allowed
 */
export function readYaml(
  source: SourceText,
  report: Report,
  options: { readonly json?: boolean } = {},
): ReadYaml | undefined {
  const problem = checkTokens(source.text, options);
  if (problem) {
    report.error(problem.code, problem);
    return undefined;
  }
  const document = parse(source.text);
  if (!document) {
    report.error('LC_CONFIG_TOO_DEEP', { message: 'too deeply nested', span: { start: 0, end: 1 } });
    return undefined;
  }
  if (document.errors.length > 0) {
    explainSyntaxErrors(document.errors, source, report);
    return undefined;
  }
  if (options.json && source.text.trim() !== '' && !isJson(source, report)) return undefined;
  const builder = new Builder(report, source);
  const root = builder.build(document.contents, { start: 0, end: 0 }, 0);
  if (builder.failed) return undefined;
  if (root.value === null) {
    report.error('LC_CONFIG_EMPTY', { message: 'the configuration is empty' });
    return undefined;
  }
  return { value: root.value, marks: new Marks(root.mark) };
}

/** Parses a text; `undefined` if it nests so deeply that the parser, which calls itself, comes to the end of the stack. */
function parse(text: string): ReturnType<typeof parseDocument> | undefined {
  try {
    return parseDocument(text, {
      schema: 'core',
      version: '1.2',
      stringKeys: true,
      // Duplicates are found below, with both places, and in linear time.
      uniqueKeys: false,
      prettyErrors: false,
      // At `silent` a second document would pass unseen.
      logLevel: 'error',
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Asks the judge of what is JSON, for what the tokens did not show: an escape, a text over two lines. */
function isJson(source: SourceText, report: Report): boolean {
  try {
    JSON.parse(source.text);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const position = / at position (\d+)/.exec(message)?.[1];
    const start = Number(position ?? source.text.search(/\S/));
    report.error('LC_CONFIG_SYNTAX', {
      message: `this is not JSON: ${printable(message.replace(/ in JSON at position .*| is not valid JSON$|, ".*/s, ''))}`,
      span: { start, end: start + 1 },
    });
    return false;
  }
}

interface Built {
  readonly value: unknown;
  readonly mark: Mark;
}

/** Makes values and marks of the nodes of a document. */
class Builder {
  /** Something was found after which the values cannot be trusted. */
  failed = false;
  readonly #report: Report;
  readonly #source: SourceText;
  readonly #anchors = new Map<string, Node>();
  /** Nodes that are being expanded: an alias in its own anchor. */
  readonly #open = new Set<Node>();
  #aliasedNodes = 0;
  /** The outermost alias that is being expanded: the place of what is wrong with it. */
  #alias: Span | undefined;

  constructor(report: Report, source: SourceText) {
    this.#report = report;
    this.#source = source;
  }

  build(node: Node | null, place: Span, depth: number, key?: Span): Built {
    const span = node?.range ? { start: node.range[0], end: node.range[1] } : place;
    const empty: Built = { value: null, mark: { key, value: span } };
    if (node === null || this.failed) return empty;
    if (depth > MAX_DEPTH) return this.#fail('LC_CONFIG_TOO_DEEP', 'too deeply nested', span, empty);
    if (this.#alias && ++this.#aliasedNodes > MAX_ALIASED_NODES) {
      const message = `aliases multiply into more than ${MAX_ALIASED_NODES} values`;
      return this.#fail('LC_CONFIG_ALIAS', message, span, empty);
    }
    if (isAlias(node)) return this.#expand(node, span, depth, key, empty);
    this.#checkTag(node, span);
    if (node.anchor !== undefined && !this.#alias) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return { value: node.value, mark: { key, value: this.#scalarSpan(node, span) } };
    this.#open.add(node);
    const built = isMap(node)
      ? this.#mapping(node as YAMLMap<Scalar<string>, Node | null>, span, depth, key)
      : isSeq(node)
        ? this.#list(node as YAMLSeq<Node | null>, span, depth, key)
        : empty;
    this.#open.delete(node);
    return built;
  }

  #mapping(node: YAMLMap<Scalar<string>, Node | null>, span: Span, depth: number, key?: Span): Built {
    const value = Object.create(null) as Record<string, unknown>;
    const children = new Map<string, Mark>();
    for (const pair of node.items) {
      const name = nameOf(pair);
      const keySpan = spanOf(pair.key, span);
      const child = this.build(pair.value, { start: keySpan.end, end: keySpan.end }, depth + 1, keySpan);
      const before = children.get(name);
      if (before) {
        this.#report.error('LC_CONFIG_DUPLICATE_KEY', {
          message: `\`${printable(name)}\` is written twice; first in line ${this.#source.lineAt(before.key?.start ?? 0)}`,
          span: keySpan,
        });
        continue;
      }
      value[name] = child.value;
      children.set(name, child.mark);
    }
    return { value, mark: { key, value: span, children } };
  }

  #list(node: YAMLSeq<Node | null>, span: Span, depth: number, key?: Span): Built {
    const built = node.items.map((item) => this.build(item, span, depth + 1));
    const children = new Map(built.map(({ mark }, index) => [index, mark]));
    return { value: built.map(({ value }) => value), mark: { key, value: span, children } };
  }

  #expand(node: Alias, span: Span, depth: number, key: Span | undefined, empty: Built): Built {
    const name = printable(node.source);
    const target = this.#anchors.get(node.source);
    if (!target)
      return this.#fail('LC_CONFIG_ALIAS', `there is no anchor \`&${name}\` before this`, span, empty);
    if (this.#open.has(target))
      return this.#fail('LC_CONFIG_ALIAS', `\`*${name}\` contains itself`, span, empty);
    const outer = this.#alias;
    this.#alias ??= span;
    const built = this.build(target, span, depth + 1, key);
    this.#alias = outer;
    return built;
  }

  #checkTag(node: Node, span: Span): void {
    const tag = (node as { tag?: string }).tag;
    if (tag === undefined || /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/.test(tag)) return;
    this.#report.error('LC_CONFIG_SYNTAX', {
      message: `the tag \`${printable(tag.replace(/^tag:yaml\.org,2002:/, '!!'))}\` means nothing here`,
      span: { start: Math.max(this.#source.text.lastIndexOf('!', span.start), 0), end: span.end },
      hint: 'remove it',
    });
  }

  /** A block scalar ends with a line feed that belongs to it; it is not worth a place. */
  #scalarSpan(node: Scalar, span: Span): Span {
    if (node.source === undefined) return span;
    let { end } = span;
    while (end > span.start && /\s/.test(this.#source.text[end - 1]!)) end--;
    return { start: span.start, end };
  }

  #fail(code: 'LC_CONFIG_ALIAS' | 'LC_CONFIG_TOO_DEEP', message: string, span: Span, answer: Built): Built {
    if (!this.failed) this.#report.error(code, { message, span: this.#alias ?? span });
    this.failed = true;
    return answer;
  }
}

function nameOf(pair: Pair<Scalar<string>, Node | null>): string {
  return pair.key?.value ?? '';
}

function spanOf(node: Node | null | undefined, otherwise: Span): Span {
  return node?.range ? { start: node.range[0], end: node.range[1] } : otherwise;
}
