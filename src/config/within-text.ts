/** Where a part of a text stands that a configuration gives in YAML or JSON: behind quotes, escapes and indentation. */
import type { Span } from './source-text.ts';

/** A part of a text. */
export interface Within {
  readonly text: string;
  /** In UTF-16 units. */
  readonly offset: number;
  /** In UTF-16 units; 0 where something is missing. */
  readonly length: number;
}

/** What escapes of double quotes are as long as, by the character behind the backslash. */
const LONG_ESCAPES: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

/**
 * The span of a part of a text that stands at `span` in the source; `undefined` when the text is not written there as it is (a
 * reference, an alias).
 */
export function spanWithin(source: string, span: Span, { text, offset, length }: Within): Span | undefined {
  const places = placesOf(source, span, text);
  if (!places) return undefined;
  const start = places[offset];
  // Behind the last character: what is missing there belongs behind it.
  if (start === undefined) {
    const last = places.at(-1);
    return last === undefined ? undefined : { start: last + 1, end: last + 2 };
  }
  const end = places[offset + Math.max(length, 1) - 1] ?? places.at(-1)!;
  return { start, end: end + 1 };
}

/** Where each character of a text stands; `undefined` when what stands there is something else. */
function placesOf(source: string, { start, end }: Span, text: string): number[] | undefined {
  const quote = source[start];
  const isQuoted = quote === '"' || quote === "'";
  const isBlock = quote === '|' || quote === '>';
  let at = isQuoted ? start + 1 : isBlock ? source.indexOf('\n', start) + 1 : start;
  const indent = isBlock ? /^(?:[ \t]*\n)*([ ]*)/.exec(source.slice(at, end))![1]!.length : 0;
  const places: number[] = [];
  let isAtLineStart = isBlock;
  for (const character of text.split('')) {
    if (isAtLineStart) at = skipIndent(source, at, indent);
    isAtLineStart = false;
    if (at >= end) return character.trim() === '' ? places : undefined;
    places.push(at);
    if (quote === '"' && source[at] === '\\') {
      at += LONG_ESCAPES[source[at + 1] ?? ''] ?? 2;
      continue;
    }
    if (quote === "'" && source.startsWith("''", at)) {
      at += 2;
      continue;
    }
    const isBreak = source[at] === '\n' || source[at] === '\r';
    if (isBreak ? character.trim() !== '' : source[at] !== character) return undefined;
    at += source.startsWith('\r\n', at) ? 2 : 1;
    // Lines of text that is not in a block are folded: the break and what is around it are one space.
    if (isBreak && !isBlock) while (/\s/.test(source[at] ?? '')) at++;
    else isAtLineStart = isBreak;
  }
  return places;
}

function skipIndent(source: string, at: number, indent: number): number {
  let to = at;
  while (to < at + indent && source[to] === ' ') to++;
  return to;
}
