/** What the witness and the judge read out of files. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { frameLength, type Suffix } from './decode.ts';

/** What tells the lines of bytes apart: run, connection and number. */
export function* keysOf(bytes: Buffer): Generator<string> {
  for (const { line, ended } of splitLines(bytes)) {
    if (ended) yield line.toString('latin1', 0, 40).split(' ', 3).join(' ');
  }
}

export function hashOf(path: string): string {
  return createHash('sha1').update(readFileSync(path)).digest('hex');
}

export function firstFrame(bytes: Buffer, suffix: Exclude<Suffix, '.log'>): Buffer | undefined {
  const length = frameLength(bytes, suffix);
  return length === undefined ? undefined : bytes.subarray(0, length);
}

export function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}

/** The lines of bytes; `ended` is false for what stands behind the last line feed. */
export function* splitLines(bytes: Buffer): Generator<{ line: Buffer; ended: boolean }> {
  let start = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
    yield { line: bytes.subarray(start, at), ended: true };
    start = at + 1;
  }
  if (start < bytes.length) yield { line: bytes.subarray(start), ended: false };
}
