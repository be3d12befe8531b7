/** How long to wait before a write is tried again. */
import type { RetrySettings } from '../topology.ts';

/**
 * The pause before attempt number `failures + 1`, in ms: twice as long each time, up to the greatest, and somewhere in its
 * upper half, so that many senders that failed together do not come back together.
 */
export function backoff(
  settings: Pick<RetrySettings, 'initial' | 'max'>,
  failures: number,
  random: () => number = Math.random,
): number {
  const full = Math.min(settings.max, settings.initial * 2 ** Math.min(failures - 1, 64));
  return full / 2 + (full / 2) * random();
}
