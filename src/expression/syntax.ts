/**
 * An expression, read: a tree of parts. Each part knows where it stands in the text, so that an explanation can point at it.
 */
import type { Buffer } from 'node:buffer';
import type { CompiledRegex } from '../core/regex-matcher.ts';

/** Where something stands in the text, in UTF-16 units; `to` is behind it. */
export interface Place {
  readonly from: number;
  readonly to: number;
  /** What it says, where the text from `from` to `to` does not: `status:503` in `status:(500 OR 503)`. */
  readonly label?: string;
}

/** Text with wildcards: `*` is any number of characters, `?` is one. */
export type Pattern = readonly (Buffer | '*' | '?')[];

/** One side of a range. */
export interface Bound {
  readonly bytes: Buffer;
  readonly isInclusive: boolean;
  /** Whether it was in quotes: it is compared as text then. */
  readonly isQuoted: boolean;
}

/** What the value of a field must be. */
export type Value =
  | { readonly kind: 'exists' }
  | { readonly kind: 'text'; readonly bytes: Buffer; readonly isQuoted: boolean }
  | { readonly kind: 'pattern'; readonly pattern: Pattern }
  | { readonly kind: 'regex'; readonly regex: RegexText }
  | { readonly kind: 'range'; readonly low?: Bound | undefined; readonly high?: Bound | undefined };

/** A regular expression as it was written, and ready. */
export interface RegexText {
  readonly source: string;
  readonly flags: string;
  readonly compiled: CompiledRegex;
}

/** What is known of a line beside its bytes, by the name it has in an expression. */
export type FactName = 'source' | 'peer';

/** A part that is asked of a line as a whole. */
export type Term =
  | { readonly kind: 'everything' }
  | { readonly kind: 'word'; readonly bytes: Buffer }
  | { readonly kind: 'pattern'; readonly pattern: Pattern }
  | { readonly kind: 'regex'; readonly regex: RegexText }
  | { readonly kind: 'field'; readonly name: Buffer; readonly value: Value }
  | { readonly kind: 'level'; readonly value: Value }
  | { readonly kind: 'fact'; readonly fact: FactName; readonly value: Value }
  /** Received at `since` or later, and before `until`; in ms since the epoch. */
  | { readonly kind: 'time'; readonly since?: number | undefined; readonly until?: number | undefined };

/** A part of an expression. */
export type Node = Place &
  (
    | Term
    | { readonly kind: 'and' | 'or'; readonly parts: readonly Node[] }
    | { readonly kind: 'not'; readonly part: Node }
  );
