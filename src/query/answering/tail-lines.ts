/**
 * Follows lines: those that are there already, if they are wanted, and then each that comes, once. The look at what is there and
 * the place in the window are taken in one go, so that no line falls between them and none is told twice.
 */
import { selectLines } from '../../core/line-matcher.ts';
import type { Pace } from '../../core/pace.ts';
import type { FoundLines } from '../../core/search.ts';
import type { TailQuestion } from '../questions/question.ts';
import { toFound } from './pieces.ts';
import type { TailCursor, TailStep, TailWindow } from './tail-window.ts';

/**
 * What a tail tells: lines, or how many it had to skip because whoever reads was too slow. What was skipped was not looked at: it
 * is not known how many of the lines would have matched.
 *
 * @remarks Since 0.1.0
 */
export type TailEvent =
  | { readonly kind: 'lines'; readonly lines: FoundLines }
  | { readonly kind: 'skipped'; readonly lines: number };

/** The most bytes that are looked at in one go. */
const STEP_BYTES = 64 * 1024;

/** What a tail needs. */
export interface TailContext {
  readonly window: TailWindow;
  readonly pace: Pace;
  /** Looks for what is there already. Its first `next` must fix, before it returns, what that is. */
  readonly backlog?: AsyncGenerator<FoundLines, unknown, undefined> | undefined;
  /** Aborted when the reader is gone, or the tail is to end. */
  readonly signal: AbortSignal;
  /** Told how many lines were skipped. */
  readonly onSkipped: (lines: number) => void;
}

/** Follows lines until the signal is aborted. @throws whatever looking at the backlog throws, but the reason of the signal */
export async function* tailLines(
  question: TailQuestion,
  context: TailContext,
): AsyncGenerator<TailEvent, void, undefined> {
  const { window, pace, backlog, signal } = context;
  const first = backlog?.next();
  const cursor = window.join();
  try {
    if (backlog) yield* readBacklog(backlog, first!);
    for (;;) {
      const step = await nextStep(cursor, pace, signal);
      if (step.skipped > 0) {
        context.onSkipped(step.skipped);
        yield { kind: 'skipped', lines: step.skipped };
      }
      const lines = matching(step, question);
      if (lines) yield { kind: 'lines', lines };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    cursor.leave();
    await backlog?.return(undefined).catch(() => {});
  }
}

async function* readBacklog(
  backlog: AsyncGenerator<FoundLines, unknown, undefined>,
  first: Promise<IteratorResult<FoundLines, unknown>>,
): AsyncGenerator<TailEvent, void, undefined> {
  for (let step = await first; !step.done; step = await backlog.next()) {
    yield { kind: 'lines', lines: step.value };
  }
}

async function nextStep(cursor: TailCursor, pace: Pace, signal: AbortSignal): Promise<TailStep> {
  for (;;) {
    if (pace.isOver) await pace.turn();
    signal.throwIfAborted();
    const step = cursor.take(STEP_BYTES);
    if (step) return step;
    await cursor.more(signal);
  }
}

function matching({ batch, receivedAt }: TailStep, { where }: TailQuestion): FoundLines | undefined {
  const found = where ? selectLines(batch, where.condition) : batch;
  return found && found.length > 0 ? toFound(found, receivedAt) : undefined;
}
