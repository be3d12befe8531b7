/** Pictures of a place in a text that somebody wrote. */
import { escapeText } from './escape.ts';

/** How much of a text is shown on each side of the place that is wrong. */
const CONTEXT = 40;

/** The text, and below it what is wrong, underlined. */
export function drawPlace(text: string, from: number, to: number): string {
  const start = Math.max(0, from - CONTEXT);
  const before = `${start > 0 ? '…' : ''}${plain(text.slice(start, from))}`;
  const wrong = plain(text.slice(from, Math.min(to, from + CONTEXT)));
  const end = Math.max(from, to) + CONTEXT;
  const after = `${plain(text.slice(Math.min(to, from + CONTEXT), end))}${end < text.length ? '…' : ''}`;
  const carets = '^'.repeat(Math.max(1, countCharacters(wrong)));
  return `${before}${wrong}${after}\n${' '.repeat(countCharacters(before))}${carets}`;
}

/** Each white space is a space, so that the carets stand below what they mean. */
function plain(text: string): string {
  return escapeText(text.replace(/\s/g, ' '));
}

/** How many characters a text has, whatever they take in it. */
export function countCharacters(text: string): number {
  return Array.from(text).length;
}
