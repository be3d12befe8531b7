/**
 * Text from files and plugins, made safe to show: control characters could move the cursor or hide something, and so could
 * the characters that turn the direction of writing.
 */

// Control characters, what is invisible or turns the direction of writing, halves of pairs, line and paragraph separators.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** One line that is safe to show: a line feed becomes `\n`, an escape `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\r') return '\\r';
    return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`;
  });
}

/** Like {@link printable}, as many characters as before: the columns stay. */
export function printableLine(text: string): string {
  return text.replace(UNSAFE, (character) => (character === '\t' ? ' ' : '\u00b7'.repeat(character.length)));
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** How many columns of a terminal a text takes, nearly: what is combined takes none, Chinese, Japanese, Korean and emoji two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (WIDE.test(character)) width += 2;
    else if (!/\p{Mark}/u.test(character)) width++;
  }
  return width;
}

/** A value in a message: JSON, cut short. */
export function quote(value: unknown, maxLength = 40): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return printable(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text);
}

/** What was thrown, in a few words on one line. */
export function reasonOf(error: unknown): string {
  // Code of others can throw anything.
  const { message, name } = (error ?? {}) as { message?: unknown; name?: unknown };
  const texts = [message, name].filter((each): each is string => typeof each === 'string' && each !== '');
  const line = (texts[0] ?? quote(error)).replaceAll(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
