/**
 * Sends a work to a port as fast as it is taken. A process of its own, in which nothing happens while it sends: the bytes
 * are made before. Arguments: port, work. It says `ready`, waits for a line on standard input, sends, and ends.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { bytesOf, WORKS } from './works.ts';

const CHUNK = 256 * 1024;

const [port, name] = process.argv.slice(2);
const work = WORKS.find((each) => each.name === name)!;
const sockets = await Promise.all(
  Array.from({ length: work.connections }, async () => {
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  }),
);
const contents = sockets.map((_, connection) => bytesOf(work, connection));
console.log('ready');
await once(process.stdin, 'data');
process.stdin.destroy();
await Promise.all(
  sockets.map(async (socket, connection) => {
    const bytes = contents[connection]!;
    for (let at = 0; at < bytes.length; at += CHUNK) {
      if (!socket.write(bytes.subarray(at, at + CHUNK))) await once(socket, 'drain');
    }
    socket.end();
    await once(socket.resume(), 'close');
  }),
);
