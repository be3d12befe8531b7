/** The sink passes the conformance kit: node --test */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import { conformance } from 'logcaster/testing';
import { webhook } from 'logcaster-sink-webhook';

/** What the sink writes to in one case: a service that keeps the lines it gets, and can be made to misbehave. */
async function world() {
  const stored = [];
  let trouble;
  let requests = 0;
  const service = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    if (trouble === 'slow') await new Promise((resolve) => setTimeout(resolve, 5));
    const fails = trouble === 'retryable' || (trouble === 'random' && ++requests % 3 === 0);
    const status = fails ? 503 : trouble === 'permanent' ? 400 : 204;
    if (status === 204) stored.push(...linesOf(body));
    response.writeHead(status).end();
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  return {
    options: { url: `http://127.0.0.1:${service.address().port}/` },
    stored: () => stored,
    forget: () => void (stored.length = 0),
    trouble(kind) {
      trouble = kind;
    },
    dispose() {
      service.close();
      service.closeAllConnections();
    },
  };
}

function linesOf(body) {
  const lines = [];
  for (let at = 0; at < body.length; at = body.indexOf(10, at) + 1)
    lines.push(body.subarray(at, body.indexOf(10, at)));
  return lines;
}

describe('webhook', () => {
  for (const { name, run } of conformance(webhook, { world })) test(name, { timeout: 60_000 }, run);
});
