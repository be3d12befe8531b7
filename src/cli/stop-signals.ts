/**
 * SIGINT and SIGTERM: the first asks for a clean stop, a second one for an end at once.
 *
 * `npm start` passes a Ctrl-C on to a process that the terminal has told already, so that one key arrives twice: a SIGINT
 * that follows another within a moment, on a terminal and under npm, is the same one.
 */
import type { Clock } from '../core/clock.ts';

export type StopSignal = 'SIGINT' | 'SIGTERM';

const SAME_KEY = 300;

/**
 * Calls `onFirst`, then `onSecond`. Answers a function after which it calls nobody any more: signals still do nothing then,
 * since the process is about to end with an exit code that says how it went.
 */
export function onStopSignals(
  clock: Clock,
  onFirst: (signal: StopSignal) => void,
  onSecond: (signal: StopSignal) => void,
): () => void {
  const passedOnTwice = process.stdin.isTTY && process.env['npm_lifecycle_event'] !== undefined;
  let first: { readonly signal: StopSignal; readonly at: number } | undefined;
  let isOver = false;
  const listener = (signal: StopSignal): void => {
    const now = clock.monotonic();
    if (isOver) return;
    if (!first) {
      first = { signal, at: now };
      onFirst(signal);
    } else if (
      !(passedOnTwice && signal === 'SIGINT' && first.signal === 'SIGINT' && now - first.at < SAME_KEY)
    ) {
      isOver = true;
      onSecond(signal);
    }
  };
  process.on('SIGINT', listener).on('SIGTERM', listener);
  return () => {
    isOver = true;
  };
}
