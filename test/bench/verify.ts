/** Reads back what a receiver stored: every line whole, in order, once, and none missing. */
import { Buffer } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lineOf, type Work } from './works.ts';

function sequence(name: string): number {
  return Number(/-(\d+)\.log$/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY);
}

/** Files in the order in which they were written: archives by their sequence number, then the current one. */
function filesOf(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .toSorted((a, b) => sequence(a) - sequence(b))
    .map((name) => join(directory, name));
}

/** @throws if a line is torn, out of order, there twice or missing */
export function verify(directory: string, work: Work): void {
  const next = Array.from({ length: work.connections }, () => 0);
  for (const file of filesOf(directory)) {
    const bytes = readFileSync(file);
    let at = 0;
    while (at < bytes.length) {
      const end = bytes.indexOf(10, at);
      const line = bytes.toString('latin1', at, end === -1 ? bytes.length : end);
      const connection = Number(line.slice(2, 5));
      const expected =
        next[connection] === undefined ? undefined : lineOf(work, connection, next[connection]++);
      if (line !== expected || end === -1) {
        throw new Error(
          `${file}: at byte ${at}: ${JSON.stringify(line)} in place of ${JSON.stringify(expected)}`,
        );
      }
      at = end + 1;
    }
  }
  next.forEach((lines, connection) => {
    if (lines !== work.linesEach)
      throw new Error(`connection ${connection}: ${lines} of ${work.linesEach} lines are there`);
  });
}

/** The total size of the files in bytes. */
export function sizeOf(directory: string): number {
  return filesOf(directory).reduce((sum, file) => sum + Buffer.byteLength(readFileSync(file)), 0);
}
