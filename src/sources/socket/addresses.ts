/**
 * Addresses as people write them.
 */
import { isIPv6, type Socket } from 'node:net';

/** How an IPv4 address looks to a socket that takes IPv6 too. */
const MAPPED = '::ffff:';

/** `127.0.0.1:9999`, `[::1]:9999`. */
export function formatAddress(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The other end of a connection: `127.0.0.1:51234`; `undefined` when it has left already. */
export function peerOf(socket: Socket): string | undefined {
  const { remoteAddress: host, remotePort: port } = socket;
  if (host === undefined || port === undefined) return undefined;
  return formatAddress(
    host.startsWith(MAPPED) && host.includes('.') ? host.slice(MAPPED.length) : host,
    port,
  );
}
