/**
 * Follows the lines of a collector, also over its restarts: when the connection ends, it is asked again, with growing pauses, for what it
 * has received since the last line that was seen. Lines that a restarted collector has read from its files again have times that are
 * estimates, so that one of them may come twice.
 */
import { type Clock, sleep } from '../../core/clock.ts';
import { LogCasterError } from '../../core/errors.ts';
import { formatTime } from '../../core/template.ts';
import type { ShownLines } from './piece.ts';
import { readAnswer } from './place/answer-reader.ts';
import type { Asked, Asking } from './place/asking.ts';

/** How long it waits before it asks again, in ms: twice as long each time, up to the longest. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5_000;

/** What is followed. */
export interface Followed {
  readonly expression: string;
  /** So many lines that are there already come first. */
  readonly last?: number | undefined;
  /** What was received since then comes first, as it was written. */
  readonly since?: string | undefined;
}

export interface FollowContext {
  readonly asking: Asking;
  readonly clock: Clock;
  /** Whether it asks again. */
  readonly reconnects: boolean;
  /** Told how many lines the collector had to skip, since they were not read fast enough. */
  readonly onSkipped: (lines: number) => void;
  /** Told that the connection ended, and that there is one again. */
  readonly onLost: (why: string) => void;
  readonly onBack: () => void;
}

/** Follows until `signal` is aborted. @throws LogCasterError where the collector cannot be asked at all, or refuses */
export async function* follow(
  { expression, last, since }: Followed,
  { asking, clock, reconnects, onSkipped, onLost, onBack }: FollowContext,
  signal: AbortSignal,
): AsyncGenerator<ShownLines, void, undefined> {
  let options: Asked['options'] = { format: 'json', last, since };
  let newest: number | undefined;
  let pause = FIRST_PAUSE;
  let state: 'new' | 'connected' | 'lost' = 'new';
  const onConnected = (): void => {
    if (state === 'lost') onBack();
    state = 'connected';
  };
  for (;;) {
    let why = 'the collector has ended the tail';
    try {
      const bytes = asking.ask({ kind: 'tail', options, expression }, signal, onConnected);
      for await (const part of readAnswer(bytes, asking.address)) {
        pause = FIRST_PAUSE;
        if (part.kind === 'said') {
          if ('skipped' in part.said) onSkipped(Number(part.said['skipped']));
          continue;
        }
        newest = part.lines.receivedAt.at(-1);
        yield part.lines;
      }
    } catch (error) {
      if (!isPassing(error) || state === 'new') throw error;
      why = error.message;
    }
    if (!reconnects) return;
    // Nothing can change the state while nothing is asked.
    if ((state as string) !== 'lost') onLost(why);
    state = 'lost';
    await sleep(clock, pause, signal, { keepAlive: true });
    signal.throwIfAborted();
    pause = Math.min(pause * 2, LONGEST_PAUSE);
    options = { format: 'json', since: newest === undefined ? undefined : formatTime(newest + 1) };
  }
}

function isPassing(error: unknown): error is LogCasterError {
  return error instanceof LogCasterError && error.code === 'LC_CONNECT_FAILED';
}
