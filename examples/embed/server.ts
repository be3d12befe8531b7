/**
 * A Node service with a collector inside: it takes lines over TCP, and answers
 *
 *     GET /search?keyword=TEXT   the lines that contain the text, oldest first, one a line
 *     GET /ledger                every account, as JSON
 *
 * Run it with `node server.ts` where LogCaster is installed; PORT and LOG_PORT choose the ports.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type Collector, LogCasterError, startCollector } from 'logcaster';

const PORT = Number(process.env['PORT'] ?? 8080);
const LOG_PORT = Number(process.env['LOG_PORT'] ?? 9999);
const MAX_ANSWER = 16 * 2 ** 20;

const collector = await startCollector({
  sources: { tcp: { type: 'tcp', port: LOG_PORT } },
  pipelines: { main: { from: 'tcp', to: 'ring' } },
  sinks: { ring: { type: 'ring', maxLines: 100_000, maxBytes: '64MiB' } },
});

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/search') void search(collector, searchParams.get('keyword') ?? '', response);
  else if (pathname === '/ledger') response.end(JSON.stringify(collector.ledger()));
  else response.writeHead(404).end();
});
server.listen(PORT, '127.0.0.1');
await once(server, 'listening');
console.log(JSON.stringify({ http: server.address(), logs: collector.addresses['tcp'] }));

process.once('SIGINT', () => void stop());
process.once('SIGTERM', () => void stop());

async function stop(): Promise<void> {
  server.close();
  const { abandoned } = await collector.stop();
  console.log(JSON.stringify({ abandoned }));
}

async function search(from: Collector, keyword: string, response: ServerResponse): Promise<void> {
  // Who has gone does not wait for an answer.
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const { matches, pieces } = await from.search({ keyword }, { signal: gone.signal, maxBytes: MAX_ANSWER });
    response.setHeader('x-matches', matches);
    // The lines of a piece stand one behind the other, with a line feed each.
    for (const { bytes } of pieces) response.write(bytes);
    response.end();
  } catch (error) {
    if (gone.signal.aborted) return;
    const isTooMuch = error instanceof LogCasterError && error.code === 'LC_SEARCH_TOO_LARGE';
    response.writeHead(isTooMuch ? 413 : 500).end(isTooMuch ? 'look for something rarer\n' : '');
  }
}
