import { isIPv6 } from 'node:net';

/** An address and a port as people write them: `127.0.0.1:9999`, `[::1]:9999`. */
export function formatAddress(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
