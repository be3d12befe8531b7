/** Parts of found lines. Nothing is copied. */
import type { Batch, Origin } from '../../core/batch.ts';
import type { FoundLines, OriginRun } from '../../core/search.ts';

/** How many lines a piece has. */
export function lengthOf({ bounds }: FoundLines): number {
  return bounds.length / 2;
}

/** How many lines of a piece, up to `maxLines`, fit into `maxBytes` with a line feed each, and their bytes. */
export function fitting(
  { bounds }: FoundLines,
  maxLines: number,
  maxBytes: number,
): { readonly lines: number; readonly bytes: number } {
  const end = Math.min(bounds.length, maxLines * 2);
  let bytes = 0;
  let at = 0;
  for (; at < end; at += 2) {
    const more = bytes + bounds[at + 1]! - bounds[at]! + 1;
    if (more > maxBytes) break;
    bytes = more;
  }
  return { lines: at / 2, bytes };
}

/** Lines `from` to before `to`. */
export function slice(piece: FoundLines, from: number, to: number): FoundLines {
  if (from === 0 && to === lengthOf(piece)) return piece;
  const { bounds, receivedAt, origins } = piece;
  return {
    ...piece,
    bounds: bounds.subarray(from * 2, to * 2),
    receivedAt: receivedAt.subarray(from, to),
    ...(origins && { origins: sliceRuns(origins, from, to) }),
  };
}

function sliceRuns(runs: readonly OriginRun[], from: number, to: number): OriginRun[] {
  const sliced: OriginRun[] = [];
  for (const { from: first, origin } of runs) {
    if (first >= to) break;
    if (first <= from) sliced.pop();
    sliced.push({ from: Math.max(0, first - from), origin });
  }
  return sliced;
}

/** The same lines the other way round. */
export function reverse(piece: FoundLines): FoundLines {
  const { bounds, receivedAt, origins } = piece;
  const length = lengthOf(piece);
  const turned = new Uint32Array(bounds.length);
  for (let at = 0; at < bounds.length; at += 2) {
    turned[bounds.length - at - 2] = bounds[at]!;
    turned[bounds.length - at - 1] = bounds[at + 1]!;
  }
  return {
    ...piece,
    bounds: turned,
    receivedAt: receivedAt.toReversed(),
    ...(origins && {
      origins: origins
        .map(({ origin }, run) => ({ from: length - (origins[run + 1]?.from ?? length), origin }))
        .toReversed(),
    }),
  };
}

/** A function that tells the origins of lines; they must be asked for in order. */
export function originReader({ origins = [] }: FoundLines): (line: number) => Origin | undefined {
  let run = -1;
  return (line) => {
    while (run + 1 < origins.length && origins[run + 1]!.from <= line) run++;
    return origins[run]?.origin;
  };
}

/** The lines of a batch, as if they had been found. */
export function toFound({ bytes, bounds, length, origin }: Batch, receivedAt: number): FoundLines {
  return {
    bytes,
    bounds,
    receivedAt: new Float64Array(length).fill(receivedAt),
    origins: [{ from: 0, origin }],
  };
}
