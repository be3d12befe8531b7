/**
 * Lines of a ring that are not stored elsewhere, as of one moment. What is stored meanwhile may be overwritten meanwhile: so the
 * lines are copied at once, as far as they take no more than COPIED_BYTES; the others are copied when they are asked for, and are
 * missing if they are overwritten by then.
 */
import type { Passage, Through } from '../../core/passage.ts';
import type { CopiedLines, FoundLines } from '../../core/search.ts';
import type { Arena } from './arena.ts';
import { Found } from './found.ts';
import type { PlacedRange } from './positions.ts';

/** 16 MiB are copied in a few ms. */
const COPIED_BYTES = 16 * 2 ** 20;
const PIECE_BYTES = 256 * 2 ** 10;

/** Copied lines that follow one another in a passage. */
interface Copy {
  readonly lines: FoundLines;
  readonly passage: Passage;
  readonly first: number;
}

/** Copies lines. @param firsts - where what the ring holds of each passage begins */
export function copyLines(
  arena: Arena,
  ranges: readonly PlacedRange[],
  firsts: ReadonlyMap<Passage, number>,
): CopiedLines {
  const copies: Copy[] = [];
  const rest: PlacedRange[] = [];
  let bytes = 0;
  for (const range of ranges) {
    let left: PlacedRange | undefined = range;
    while (left && bytes < COPIED_BYTES) {
      const { copy, others }: Step = copyFirst(arena, left);
      if (copy) copies.push(copy);
      bytes += copy?.lines.bytes.length ?? 0;
      left = others;
    }
    if (left) rest.push(left);
  }
  return {
    firsts,
    *pieces(order, through) {
      const newest = order === 'newest';
      if (newest) for (const range of rest.toReversed()) yield* copyBackward(arena, range, through);
      for (const copy of newest ? copies.toReversed() : copies) yield* beyond(copy, through);
      for (let left of newest ? [] : rest) {
        for (;;) {
          const { copy, others } = copyFirst(arena, left);
          if (copy) yield* beyond(copy, through);
          if (!others) break;
          left = others;
        }
      }
    },
  };
}

interface Step {
  readonly copy?: Copy;
  readonly others?: PlacedRange | undefined;
}

/** Copies the first lines of a range that are still there; answers the others. */
function copyFirst(arena: Arena, { from, to, passage, first }: PlacedRange): Step {
  const start = Math.max(from, arena.overwritten);
  if (start >= to) return {};
  const span = arena.span(start - arena.overwritten, to - arena.overwritten, PIECE_BYTES);
  const end = start + span.starts.length;
  const copy = { lines: copySpan(arena, span), passage, first: first + start - from };
  return { copy, others: end < to ? { from: end, to, passage, first: first + end - from } : undefined };
}

function* copyBackward(
  arena: Arena,
  { from, to, passage, first }: PlacedRange,
  through: Through,
): Generator<FoundLines> {
  for (let end = to; ; ) {
    const start = Math.max(from, arena.overwritten);
    if (start >= end) return;
    const span = arena.spanBefore(end - arena.overwritten, start - arena.overwritten, PIECE_BYTES);
    end -= span.starts.length;
    yield* beyond({ lines: copySpan(arena, span), passage, first: first + end - from }, through);
  }
}

function copySpan(arena: Arena, span: Parameters<Found['add']>[0]): FoundLines {
  // A piece takes at least as much as a span, so that it becomes one.
  const found = new Found(arena.origins, {
    maxBytes: Number.POSITIVE_INFINITY,
    largestPiece: 2 * Math.max(PIECE_BYTES, span.bytes.length),
    firstPiece: span.bytes.length,
  });
  found.add(span, 0, span.starts.length);
  return found.take()[0]!;
}

/** Without what is stored by now. */
function* beyond({ lines, passage, first }: Copy, through: Through): Generator<FoundLines> {
  const { bytes, bounds, receivedAt, origins = [] } = lines;
  const stored = Math.max(0, (through.get(passage) ?? 0) - first);
  if (stored === 0) yield lines;
  else if (stored < receivedAt.length) {
    yield {
      bytes,
      bounds: bounds.subarray(stored * 2),
      receivedAt: receivedAt.subarray(stored),
      origins: origins
        .filter((_, run) => (origins[run + 1]?.from ?? Number.POSITIVE_INFINITY) > stored)
        .map(({ from, origin }) => ({ from: Math.max(0, from - stored), origin })),
    };
  }
}
