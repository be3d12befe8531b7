import { getSystemErrorMessage } from 'node:util';
import { LogCasterError, messageOf } from '../core/errors.ts';

/** The error for a place that cannot be listened on; `purpose` is what for. */
export function toListenError(place: string, purpose: string, cause: NodeJS.ErrnoException): LogCasterError {
  // Node repeats the place in its message; the system's own says what is wrong.
  const reason =
    cause.errno === undefined ? messageOf(cause) : `${getSystemErrorMessage(cause.errno)} (${cause.code})`;
  return new LogCasterError('LC_LISTEN_FAILED', `cannot listen on ${place} for ${purpose}: ${reason}`, {
    cause,
  });
}
