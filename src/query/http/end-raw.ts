/** The last words on a connection that Node's HTTP server has given up. */
import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../core/clock.ts';
import type { Problem } from './problem.ts';

/** How long a client may stay behind an answer to what was no request, in ms. */
const LINGER = 2_000;

/**
 * Answers on a connection that Node has no request for, behind the answers that are still to come (`before`), and closes it. Node
 * does not look after it any more: without a listener a reset would end the process, and a client that stays would keep its place for
 * ever. What it still sends is thrown away for a while, since closing a socket with unread bytes can destroy the answer.
 */
export async function endRaw(
  socket: Duplex,
  { status, body, headers }: Problem,
  { clock, before }: { readonly clock: Clock; readonly before: Promise<void> },
): Promise<void> {
  socket.on('error', () => {}); // `close` follows.
  socket.resume();
  await before;
  if (socket.destroyed) return;
  const text = `${JSON.stringify(body)}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${String(body['title'])}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ];
  const linger = clock.after(LINGER, () => socket.destroy());
  socket.on('close', () => linger.cancel());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
}
