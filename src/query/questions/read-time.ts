/** Times and durations of options, as people write them. Times are those of expressions: see expression/times.ts. */
import type { LogCasterError } from '../../core/errors.ts';
import { parseDuration } from '../../core/units.ts';
import { readTime as readSpan } from '../../expression/times.ts';

/** Reads a time, in ms since the epoch: of a date, its beginning. `undefined` if it is none. */
export function readTime(text: string, now: number): number | undefined {
  return readSpan(text, now)?.from;
}

/** Reads a duration above 0, in ms. */
export function readDuration(text: string): number | undefined {
  try {
    const duration = parseDuration(text);
    return duration > 0 ? duration : undefined;
  } catch (error) {
    if ((error as LogCasterError).code === 'LC_LIMIT_INVALID') return undefined;
    throw error;
  }
}
