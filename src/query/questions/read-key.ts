/** Reads by what lines are counted: the name of a field, `@source`, `@peer`, or `time(1m)`. */
import type { Grouping } from './question.ts';
import { readDuration } from './read-time.ts';

/** What to write. */
export const KEY_ADVICE = 'expected the name of a field, @source, @peer, or time(1m)';

const TIME = /^time\((.*)\)$/;

/** Reads a key; `undefined` if it is none. */
export function readKey(text: string): Grouping | undefined {
  if (text === 'level') return { kind: 'level' };
  if (text === '@source') return { kind: 'origin', part: 'source' };
  if (text === '@peer') return { kind: 'origin', part: 'peer' };
  const span = TIME.exec(text)?.[1];
  if (span === undefined) return text === '' ? undefined : { kind: 'field', name: text };
  const bucket = readDuration(span.trim());
  return bucket !== undefined && bucket >= 1 ? { kind: 'time', bucket: Math.round(bucket) } : undefined;
}
