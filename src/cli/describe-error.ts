/** An error for people, on one line, with what to do about it. */
import { LogCasterError, messageOf } from '../core/errors.ts';

export function describeError(error: unknown): string {
  if (!(error instanceof LogCasterError)) return messageOf(error);
  return `${error.message} (${error.hint}) [${error.code}]`;
}
