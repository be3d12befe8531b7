/** What a request asks for, and whether it brings a body. */
import type { IncomingMessage } from 'node:http';

/** What is asked for: a path with a query, or a whole URL as a proxy sends it. */
export function toTarget(
  url: string,
  hostHeader: string,
): { readonly host: string; readonly path: string; readonly query: string } | undefined {
  const [, host = hostHeader, rest] = /^(?:http:\/\/([^/?#]*))?(\/[^#]*)$/i.exec(url) ?? [];
  if (rest === undefined) return undefined;
  const at = rest.indexOf('?');
  return at === -1
    ? { host, path: rest, query: '' }
    : { host, path: rest.slice(0, at), query: rest.slice(at + 1) };
}

/** Whether a body comes with it. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}
