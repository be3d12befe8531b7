/**
 * Who may ask. A page of somebody else can make a browser send requests to this server, also by a name of its own that leads
 * here (DNS rebinding); so a request must ask for a name that is known, and must not come from another site. What other
 * machines can reach asks for a token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isLoopback } from '../../core/loopback.ts';
import type { HttpOptions } from './http-options.ts';

/** Why a request is refused. */
export type Refusal = 'host' | 'cross-site' | 'token';

const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]/?#@\s]+)(?::\d{1,5})?$/i;
const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** Judges requests. */
export class Guard {
  readonly #names: ReadonlySet<string>;
  readonly #takesAddresses: boolean;
  readonly #token: Buffer | undefined;

  constructor({ host, allowedHosts, token }: Pick<HttpOptions, 'host' | 'allowedHosts' | 'token'>) {
    this.#names = new Set([host, ...allowedHosts].map(simple));
    // No name leads to an address that somebody has written out. Here only those of this machine make sense, elsewhere any.
    this.#takesAddresses = !isLoopback(host);
    this.#token = token === undefined ? undefined : digest(token);
  }

  /** Why the request is refused; nothing if it is not. */
  refuse(
    { headers, headersDistinct }: Pick<IncomingMessage, 'headers' | 'headersDistinct'>,
    host: string,
  ): Refusal | undefined {
    if ((headersDistinct['host']?.length ?? 0) > 1 || !this.#knows(host)) return 'host';
    return headers['sec-fetch-site'] === 'cross-site' ? 'cross-site' : undefined;
  }

  /** Whether the request has the token, where one is asked for. The time it takes says nothing about the token. */
  hasToken({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
    if (!this.#token) return true;
    const given = BEARER.exec(headers.authorization ?? '')?.[1] ?? '';
    return timingSafeEqual(digest(given), this.#token);
  }

  #knows(host: string): boolean {
    const written = HOST.exec(host)?.[1];
    if (written === undefined) return false;
    const name = simple(written);
    return isLoopback(name) || this.#names.has(name) || (this.#takesAddresses && isIP(name) !== 0);
  }
}

/** Names are the same in upper and lower case, with a dot at the end, and addresses in brackets. */
function simple(name: string): string {
  return name
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
