/** Breaks texts into lines for a terminal. */
import { widthOf } from '../config/printable.ts';

export interface WrapOptions {
  /** What each line begins with. @defaultValue nothing */
  readonly indent?: string;
  /** What the first line begins with, where that is something else. */
  readonly first?: string;
  /** The most columns, indentation included. @defaultValue 80 */
  readonly width?: number;
}

/** Breaks a text at spaces; a word that is longer than a line stays whole. Line feeds stay. */
export function wrap(text: string, { indent = '', first = indent, width = 80 }: WrapOptions = {}): string {
  return text
    .split('\n')
    .flatMap((line, index) =>
      wrapLine(line, width - widthOf(indent), index === 0 ? width - widthOf(first) : undefined),
    )
    .map((line, index) => ((index === 0 ? first : indent) + line).trimEnd())
    .join('\n');
}

function wrapLine(line: string, room: number, firstRoom: number = room): string[] {
  const lines: string[] = [];
  // The further lines of an entry of a list are set in.
  const inner = line.startsWith('- ') ? '  ' : '';
  let current = '';
  for (const word of line.split(' ')) {
    const available = lines.length === 0 ? firstRoom : room;
    if (current !== '' && widthOf(current) + 1 + widthOf(word) > available) {
      lines.push(current);
      current = inner + word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current];
}
