import { isIP } from 'node:net';

/** Whether it is an address, or the name `localhost`, that can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host === 'localhost'; // Anybody can have a name that begins with 127.
  return host === '::1' || /^(?:::ffff:)?127\./i.test(host);
}
