/** Lines, and an arena's contents, for the tests of the ring. */
import { Buffer } from 'node:buffer';
import { Batch } from '../../../src/core/batch.ts';
import type { FoundLines, ScanQuery, SearchResult } from '../../../src/core/search.ts';
import { wordCondition } from '../../../src/expression/word-condition.ts';
import type { Arena } from '../../../src/sinks/ring/arena.ts';
import { type SearchTuning, scanArena } from '../../../src/sinks/ring/search.ts';
import { fc } from '../../support/properties.ts';

/** A line as Latin-1 text, and when it was received. */
export interface TimedLine {
  readonly text: string;
  readonly time: number;
}

/** A batch of Latin-1 texts. */
export function batchOf(texts: readonly string[], receivedAt = 0): Batch {
  const lines = texts.map((text) => Buffer.from(text, 'latin1'));
  return Batch.fromTexts(lines, { origin: { source: 'test' }, receivedAt });
}

/** Everything an arena holds, oldest first; throws when a line feed is missing behind a line. */
export function contentsOf(arena: Arena, maxBytes = Number.POSITIVE_INFINITY): TimedLine[] {
  const lines: TimedLine[] = [];
  while (lines.length < arena.length) {
    const { bytes, starts, times } = arena.span(lines.length, arena.length, maxBytes);
    starts.forEach((start, index) => {
      const end = (starts[index + 1] ?? starts[0]! + bytes.length) - 1;
      if (bytes[end - starts[0]!] !== 10) throw new Error('no line feed behind a line');
      lines.push({
        text: bytes.toString('latin1', start - starts[0]!, end - starts[0]!),
        time: times[index]!,
      });
    });
  }
  return lines;
}

/** The lines of a search's result; throws when its counts or its layout are wrong. */
export function foundIn({ matches, byteLength, pieces }: SearchResult): TimedLine[] {
  const lines: TimedLine[] = [];
  let size = 0;
  for (const { bytes, bounds, receivedAt } of pieces) {
    let next = 0;
    for (let at = 0; at < bounds.length; at += 2) {
      if (bounds[at] !== next || bytes[bounds[at + 1]!] !== 10) throw new Error('a piece is not contiguous');
      next = bounds[at + 1]! + 1;
      lines.push({ text: bytes.toString('latin1', bounds[at], bounds[at + 1]), time: receivedAt[at / 2]! });
    }
    if (next !== bytes.length || receivedAt.length * 2 !== bounds.length) throw new Error('a piece is torn');
    size += next;
  }
  if (lines.length !== matches || size !== byteLength) throw new Error('a result miscounts');
  return lines;
}

/** Everything that a scan for a keyword finds; throws when its tally is wrong. */
export async function scanAll(
  arena: Arena,
  { keyword, ...query }: Omit<ScanQuery, 'where'> & { readonly keyword: Buffer },
  tuning: SearchTuning = {},
): Promise<TimedLine[]> {
  const where = keyword.length > 0 ? { where: wordCondition(keyword) } : {};
  const tally = { lines: 0, bytes: 0, matched: 0 };
  const pieces: FoundLines[] = [];
  for await (const piece of scanArena(arena, { ...query, ...where }, tally, tuning)) pieces.push(piece);
  const byteLength = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const counted = { lines: 0, bytes: 0, matched: 0 };
  for await (const _ of scanArena(arena, { ...query, ...where, countOnly: true }, counted, tuning)) {
    throw new Error('a count hands over lines');
  }
  if (JSON.stringify(counted) !== JSON.stringify(tally)) throw new Error('a count counts differently');
  return foundIn({ matches: tally.matched, byteLength, pieces });
}

export function sizeOf(lines: readonly (TimedLine | string)[]): number {
  return lines.reduce((sum, line) => sum + (typeof line === 'string' ? line : line.text).length + 1, 0);
}

/** Few different bytes, so that keywords are found: letters, NUL, line feeds, a byte that is no UTF-8. */
const byteArbitrary = fc.constantFrom('a', 'a', 'a', 'b', 'c', '\n', '\0', '\xff');

export function textArbitrary(maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: byteArbitrary, maxLength });
}

/** How a keyword is chosen: text of its own, or a part of one of the lines there are. */
export type KeywordChoice =
  | string
  | { readonly line: number; readonly from: number; readonly length: number };

export const keywordArbitrary: fc.Arbitrary<KeywordChoice> = fc.oneof(
  textArbitrary(4),
  fc.record({ line: fc.nat(1000), from: fc.nat(1000), length: fc.integer({ min: 1, max: 6 }) }),
);

export function keywordAmong(texts: readonly string[], choice: KeywordChoice): string {
  if (typeof choice === 'string') return choice;
  const text = texts[choice.line % texts.length] ?? '';
  const from = choice.from % (text.length + 1);
  return text.slice(from, from + choice.length);
}
