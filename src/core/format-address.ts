import { isIPv6, type Server } from 'node:net';

/** An address and a port as people write them: `127.0.0.1:9999`, `[::1]:9999`. */
export function formatAddress(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Where a server listens, once it does. */
export function listeningAddress(server: Pick<Server, 'address'> | undefined): string | undefined {
  const address = server?.address();
  return address && typeof address === 'object' ? formatAddress(address.address, address.port) : undefined;
}
