/** Reads the key by which a line is counted. */
import type { FoundLines } from '../../core/search.ts';
import type { Grouping } from '../questions/question.ts';
import { originReader } from './pieces.ts';

/** A function that tells the key of each line of a piece; `undefined` for a line without. */
export function keyReader(piece: FoundLines, by: Grouping): (line: number) => string | number | undefined {
  if (by.kind === 'time') {
    const { bucket } = by;
    return (line) => {
      const time = piece.receivedAt[line]!;
      return Number.isNaN(time) ? undefined : Math.floor(time / bucket) * bucket;
    };
  }
  const originOf = originReader(piece);
  if (by.name === '@source') return (line) => originOf(line)?.source;
  if (by.name === '@peer') return (line) => originOf(line)?.peer;
  return () => undefined;
}
