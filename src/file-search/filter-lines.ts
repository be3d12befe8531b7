/** Finds lines among lines that are in memory already: the same as a scan of a ring or of files, of copies. */
import { Buffer } from 'node:buffer';
import { LINE_FEED } from '../core/batch.ts';
import { lineAt } from '../core/line-at.ts';
import type { LineFacts } from '../core/line-condition.ts';
import { type FoundLines, type OriginRun, originOf, type ScanQuery, type ScanTally } from '../core/search.ts';

/** The lines of a piece that meet a query, in its order; `undefined` if there are none. */
export function filterLines(
  piece: FoundLines,
  { where, since, until, order, countOnly = false }: ScanQuery,
  tally: ScanTally,
): FoundLines | undefined {
  const { bytes, bounds, receivedAt } = piece;
  const count = receivedAt.length;
  const from = bounds[0] ?? 0;
  const to = (bounds[count * 2 - 1] ?? -1) + 1;
  tally.lines += count;
  tally.bytes += to - from;
  const starts = Uint32Array.from({ length: count }, (_, line) => bounds[line * 2]!);
  const found: number[] = [];
  const isWithin = (line: number): boolean =>
    receivedAt[line]! >= (since ?? Number.NEGATIVE_INFINITY) &&
    receivedAt[line]! < (until ?? Number.POSITIVE_INFINITY);
  const keep = (line: number): void => {
    if (isWithin(line)) found.push(line);
  };
  const factsOf = (start: number): LineFacts => {
    const line = lineAt(starts, from + start, 0, count);
    const origin = originOf(piece, line);
    return { source: origin?.source, peer: origin?.peer, receivedAt: receivedAt[line]! };
  };
  if (!where) for (let line = 0; line < count; line++) keep(line);
  else where.scan(bytes.subarray(from, to), factsOf, (_start, _end, line) => keep(line), starts);
  tally.matched += found.length;
  if (countOnly || found.length === 0) return undefined;
  return pick(piece, order === 'newest' ? found.toReversed() : found);
}

/** Copies lines of a piece, in this order. */
function pick(piece: FoundLines, lines: readonly number[]): FoundLines {
  const { bounds } = piece;
  const lengthOf = (line: number): number => bounds[line * 2 + 1]! - bounds[line * 2]!;
  const bytes = Buffer.allocUnsafeSlow(lines.reduce((sum, line) => sum + lengthOf(line) + 1, 0));
  const picked = new Uint32Array(lines.length * 2);
  const receivedAt = new Float64Array(lines.length);
  const origins: OriginRun[] = [];
  let at = 0;
  for (const [index, line] of lines.entries()) {
    picked[index * 2] = at;
    at += piece.bytes.copy(bytes, at, bounds[line * 2], bounds[line * 2 + 1]);
    picked[index * 2 + 1] = at;
    bytes[at++] = LINE_FEED;
    receivedAt[index] = piece.receivedAt[line]!;
    const origin = originOf(piece, line);
    if (origins.length === 0 || origins.at(-1)!.origin !== origin) origins.push({ from: index, origin });
  }
  return { bytes, bounds: picked, receivedAt, origins };
}
