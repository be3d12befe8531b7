/** Waiting with a limit. */
import { type Clock, sleep } from '../../core/clock.ts';

/**
 * Waits for `work`, but not longer than `ms`; answers whether it ended in time. Work that fails has ended too; its error
 * goes to `onError`, also when it comes late. The process lives on while this waits.
 */
export async function within(
  clock: Clock,
  ms: number,
  work: Promise<unknown>,
  onError: (error: unknown) => void,
): Promise<boolean> {
  const waiting = new AbortController();
  const ended = work.then(
    () => true,
    (error: unknown) => {
      onError(error);
      return true;
    },
  );
  const late = sleep(clock, Math.max(0, ms), waiting.signal, { keepAlive: true }).then(() => false);
  const inTime = await Promise.race([ended, late]);
  waiting.abort();
  return inTime;
}

/** Does `work` and answers a promise of its end, also when it throws at once. */
export async function attempt(work: () => unknown): Promise<void> {
  await work();
}
