/** Ctrl-C ends a search at once, whatever it waits for. */
import { EXIT } from '../exit-codes.ts';

/**
 * Does something until it is done, or until SIGINT or SIGTERM. Then `onEnd` is called, the signal that the work was given is aborted,
 * and nothing is waited for any more.
 */
export async function untilInterrupted(
  work: (signal: AbortSignal) => Promise<number>,
  onEnd: () => void,
): Promise<number> {
  const stopping = new AbortController();
  const interrupted = Promise.withResolvers<number>();
  const end = (code: number) => (): void => {
    onEnd();
    interrupted.resolve(code);
    stopping.abort();
  };
  const onInterrupt = end(EXIT.interrupted.code);
  const onTerminate = end(EXIT.terminated.code);
  process.once('SIGINT', onInterrupt).once('SIGTERM', onTerminate);
  try {
    return await Promise.race([work(stopping.signal), interrupted.promise]);
  } catch (error) {
    if (stopping.signal.aborted) return await interrupted.promise;
    throw error;
  } finally {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate);
  }
}
