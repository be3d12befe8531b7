/** Several requests at once on one connection. */
import { expect, test, vi } from 'vitest';
import { FakeRing } from '../fake-target.ts';
import { FakeHttp, objectsOf } from './fake-http.ts';

const LONG = 20_000;

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
const END = 'Connection: close\r\n';

async function withSlowSearch(): Promise<{ http: FakeHttp; ring: FakeRing; go: () => void }> {
  const ring = new FakeRing(['a']);
  const { promise, resolve: go } = Promise.withResolvers<void>();
  ring.scanGate = promise;
  const http = new FakeHttp(ring);
  await http.start();
  return { http, ring, go };
}

test('each is answered, in their order', async () => {
  const { http, go } = await withSlowSearch();
  const answers = http.raw(get('/api/search') + get('/healthz') + get('/nothing') + get('/readyz', END));
  await vi.waitFor(() => expect(http.answering.inspect()).toMatchObject({ searching: 1 }), LONG);
  go();
  expect((await answers).match(/HTTP\/1.1 \d+|"summary"|"ok"|"ready"/g)).toEqual([
    'HTTP/1.1 200',
    '"summary"',
    'HTTP/1.1 200',
    '"ok"',
    'HTTP/1.1 404',
    'HTTP/1.1 200',
    '"ready"',
  ]);
});

test('one at a time is asked: others have their places', async () => {
  const { http, ring, go } = await withSlowSearch();
  const answers = http.raw(get('/api/search').repeat(15) + get('/api/search', END));
  await vi.waitFor(() => expect(ring.running).toBe(1), LONG);
  const other = http.get('/api/search');
  await vi.waitFor(() => expect(ring.running).toBe(2), LONG);
  expect(http.answering.inspect()).toMatchObject({ searching: 2, waiting: 0 });
  go();
  expect(objectsOf((await other).body)).toHaveLength(2);
  expect((await answers).match(/"summary"/g)).toHaveLength(16);
});

test('those of a client that leaves are not asked any more', async () => {
  const { http, ring, go } = await withSlowSearch();
  const socket = await http.open();
  socket.write(get('/api/search').repeat(9));
  await vi.waitFor(() => expect(ring.running).toBe(1), LONG);
  socket.destroy();
  await vi.waitFor(() => expect(ring.running).toBe(0), LONG);
  go();
  expect((await http.get('/healthz')).status).toBe(200);
  expect(ring.scans).toHaveLength(1);
  expect(http.answering.inspect()).toMatchObject({ searching: 0, waiting: 0 });
});

test('a client that sends far more than it waits for is closed, and counted', async () => {
  const { http, ring } = await withSlowSearch();
  const socket = await http.open();
  socket.write(get('/api/search').repeat(17));
  await vi.waitFor(() => expect(ring.running).toBe(1), LONG);
  expect((await http.get('/healthz')).status).toBe(200);
  expect(http.figures()).toMatchObject({ clients: 1, refused: 0 });
  socket.write(get('/api/search').repeat(1000));
  await vi.waitFor(() => expect(http.figures()).toMatchObject({ clients: 0, refused: 1 }), LONG);
  await vi.waitFor(() => expect(ring.running).toBe(0), LONG);
  expect(ring.scans).toHaveLength(1);
});

test.each([
  ['what is no request', 'GARBAGE\r\n\r\n', 400],
  ['a proxy request', 'CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
  ['an expectation', get('/healthz', 'Expect: a miracle\r\n'), 417],
])('%s behind a request is answered behind its answer', async (_, bytes, status) => {
  const { http, go } = await withSlowSearch();
  const answers = http.raw(get('/api/search') + bytes);
  await vi.waitFor(() => expect(http.answering.inspect()).toMatchObject({ searching: 1 }), LONG);
  expect((await http.get('/healthz')).status).toBe(200);
  go();
  expect((await answers).match(/HTTP\/1.1 \d+|"summary"/g)).toEqual([
    'HTTP/1.1 200',
    '"summary"',
    `HTTP/1.1 ${status}`,
  ]);
});
