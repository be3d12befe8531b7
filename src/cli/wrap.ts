/** Breaks texts into lines for a terminal. */
import { widthOf } from '../config/printable.ts';

export interface WrapOptions {
  /** What each line begins with. @defaultValue nothing */
  readonly indent?: string;
  /** The most columns, indentation included. @defaultValue 80 */
  readonly width?: number;
}

/** Breaks a text at spaces; a word that is longer than a line stays whole. Line feeds stay. */
export function wrap(text: string, { indent = '', width = 80 }: WrapOptions = {}): string {
  const room = width - widthOf(indent);
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, room))
    .map((line) => (indent + line).trimEnd())
    .join('\n');
}

function wrapLine(line: string, room: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    if (current !== '' && widthOf(current) + 1 + widthOf(word) > room) {
      lines.push(current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current];
}
