/**
 * Answers as text: lines as they were received, byte for byte, and what the collector says itself on lines that begin with `# `.
 *
 * So that the two cannot be mixed up, a received line that begins with `# `, or with backslashes and then `# `, has one backslash
 * more in front of it; no other line is changed. Of a received line that holds line feeds (a merged stack trace), each part counts
 * as a line here: JSON tells them apart.
 */
import { Buffer } from 'node:buffer';
import { LINE_FEED } from '../../core/batch.ts';
import type { FoundLines } from '../../core/search.ts';
import { PART_BYTES } from './parts.ts';

const OWN = Buffer.from('# ');
const BACKSLASH = 0x5c;

/** The bytes of found lines, in parts of bounded size. */
export function* linesAsText(piece: FoundLines): Generator<Buffer, void, undefined> {
  for (const run of runsOf(piece)) {
    for (const part of distinguishable(run)) {
      for (let at = 0; at < part.length; at += PART_BYTES) yield part.subarray(at, at + PART_BYTES);
    }
  }
}

/** A line that the collector says itself. */
export function ownLine(text: string): Buffer {
  return Buffer.from(`# ${text}\n`);
}

/** The lines with their line feeds, neighbours in one. */
function* runsOf({ bytes, bounds }: FoundLines): Generator<Buffer, void, undefined> {
  let from = bounds[0]!;
  for (let at = 2; at < bounds.length; at += 2) {
    if (bounds[at] === bounds[at - 1]! + 1) continue;
    yield bytes.subarray(from, bounds[at - 1]! + 1);
    from = bounds[at]!;
  }
  if (bounds.length > 0) yield bytes.subarray(from, bounds[bounds.length - 1]! + 1);
}

/** Some whole lines, with a backslash where one is needed: almost never. */
function* distinguishable(run: Buffer): Generator<Buffer, void, undefined> {
  let from = 0;
  for (let hit = run.indexOf(OWN); hit !== -1; hit = run.indexOf(OWN, hit + 1)) {
    let start = hit;
    while (start > from && run[start - 1] === BACKSLASH) start--;
    if (start > 0 && run[start - 1] !== LINE_FEED) continue;
    if (start > from) yield run.subarray(from, start);
    yield Buffer.of(BACKSLASH);
    from = start;
  }
  if (from < run.length) yield run.subarray(from);
}
