/**
 * Who is at the other end.
 */
import type { Socket } from 'node:net';
import { formatAddress } from '../../core/format-address.ts';

/** How an IPv4 address looks to a socket that takes IPv6 too. */
const MAPPED = '::ffff:';

/** The other end of a connection: `127.0.0.1:51234`; `undefined` when it has left already. */
export function peerOf(socket: Socket): string | undefined {
  const { remoteAddress: host, remotePort: port } = socket;
  if (host === undefined || port === undefined) return undefined;
  return formatAddress(
    host.startsWith(MAPPED) && host.includes('.') ? host.slice(MAPPED.length) : host,
    port,
  );
}
