/** Runs the packed command with a plugin that was installed from a tarball, and a service that the plugin posts lines to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createInterface } from 'node:readline';

/** How long it may take, in ms. */
const PATIENCE = 60_000;

/** Sends a line to a collector with the configuration `logcaster.yaml` of a folder; answers what was posted. */
export async function postThroughPlugin(command: string, folder: string, line: string): Promise<string> {
  const posted = Promise.withResolvers<string>();
  const service = createServer((request, response) => {
    request.setEncoding('utf8').once('data', posted.resolve);
    request.once('end', () => response.end());
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;
  const collector = spawn(command, ['run', '-c', 'logcaster.yaml', '--port', '0'], {
    cwd: folder,
    env: { ...process.env, WEBHOOK_URL: `http://127.0.0.1:${port}/` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const timer = setTimeout(() => collector.kill('SIGKILL'), PATIENCE);
  try {
    for await (const entry of createInterface({ input: collector.stderr })) {
      const { addresses } = JSON.parse(entry) as { addresses?: { tcp: string } };
      if (!addresses) continue;
      connect(Number(addresses.tcp.split(':').at(-1)), '127.0.0.1').end(`${line}\n`);
      return await posted.promise;
    }
    throw new Error('The collector has ended before a line was posted.');
  } finally {
    clearTimeout(timer);
    collector.kill();
    service.closeAllConnections();
    service.close();
  }
}
