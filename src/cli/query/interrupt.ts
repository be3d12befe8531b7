/**
 * Ctrl-C ends a search at once, whatever it waits for: with the exit code 130. While a named pipe is read, a thread of Node waits for it,
 * and an exit would wait for the thread; then the signal itself ends the process, which shells take for 130, too.
 */
import { EXIT } from '../exit-codes.ts';

export interface InterruptInit {
  /** Called when a signal comes: clears the terminal. */
  readonly onEnd: () => void;
  /** Whether a thread may wait for something that cannot be ended. */
  readonly isStuck?: () => boolean;
}

/** Does something until it is done, or until SIGINT or SIGTERM: then the signal that it was given is aborted, and it is not waited for. */
export async function untilInterrupted(
  work: (signal: AbortSignal) => Promise<number>,
  { onEnd, isStuck = () => false }: InterruptInit,
): Promise<number> {
  const stopping = new AbortController();
  const interrupted = Promise.withResolvers<number>();
  const end = (name: NodeJS.Signals): void => {
    onEnd();
    // There is no listener any more: the system does what it does then.
    if (isStuck()) process.kill(process.pid, name);
    else interrupted.resolve(name === 'SIGINT' ? EXIT.interrupted.code : EXIT.terminated.code);
    stopping.abort();
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    return await Promise.race([work(stopping.signal), interrupted.promise]);
  } catch (error) {
    if (stopping.signal.aborted) return await interrupted.promise;
    throw error;
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}
