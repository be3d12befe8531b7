/**
 * The floor: the least that a receiver in Node can do. It cuts chunks at their last newline, so that no line is torn, and
 * writes them; sockets pause when the disk is behind. It knows nothing of lines.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { runReceiver } from './receiver.ts';
import { RotatingWriter } from './rotating-writer.ts';

await runReceiver(async (directory) => {
  const writer = new RotatingWriter(directory);
  const sockets = new Set<Socket>();
  writer.onRoom(() => {
    for (const socket of sockets) socket.resume();
  });
  const server = createServer((socket) => {
    let carry: Buffer | undefined;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      const cut = chunk.lastIndexOf(10) + 1;
      if (cut === 0) {
        carry = carry ? Buffer.concat([carry, chunk]) : chunk;
        return;
      }
      if (carry) writer.write(Buffer.concat([carry, chunk.subarray(0, cut)]));
      else writer.write(chunk.subarray(0, cut));
      carry = cut < chunk.length ? Buffer.from(chunk.subarray(cut)) : undefined;
      if (writer.full) for (const each of sockets) each.pause();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, stored: () => writer.idle() };
});
