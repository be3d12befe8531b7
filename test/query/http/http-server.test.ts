import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { HttpServer } from '../../../src/query/http/http-server.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeRing } from '../fake-target.ts';
import { FakeHttp, objectsOf } from './fake-http.ts';

const LONG = 20_000;

const TOKEN = 'a-token-that-nobody-guesses';

test('a search is a JSON object a line, and a summary', async () => {
  const http = await FakeHttp.start([
    'one error',
    'two',
    'three error',
    Buffer.from('caf\xe9 error', 'latin1'),
  ]);
  const { status, headers, body } = await http.get('/api/search?q=error&limit=10');
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'application/x-ndjson',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  expect(headers).not.toHaveProperty('access-control-allow-origin');
  const peer = '10.0.0.7:5000';
  expect(objectsOf(body)).toEqual([
    { time: '2026-01-01T00:00:00.000Z', source: 'tcp', peer, message: 'one error' },
    { time: '2026-01-01T00:00:02.000Z', source: 'tcp', peer, message: 'three error' },
    {
      time: '2026-01-01T00:00:03.000Z',
      source: 'tcp',
      peer,
      message: 'caf\ufffd error',
      messageBase64: Buffer.from('caf\xe9 error', 'latin1').toString('base64'),
    },
    {
      summary: {
        matched: 3,
        scannedLines: 4,
        scannedBytes: 37,
        ms: expect.any(Number) as number,
        truncated: false,
      },
    },
  ]);
});

test('a search as text', async () => {
  const http = await FakeHttp.start(['one', '# two']);
  const { headers, body } = await http.get('/api/search?format=text');
  expect(headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(body).toMatch(/^one\n\\# two\n# matched=2 scanned=2 bytes=10 ms=\d+ truncated=no\n$/);
});

test('counts', async () => {
  const http = await FakeHttp.start(['one', 'two', 'three']);
  expect(objectsOf((await http.get('/api/count?q=t')).body)[0]).toEqual({ count: 2 });
  expect(objectsOf((await http.get('/api/count?by=time(2s)')).body).slice(0, 2)).toEqual([
    { time: '2026-01-01T00:00:00.000Z', count: 2 },
    { time: '2026-01-01T00:00:02.000Z', count: 1 },
  ]);
  expect(objectsOf((await http.get('/api/top?field=@source&n=1')).body)[0]).toEqual({
    value: 'tcp',
    count: 3,
  });
});

test('stats, health and readiness', async () => {
  const http = await FakeHttp.start();
  expect(JSON.parse((await http.get('/api/stats')).body)).toMatchObject({ unaccounted: 0, sinks: {} });
  expect(await http.get('/healthz')).toMatchObject({ status: 200, body: '{"status":"ok"}\n' });
  expect(await http.get('/readyz')).toMatchObject({ status: 200, body: '{"status":"ready"}\n' });
  http.state = 'stopping';
  expect(await http.get('/readyz')).toMatchObject({ status: 503, body: '{"status":"stopping"}\n' });
  expect(await http.get('/healthz')).toMatchObject({ status: 200 });
});

test('a question that cannot be read is a problem with a place', async () => {
  const http = await FakeHttp.start();
  const bad = await http.get('/api/search?q=a+AND+(');
  expect(bad).toMatchObject({ status: 400, headers: { 'content-type': 'application/problem+json' } });
  expect(JSON.parse(bad.body)).toMatchObject({
    title: 'Bad Request',
    status: 400,
    code: 'LC_EXPRESSION_INVALID',
    column: 8,
    hint: expect.stringContaining('^') as string,
  });
  expect(JSON.parse((await http.get('/api/search?limt=1')).body)).toMatchObject({
    code: 'LC_QUERY_INVALID',
    parameter: 'limt',
  });
  expect(JSON.parse((await http.get('/healthz?x=1')).body)).toMatchObject({ status: 400, parameter: 'x' });
  expect(http.figures()).toMatchObject({ wrong: 3, answered: 3 });
});

test('without a ring there is nothing to search', async () => {
  const http = new FakeHttp(undefined);
  await http.start();
  for (const path of ['/api/search', '/api/count', '/api/tail?last=1']) {
    const { status, body } = await http.get(path);
    expect({ path, status, ...(JSON.parse(body) as object) }).toMatchObject({
      status: 503,
      code: 'LC_SEARCH_UNAVAILABLE',
    });
  }
});

test('an error of the search itself is told as little as possible, and logged', async () => {
  const ring = new FakeRing(['a']);
  ring.scan = () => {
    throw new Error('something secret');
  };
  const http = new FakeHttp(ring);
  await http.start();
  const { status, body } = await http.get('/api/search');
  expect(status).toBe(500);
  expect(body).not.toContain('secret');
  expect(http.log.messages('warn')).toEqual(['warn: a request failed: something secret']);
});

test('an error in the middle is the last object, in place of a summary', async () => {
  const ring = new FakeRing(['a']);
  const scan = ring.scan.bind(ring);
  ring.scan = async function* (query, tally) {
    yield* scan(query, tally);
    throw new Error('the disk is gone');
  };
  const http = new FakeHttp(ring);
  await http.start();
  const answer = objectsOf((await http.get('/api/search').catch(() => ({ body: '' }))).body);
  expect(answer.at(-1)).toEqual({ error: { message: expect.any(String) as string } });
});

test.each([
  ['POST', '/api/search', 405],
  ['OPTIONS', '/api/search', 405],
  ['DELETE', '/healthz', 405],
  ['GET', '/', 404],
  ['GET', '/api/search/', 404],
  ['GET', '/api', 404],
  ['POST', '/nope', 404],
  ['GET', '/../etc/passwd', 404],
  ['GET', '/api/%73earch', 404],
])('%s %s is %i', async (method, path, status) => {
  const http = await FakeHttp.start();
  const answer = await http.get(path, {}, method);
  expect(answer.status).toBe(status);
  expect(answer.headers.allow).toBe(status === 405 ? 'GET, HEAD' : undefined);
});

test('HEAD has the headers of GET and nothing else', async () => {
  const http = await FakeHttp.start(['a']);
  for (const path of ['/api/search?q=a', '/api/tail', '/api/count', '/api/stats', '/healthz', '/readyz']) {
    const { status, headers, body } = await http.get(path, {}, 'HEAD');
    expect({ path, status, body, nosniff: headers['x-content-type-options'] }).toEqual({
      path,
      status: 200,
      body: '',
      nosniff: 'nosniff',
    });
  }
  expect((await http.get('/api/search?q=(', {}, 'HEAD')).status).toBe(400);
  expect(http.ring.scans).toEqual([]);
});

test.each([
  'evil.example.com',
  'localhost.evil.example.com',
  '127.0.0.1.evil.example.com',
  'evil.example.com:9997',
  '192.168.1.7',
  'a b',
  'localhost:x',
  'user@localhost',
])('a request for the host %j is refused', async (host) => {
  const http = await FakeHttp.start();
  const { status } = await http.get('/api/stats', { Host: host });
  expect(status).toBe(421);
  expect(http.figures()).toMatchObject({ forbidden: 1 });
});

test.each([
  'localhost',
  'LOCALHOST:80',
  '127.0.0.1',
  '[::1]:9997',
  '127.0.0.2',
  'logs.example.com',
  'Logs.Example.com.:80',
])('a request for the host %s is answered', async (host) => {
  const http = await FakeHttp.start([], { http: { allowedHosts: ['logs.example.com'] } });
  expect((await http.get('/healthz', { Host: host })).status).toBe(200);
});

test('a second host is refused, and so is a whole URL with another one', async () => {
  const http = await FakeHttp.start();
  expect(
    await http.raw('GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nConnection: close\r\n\r\n'),
  ).toMatch(/^HTTP\/1.1 4(00|21) /);
  expect(
    await http.raw('GET http://evil/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
  ).toMatch(/^HTTP\/1.1 421 /);
  expect(
    await http.raw('GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
  ).toMatch(/^HTTP\/1.1 200 /);
});

test('a request from a page of another site is refused', async () => {
  const http = await FakeHttp.start();
  expect((await http.get('/api/stats', { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
  expect((await http.get('/api/stats', { 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200);
});

test('a token is asked for, but not by health and readiness; it is said nowhere', async () => {
  const http = await FakeHttp.start(['a'], { http: { token: TOKEN } });
  const status = async (headers: Record<string, string>, path = '/api/search') =>
    (await http.get(path, headers)).status;
  expect(await status({})).toBe(401);
  expect((await http.get('/api/stats')).headers['www-authenticate']).toBe('Bearer realm="logcaster"');
  expect(await status({ Authorization: `Bearer ${TOKEN}x` })).toBe(401);
  expect(await status({ Authorization: `Bearer ${TOKEN.slice(0, -1)}` })).toBe(401);
  expect(await status({ Authorization: `Basic ${TOKEN}` })).toBe(401);
  expect(await status({ Authorization: TOKEN })).toBe(401);
  expect(await status({ Authorization: 'Bearer ' })).toBe(401);
  expect(await status({}, `/api/search?token=${TOKEN}`)).toBe(401);
  expect(await status({ Authorization: `Bearer ${TOKEN}` })).toBe(200);
  expect(await status({ Authorization: `bearer ${TOKEN}` })).toBe(200);
  expect(await status({}, '/healthz')).toBe(200);
  expect(await status({}, '/readyz')).toBe(200);
  expect(http.figures()).toMatchObject({ unauthorized: 8 });
  const said = JSON.stringify([http.log.entries, http.figures()]);
  expect(said).not.toContain(TOKEN);
});

test('a URL and headers have their limits', async () => {
  const http = await FakeHttp.start([], { http: { maxUrlBytes: 1000, maxHeaderBytes: 2000 } });
  const raw = (begin: string) =>
    http.raw(`${begin} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  expect(await raw(`GET /api/search?q=${'x'.repeat(900)}`)).toMatch(/^HTTP\/1.1 200 /);
  expect(await raw(`GET /api/search?q=${'x'.repeat(1200)}`)).toMatch(/^HTTP\/1.1 414 /);
  expect(await raw(`GET /api/search?q=${'x'.repeat(10_000)}`)).toMatch(/^HTTP\/1.1 414 /);
  expect(await raw(`GET /healthz HTTP/1.1\r\nX: ${'x'.repeat(10_000)}\r\nY:`)).toMatch(/^HTTP\/1.1 431 /);
  const problem = await raw(`GET /healthz HTTP/1.1\r\nX: ${'x'.repeat(10_000)}\r\nY:`);
  expect(problem).toContain('Content-Type: application/problem+json');
});

test.each(['1.0', '1.1'])(
  'a request of HTTP/%s without a host is refused in our own words',
  async (version) => {
    const http = await FakeHttp.start();
    const answer = await http.raw(`GET /healthz HTTP/${version}\r\n\r\n`);
    expect(answer).toMatch(version === '1.0' ? /^HTTP\/1.1 421 / : /^HTTP\/1.1 400 /);
    expect(answer).toContain('X-Content-Type-Options: nosniff');
    expect(answer).toContain('application/problem+json');
  },
);

test.each([
  ['no HTTP', 'SEARCH error\r\n\r\n', 400],
  ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
  ['an empty host', 'GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n', 421],
  ['bytes of all kinds', Buffer.from(Array.from({ length: 256 }, (_, index) => 255 - index)), 400],
  ['a body', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello', 413],
  [
    'a body in chunks',
    'GET /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello',
    413,
  ],
  [
    'two lengths',
    'GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    400,
  ],
  ['an expectation', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\r\n', 417],
  ['a proxy request', 'CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
])('%s is refused, and the next request answered', async (_, bytes, status) => {
  const http = await FakeHttp.start();
  expect(await http.raw(bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect((await http.get('/healthz')).status).toBe(200);
});

test.each(['GARBAGE\r\n\r\n', 'CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n'])(
  'who sends %j and stays, or sends more, or resets, keeps no place and ends nothing',
  async (bytes) => {
    const clock = new ManualClock();
    const http = await FakeHttp.start([], { clock });
    const sockets = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const socket = connect({ host: '127.0.0.1', port: http.port, allowHalfOpen: true });
        onTestFinished(() => void socket.destroy());
        socket.on('error', () => {});
        socket.resume();
        await once(socket, 'connect');
        return socket;
      }),
    );
    const answers = sockets.map((socket) => once(socket, 'data').then(([data]) => String(data)));
    for (const socket of sockets) socket.write(bytes);
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1.1 4/);
    sockets[0]!.resetAndDestroy();
    for (const socket of sockets.slice(1, 5)) socket.write('more of it\r\n\r\n'.repeat(1000));
    expect((await http.get('/healthz')).status).toBe(200);
    await vi.waitFor(() => {
      clock.advance(1000);
      expect(http.figures()).toMatchObject({ clients: 0 });
    }, LONG);
  },
);

test('a client that takes too long to send its request is told so and closed', async () => {
  const http = await FakeHttp.start([], { http: { requestTimeout: 100 } });
  expect(await http.raw('GET /healthz HTTP/1.1\r\nHost: local')).toMatch(/^HTTP\/1.1 408 /);
  expect(http.figures()).toMatchObject({ timedOut: 1 });
});

test('a connection on which nothing more is asked is closed', async () => {
  const http = await FakeHttp.start([], { http: { keepAliveTimeout: 50 } });
  expect(await http.raw('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
  await vi.waitFor(() => expect(http.figures()).toMatchObject({ clients: 0, answered: 1 }), LONG);
});

test('a client that does not take its answer is closed; collecting and others go on', async () => {
  const clock = new ManualClock();
  const ring = new FakeRing(Array.from({ length: 2000 }, () => 'x'.repeat(10_000)));
  ring.linesPerPiece = 20;
  const http = new FakeHttp(ring, { clock, answerTimeout: 1000 });
  await http.start();
  const slow = await http.ask('/api/search');
  slow.socket.pause();
  await vi.waitFor(() => expect(http.answering.inspect()).toMatchObject({ searching: 1 }), LONG);
  expect((await http.get('/api/count')).status).toBe(200);
  await vi.waitFor(() => {
    clock.advance(500);
    expect(http.figures()).toMatchObject({ timedOut: 1 });
  }, LONG);
  await vi.waitFor(() => expect(http.answering.inspect()).toMatchObject({ searching: 0 }), LONG);
  expect(ring.running).toBe(0);
});

test('a client that leaves ends its search', async () => {
  const ring = new FakeRing(['a', 'b']);
  ring.linesPerPiece = 1;
  ring.scanGate = new Promise(() => {});
  const http = new FakeHttp(ring);
  await http.start();
  const client = await http.ask('/api/search');
  await vi.waitFor(() => expect(ring.running).toBe(1), LONG);
  client.socket.destroy();
  await vi.waitFor(() => expect(ring.running).toBe(0), LONG);
  expect(http.figures()).toMatchObject({ left: 1 });
  expect(http.answering.inspect()).toMatchObject({ searching: 0 });
});

test('one connection too many is told so; when one leaves there is room', async () => {
  const http = await FakeHttp.start([], { http: { maxClients: 2 } });
  const held = [await http.open(), await http.open()];
  await vi.waitFor(() => expect(http.figures()).toMatchObject({ clients: 2 }), LONG);
  const refused = await http.get('/healthz');
  expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1', connection: 'close' } });
  expect(http.figures()).toMatchObject({ refused: 1 });
  expect(http.log.messages('warn')).toEqual(['warn: too many HTTP clients: some are refused']);
  for (const socket of held) socket.destroy();
  await vi.waitFor(() => expect(http.figures()).toMatchObject({ clients: 0 }), LONG);
  expect((await http.get('/healthz')).status).toBe(200);
});

test('of a thousand clients at once each is answered or refused, and the next is answered', async () => {
  const http = await FakeHttp.start(['here'], { http: { maxClients: 8 } });
  const statuses = await Promise.all(
    Array.from({ length: 1000 }, () =>
      http.get('/api/search?q=here').then(
        ({ status }) => status,
        () => 0,
      ),
    ),
  );
  expect(statuses.filter((status) => ![200, 503, 0].includes(status))).toEqual([]);
  expect(statuses).toContain(200);
  await vi.waitFor(() => expect(http.figures()).toMatchObject({ clients: 0 }), LONG);
  expect((await http.get('/api/search?q=here')).status).toBe(200);
  expect(http.answering.inspect()).toMatchObject({ searching: 0, waiting: 0 });
});

test('several requests on one connection', async () => {
  const http = await FakeHttp.start();
  const one = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n';
  const answer = await http.raw(`${one}\r\n${one}\r\n${one}Connection: close\r\n\r\n`);
  expect(answer.match(/HTTP\/1.1 200 OK/g)).toHaveLength(3);
});

test('a stop does not wait for who has asked nothing', async () => {
  // Nobody's time is ever over.
  const http = await FakeHttp.start(['a'], { clock: new ManualClock() });
  const idle = [await http.open(), await http.open()];
  idle[1]!.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(idle[1]!, 'data');
  const closed = idle.map((socket) => new Promise((resolve) => socket.resume().once('close', resolve)));
  await vi.waitFor(() => expect(http.figures()).toMatchObject({ clients: 2, answered: 1 }), LONG);
  await http.server.stop();
  await Promise.all(closed);
});

test('a stop ends tails, lets answers end, and closes what is idle', async () => {
  const http = await FakeHttp.start(['a']);
  const tail = await http.ask('/api/tail?last=1');
  const idle = await http.open();
  const idleClosed = new Promise((resolve) => idle.once('close', resolve));
  idle.resume();
  await vi.waitFor(() => expect(tail.soFar()).toContain('"message":"a"'), LONG);
  http.answering.endTails();
  await http.server.stop();
  await tail.closed;
  await idleClosed;
  expect(tail.soFar()).toContain('event: end\ndata: {"ended":true}\n\n');
  expect(tail.soFar()).toMatch(/\r\n0\r\n\r\n$/);
  await http.server.stop();
});

test('a port that is taken is said', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const { port } = other.address() as { port: number };
  const http = new FakeHttp(undefined, { http: { port } });
  await expect(http.server.start()).rejects.toMatchObject({
    code: 'LC_LISTEN_FAILED',
    message: `cannot listen on 127.0.0.1:${port} for HTTP: address already in use (EADDRINUSE)`,
  });
  await new Promise((resolve) => other.close(resolve));
});

test('it can be stopped before it was started', async () => {
  const { server } = new FakeHttp(undefined);
  await server.stop();
  expect(server).toBeInstanceOf(HttpServer);
  expect(server.address()).toBeUndefined();
});
