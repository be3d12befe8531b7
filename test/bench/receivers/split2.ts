/**
 * The usual way in Node: split2 makes a string of each line, each string is an item of an RxJS observable, goes into a
 * circular array with its time, and what came in one tick is joined and written.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Subject } from 'rxjs';
import split2 from 'split2';
import { runReceiver } from './receiver.ts';
import { RotatingWriter } from './rotating-writer.ts';

await runReceiver(async (directory) => {
  const writer = new RotatingWriter(directory);
  const sockets = new Set<Socket>();
  writer.onRoom(() => {
    for (const socket of sockets) socket.resume();
  });
  const lines$ = new Subject<string>();
  let tick: string[] = [];
  const ring = Array.from<{ readonly line: string; readonly receivedAt: number } | undefined>({
    length: 1_000_000,
  });
  let next = 0;
  lines$.subscribe((line) => {
    ring[next] = { line, receivedAt: Date.now() };
    next = (next + 1) % ring.length;
  });
  lines$.subscribe((line) => {
    if (tick.length === 0) {
      setImmediate(() => {
        writer.write(Buffer.from(`${tick.join('\n')}\n`));
        tick = [];
        if (writer.full) for (const socket of sockets) socket.pause();
      });
    }
    tick.push(line);
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.pipe(split2({ maxLength: 2 ** 20 })).on('data', (line: string) => lines$.next(line));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stored = async (): Promise<void> => {
    while (tick.length > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    await writer.idle();
  };
  return { port: (server.address() as AddressInfo).port, stored };
});
