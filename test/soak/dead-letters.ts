/** Reads the dead letters of a soak: each must tell of a line that was sent, as it was sent, and why it was rejected. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recognize } from './line.ts';
import { splitLines } from './read-lines.ts';

/** What the slow sink says when it refuses lines. */
const REASON = 'told';

export function countDeadLetters(
  directory: string | undefined,
  run: string,
): { readonly count: number; readonly breaches: string[] } {
  let count = 0;
  const wrong: string[] = [];
  const names = directory !== undefined && existsSync(directory) ? readdirSync(directory) : [];
  for (const name of names.filter((each) => each.endsWith('.log'))) {
    for (const { line, ended } of splitLines(readFileSync(join(directory!, name)))) {
      if (ended && isLetter(line, run)) count++;
      else wrong.push(`dead letters: ${name}: ${JSON.stringify(line.toString('latin1', 0, 80))}`);
    }
  }
  return { count, breaches: wrong.slice(0, 6) };
}

function isLetter(line: Buffer, run: string): boolean {
  try {
    const letter = JSON.parse(line.toString()) as Readonly<Record<string, string>>;
    const { line: text, lineBase64 = '' } = letter;
    const bytes = text === undefined ? Buffer.from(lineBase64, 'base64') : Buffer.from(text);
    return letter['reason'] === REASON && recognize(run, bytes).kind === 'whole';
  } catch {
    return false;
  }
}
