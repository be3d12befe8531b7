/**
 * Sends logfmt lines of 120 bytes: first so many as fast as they are taken, then at a steady rate; each begins with the time of its
 * write. Arguments: port, lines in advance, lines a second, seconds.
 */
import { once } from 'node:events';
import { connect } from 'node:net';

const [port, advance, rate, seconds] = process.argv.slice(2).map(Number) as [number, number, number, number];
const LEVELS = ['info', 'info', 'info', 'debug', 'info', 'warn', 'info', 'error'];
const STATUSES = [200, 200, 201, 200, 304, 404, 200, 503];
const PAYLOADS = Array.from({ length: 1009 }, (_, index) => {
  const level = LEVELS[index % 8]!;
  const message = level === 'error' ? 'payment refused by the bank' : 'payment accepted';
  const text = ` level=${level} status=${STATUSES[index % 8]} took=${index % 997} user=u${index} msg="${message}" t=`;
  return `${text.padEnd(98, 'x').slice(0, 98)} \n`;
});

const socket = connect(port, '127.0.0.1');
await once(socket, 'connect');
let sent = 0;
async function send(count: number): Promise<void> {
  const stamp = String(process.hrtime.bigint()).padStart(20, '0');
  let text = '';
  for (const until = sent + count; sent < until; sent++) text += stamp + PAYLOADS[sent % PAYLOADS.length]!;
  if (!socket.write(text)) await once(socket, 'drain');
}
while (sent < advance) await send(Math.min(1000, advance - sent));
const begin = performance.now();
const all = advance + rate * seconds;
while (sent < all) {
  const due = Math.min(all, advance + Math.floor(((performance.now() - begin) / 1000) * rate));
  if (due > sent) await send(due - sent);
  await new Promise((resolve) => setTimeout(resolve, 1));
}
socket.end();
await once(socket.resume(), 'close');
