/** Sends lines at a steady rate; each begins with the time of its write. Arguments: port, lines a second, seconds. */
import { once } from 'node:events';
import { connect } from 'node:net';

const [port, rate, seconds] = process.argv.slice(2).map(Number) as [number, number, number];
const socket = connect(port, '127.0.0.1');
await once(socket, 'connect');
const payload = ` ${'x'.repeat(98)}\n`;
const begin = performance.now();
let sent = 0;
while (sent < rate * seconds) {
  const due = Math.min(rate * seconds, Math.floor(((performance.now() - begin) / 1000) * rate));
  if (due > sent) {
    const stamp = String(process.hrtime.bigint()).padStart(20, '0');
    socket.write((stamp + payload).repeat(due - sent));
    sent = due;
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
}
socket.end();
await once(socket.resume(), 'close');
