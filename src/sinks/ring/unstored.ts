/**
 * Lines of a ring that are not stored elsewhere, as of one moment. What is stored meanwhile may be overwritten meanwhile: so the
 * lines are copied at once, as far as they take no more than COPIED_BYTES; the others are copied when they are asked for, and are
 * missing if they are overwritten by then.
 */
import type { FoundLines } from '../../core/search.ts';
import type { Arena } from './arena.ts';
import { Found } from './found.ts';
import type { NumberRange } from './positions.ts';

/** 16 MiB are copied in a few ms. */
const COPIED_BYTES = 16 * 2 ** 20;
const PIECE_BYTES = 256 * 2 ** 10;

/** Copies lines; answers them piece by piece, in their order or the newest first. In each piece they are in their order. */
export function copyLines(
  arena: Arena,
  ranges: readonly NumberRange[],
): (order: 'oldest' | 'newest') => Generator<FoundLines> {
  const found = newFound(arena);
  const rest: NumberRange[] = [];
  for (const { from, to } of ranges) {
    let next = Math.max(from, arena.overwritten);
    while (next < to && found.byteLength < COPIED_BYTES) {
      const span = arena.span(next - arena.overwritten, to - arena.overwritten, PIECE_BYTES);
      found.add(span, 0, span.starts.length);
      next += span.starts.length;
    }
    if (next < to) rest.push({ from: next, to });
  }
  const copied = found.take();
  return function* inOrder(order) {
    if (order === 'newest') yield* copyRest(arena, rest, true);
    yield* order === 'newest' ? copied.toReversed() : copied;
    if (order === 'oldest') yield* copyRest(arena, rest, false);
  };
}

function* copyRest(arena: Arena, ranges: readonly NumberRange[], backward: boolean): Generator<FoundLines> {
  for (const { from, to } of backward ? ranges.toReversed() : ranges) {
    let low = from;
    let high = to;
    for (;;) {
      low = Math.max(low, arena.overwritten);
      if (low >= high) break;
      const [first, end] = [low - arena.overwritten, high - arena.overwritten];
      const span = backward ? arena.spanBefore(end, first, PIECE_BYTES) : arena.span(first, end, PIECE_BYTES);
      const found = newFound(arena);
      found.add(span, 0, span.starts.length);
      if (backward) high -= span.starts.length;
      else low += span.starts.length;
      yield* backward ? found.take().toReversed() : found.take();
    }
  }
}

function newFound(arena: Arena): Found {
  return new Found(arena.origins, { maxBytes: Number.POSITIVE_INFINITY, largestPiece: PIECE_BYTES });
}
