/** Which lines a spill directory holds, found out without reading more than the ends of its segments. Changes nothing. */
import type { FileSystem, OpenFile } from '../core/file-system.ts';
import { readCursor } from './cursor.ts';
import { openSegment, type Segment } from './segments.ts';
import { findLastLine, readPieces } from './walk.ts';

/** Which lines are there: the first that is not settled, the first that was not handed out, and the number behind the last. */
export async function findBounds(fs: FileSystem, path: string, list: readonly Segment[]) {
  const cursor = await readCursor(fs, path);
  let end = 0;
  for (const segment of list.toReversed()) {
    const last = await withSegment(fs, path, segment, (walked) => findLastLine(walked));
    if (last === undefined) continue;
    end = last;
    break;
  }
  if (cursor) return { ...cursor, end: Math.max(end, cursor.settled) };
  // Nobody knows what was settled: all that is there comes, and may come again.
  const settled = (await firstLineFrom(fs, path, list)) ?? end;
  return { settled, handed: end, end };
}

/** The number of the first line in segments. */
export async function firstLineFrom(
  fs: FileSystem,
  path: string,
  list: readonly Segment[],
): Promise<number | undefined> {
  for (const segment of list) {
    const first = await withSegment(fs, path, segment, async (walked) => {
      for (let at = 0; at < walked.end; ) {
        const { pieces, next } = await readPieces(walked, at, 65_536);
        for (const piece of pieces) if (piece.kind === 'frame') return piece.head.first;
        if (next <= at) break;
        at = next;
      }
      return undefined;
    });
    if (first !== undefined) return first;
  }
  return undefined;
}

export async function withSegment<T>(
  fs: FileSystem,
  path: string,
  segment: Segment,
  use: (walked: { file: OpenFile; salt: number; end: number }) => Promise<T>,
): Promise<T> {
  const file = await openSegment(fs, path, segment);
  try {
    return await use({ file, salt: segment.salt, end: segment.end });
  } finally {
    await file.close();
  }
}
