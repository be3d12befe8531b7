import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import { type FileSystem, systemFileSystem } from '../../../src/core/file-system.ts';
import {
  readDescriptorLimit,
  readReceiveBufferLimit,
  readReceiveQueues,
  toMaxConnections,
} from '../../../src/sources/socket/kernel-limits.ts';

const unreadable: FileSystem = {
  ...systemFileSystem,
  open: () => Promise.reject(Object.assign(new Error('nothing here'), { code: 'ENOENT' })),
};

test.skipIf(process.platform !== 'linux')('the limit on descriptors is the one of this process', async () => {
  const module = new URL('../../../src/', import.meta.url).href;
  const script = `
    const { readDescriptorLimit } = await import('${module}sources/socket/kernel-limits.ts');
    const { systemFileSystem } = await import('${module}core/file-system.ts');
    console.log(await readDescriptorLimit(systemFileSystem));`;
  // Node raises the soft limit to the hard one.
  const output = execFileSync('sh', [
    '-c',
    'ulimit -n 300; exec "$0" --input-type=module -e "$1"',
    process.execPath,
    script,
  ]);
  expect(output.toString().trim()).toBe('300');
});

test.skipIf(process.platform !== 'linux')(
  'what the kernel holds unread is known for each connection',
  async () => {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1');
    const [socket] = (await once(server, 'connection')) as [Socket];
    client.write('x'.repeat(1234));
    await vi.waitFor(
      async () => {
        const queues = await readReceiveQueues(systemFileSystem);
        expect(queues.get(`${port} ${socket.remotePort}`)).toBe(1234);
      },
      { timeout: 20_000 },
    );
    client.destroy();
    socket.destroy();
    server.close();
  },
);

test('where the kernel shows nothing the usual is taken', async () => {
  expect(await readDescriptorLimit(unreadable)).toBe(1024);
  expect(await readReceiveBufferLimit(unreadable)).toBe(8 * 2 ** 20);
  expect(await readReceiveQueues(unreadable)).toEqual(new Map());
});

test('a reserve of descriptors stays free, and memory is bounded where there are many', () => {
  expect(
    [100, 256, 1024, 4096, 2 ** 20, Number.MAX_SAFE_INTEGER].map((limit) => toMaxConnections(limit)),
  ).toEqual([36, 192, 896, 3584, 16_384, 16_384]);
  expect(toMaxConnections(10)).toBe(1);
  expect(toMaxConnections(1024, 500)).toBe(396);
});
