/**
 * Where a socket source listens: what differs between TCP and unix sockets.
 */
import type { Socket } from 'node:net';
import { getSystemErrorMessage } from 'node:util';
import { LogCasterError, messageOf } from '../../core/errors.ts';
import { errorCode } from '../../core/file-system.ts';
import type { Listener } from './listener.ts';

export interface Endpoint {
  /**
   * Makes `listener` listen.
   *
   * @throws LogCasterError `LC_LISTEN_FAILED`
   */
  open(listener: Listener): Promise<void>;
  /** Gives back what `open` claimed beside the socket itself, so that nobody finds the way to it any more. Never fails. */
  release?(): Promise<void>;
  /** Where it listens, for people; `undefined` before and after. */
  address(listener: Listener): string | undefined;
  /** The other end of the connection that is the `number`-th. */
  peer(socket: Socket, number: number): string;
}

/** The error for a place that cannot be listened on; the hint depends on the system's error code. */
export function toListenError(
  place: string,
  cause: unknown,
  hints: Readonly<Record<string, string>>,
): LogCasterError {
  const code = errorCode(cause);
  const hint = code === undefined ? undefined : hints[code];
  return new LogCasterError('LC_LISTEN_FAILED', `cannot listen on ${place}: ${toReason(cause)}`, {
    cause,
    ...(hint !== undefined && { hint }),
  });
}

/** What the system says, without the place, which Node repeats in its messages. */
function toReason(cause: unknown): string {
  const { errno, code } = cause as { errno?: unknown; code?: unknown };
  if (typeof errno !== 'number' || errno >= 0) return messageOf(cause);
  return `${getSystemErrorMessage(errno)} (${String(code)})`;
}
