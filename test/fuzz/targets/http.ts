/**
 * The HTTP server, over real sockets: whatever bytes a client sends, in whatever pieces, every answer is one that HTTP knows and as
 * every answer of ours has to be, in time; nobody learns anything without the token, or under a host that is not known; nothing of
 * the client is left when it has gone; and health and the query port answer as before.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { type Collector, startCollector } from '../../../src/index.ts';
import { type HttpAnswers, judgeAnswer, readAnswers } from '../http-answers.ts';
import { Choices, type Target } from '../target.ts';

const TOKEN = 'fuzz-Token';

/** How long a server may take to do what it has to, in ms: all of its own times are far shorter, but for 2 s in which it stays behind. */
const LIMIT = 8000;

/** A client that has its answers, or watches lines, leaves when nothing has come for so long, in ms. */
const SILENCE = 40;

const HOW = ['closes its side', 'closes its side', 'waits', 'leaves'] as const;
type How = (typeof HOW)[number];

const collectors = new Map<boolean, Promise<Collector>>();

function collectorWith(withToken: boolean): Promise<Collector> {
  let collector = collectors.get(withToken);
  collector ??= startCollector({
    sources: { lines: { type: 'generate', count: 300 } },
    pipelines: { main: { from: 'lines', to: 'ring' } },
    sinks: { ring: { type: 'ring', maxLines: 200 } },
    query: {
      port: 0,
      http: {
        port: 0,
        requestTimeout: '100ms',
        keepAliveTimeout: '100ms',
        heartbeat: '10ms',
        maxUrlBytes: 2000,
        maxHeaderBytes: 2000,
        ...(withToken && { token: TOKEN }),
      },
    },
    log: { level: 'silent' },
  });
  collectors.set(withToken, collector);
  return collector;
}

const HOST = 'Host: localhost\r\n';
const get = (path: string, headers = HOST): string => `GET ${path} HTTP/1.1\r\n${headers}\r\n`;

export const http: Target = {
  name: 'http',
  words: [
    ...'GET|HEAD|POST|OPTIONS|CONNECT a:1 HTTP/1.1|PRI * HTTP/2.0| HTTP/1.1| HTTP/1.0| HTTP/0.9|/healthz|/readyz|/api/search|/api/count|/api/top|/api/tail|/api/stats|/api/openapi.json|http://localhost|//|/../|*'.split(
      '|',
    ),
    ...'?|&|=|%|%00|%ff|%0d%0a|+|q=|q=info|q=level%3Aerror|limit=|last=2|since=5m|until=|order=newest|format=json|format=text|by=time(1m)|by=level|field=@source|n=3|timeout=1ms|before=1|context=2'.split(
      '|',
    ),
    ...'localhost|127.0.0.1|[::1]:80|evil.example|Content-Length: 5|Content-Length: 0|Content-Length: 99999999999999999999|Transfer-Encoding: chunked|Transfer-Encoding: chunked, identity|Expect: 100-continue|Expect: x|Connection: close|Connection: keep-alive|Connection: Upgrade|Upgrade: websocket|Upgrade: h2c|Range: bytes=0-|Last-Event-ID: 1-1|Sec-Fetch-Site: cross-site|Trailer: X|Accept: text/event-stream|5\r\nhello\r\n0\r\n\r\n|0\r\n\r\n|fffffffff\r\n'.split(
      '|',
    ),
    `Authorization: Bearer ${TOKEN}\r\n`,
    'Authorization: Bearer fuzz-Toke\r\n',
    'Authorization: Basic Og==\r\n',
    HOST,
    '\r\n',
    '\r\n\r\n',
    '\n',
    '\r',
    ' ',
    '\t',
    ':',
    '\0',
    '\xff\xfe',
    get('/healthz'),
    get('/api/tail'),
    get('/api/search?limit=2'),
  ],
  seeds: [
    `\x00\x00\x00${get('/healthz')}`,
    `\x00\x02\x00${get('/api/search?q=info&limit=3', `${HOST}Connection: close\r\n`)}`,
    `\x00\x02\x00${get('/api/tail?last=2')}`,
    `\x00\x02\x00${get('/api/tail?last=2&format=text')}`,
    `\x00\x03\x00${get('/api/tail')}`,
    `\x00\x02\x05${get('/api/count?by=time(1m)')}${get('/api/top?field=@source&n=3')}${get('/api/stats')}`,
    `\x01\x02\x00${get('/api/stats')}`,
    `\x01\x02\x00${get('/api/stats', `${HOST}Authorization: Bearer ${TOKEN}\r\n`)}`,
    `\x01\x02\x00${get('/readyz', 'Host: [::1]:1\r\n')}`,
    `\x00\x02\x00${get('/api/stats', 'Host: evil.example\r\n')}`,
    `\x00\x02\x00POST /api/search HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    `\x00\x02\x03POST /healthz HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`,
    `\x00\x02\x00${get('/healthz', `${HOST}Expect: 100-continue\r\n`)}`,
    `\x00\x02\x00CONNECT a:1 HTTP/1.1\r\n${HOST}\r\n`,
    `\x00\x02\x00${get('/healthz', `${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n`)}`,
    `\x00\x02\x00HEAD /api/stats HTTP/1.0\r\n${HOST}\r\n`,
    `\x00\x02\x00GET /api/search HTTP/1.0\r\n${HOST}\r\n`,
    `\x00\x02\x00${get('/api/search?limit=2').repeat(5)}`,
    `\x00\x02\x00${get('/healthz')}GARBAGE\r\n\r\n`,
    `\x00\x02\x00GET /healthz HTTP/1.1\r\nHost: local`,
  ],
  maxBytes: 20_000,
  patience: 10_000,
  async run(input) {
    const choices = new Choices(input);
    const withToken = choices.next(2) === 1;
    const collector = await collectorWith(withToken);
    const how = choices.pick(HOW);
    const size = 1 + choices.next(64) * choices.next(64);
    const bytes = choices.rest();
    const text = await converse(portOf(collector, 'http'), bytes, { how, size });
    const answers = readAnswers(text);
    judge(answers, { sent: bytes.toString('latin1'), how, withToken });
    await isAsBefore(collector);
    return `${how} ${answers.whole.map(({ status, headers }) => `${status}${headers.get('content-type')}`).join(' ')}`;
  },
};

function portOf(collector: Collector, name: string): number {
  return Number(collector.addresses[name]!.split(':').at(-1));
}

/** Sends the bytes in pieces; answers everything that came until it was closed, by whichever side. */
function converse(
  port: number,
  bytes: Buffer,
  { how, size }: { readonly how: How; readonly size: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      allowHalfOpen: how === 'closes its side',
    });
    let text = '';
    const isOver = globalThis.setTimeout(() => {
      reject(new Error(`neither answered nor closed (${how}): ${JSON.stringify(text.slice(-200))}`));
      socket.destroy();
    }, LIMIT);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    // It may be closed before all was sent.
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearTimeout(isOver);
      resolve(text);
    });
    // Who has an answer leaves when no more comes: a tail and a connection that is kept may stay. Comments of a tail are nothing.
    let seen = -1;
    // Lines of a tail as text come for as long as the collector runs.
    const watches = bytes.includes('/api/tail');
    const watch = setInterval(() => {
      const length = text.replaceAll(': keep-alive\n\n', '').length;
      try {
        if (length > 0 && Math.abs(length - seen) < 200 && (isAnswered(text) || watches)) socket.destroy();
      } catch (error) {
        reject(new Error('what came is no answer', { cause: error }));
        socket.destroy();
      }
      seen = length;
    }, SILENCE);
    socket.on('close', () => clearInterval(watch));
    const step = Math.max(size, Math.ceil(bytes.length / 20));
    for (let at = 0; at < bytes.length; at += step) socket.write(bytes.subarray(at, at + step));
    if (how === 'closes its side') socket.end();
    else if (how === 'leaves') socket.write('', () => setImmediate(() => socket.resetAndDestroy()));
  });
}

/** Whether nothing is begun that has to end. */
function isAnswered(text: string): boolean {
  const { whole, rest } = readAnswers(text);
  if (typeof rest !== 'string') return isTail(rest.headers) || rest.body === '';
  return rest === '' && whole.length > 0;
}

function isTail(headers: ReadonlyMap<string, string>): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') === true;
}

function judge(
  { whole, rest }: HttpAnswers,
  { sent, how, withToken }: { readonly sent: string; readonly how: How; readonly withToken: boolean },
): void {
  for (const answer of whole) judgeAnswer(answer);
  const begun = typeof rest === 'string' ? whole : [...whole, rest];
  for (const { status, headers, body } of begun) {
    assert.ok(!body.includes(TOKEN) && ![...headers.values()].join().includes(TOKEN), 'the token is told');
    if (status !== 200) continue;
    assert.match(sent, /localhost|127\.|::1/i, 'answered under a host that is not known');
    const isOpen =
      headers.get('content-type') === 'application/json' && /^(?:\{"status":"\w+"\}\n)?$/.test(body);
    if (withToken && !isOpen) assert.ok(sent.includes(TOKEN), 'answered without the token');
  }
  if (how !== 'waits') return;
  // Who waits is told something, unless it said nothing, or asked far too much at once.
  const isFlood = (sent.match(/HTTP\//g)?.length ?? 0) > 16;
  if (/[^\r\n]/.test(sent) && !isFlood) assert.notEqual(begun.length, 0, 'closed without a word');
}

/** Others are answered, and nothing is left of the client. */
async function isAsBefore(collector: Collector): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const health = await converse(
      portOf(collector, 'http'),
      Buffer.from(get('/healthz', `${HOST}Connection: close\r\n`)),
      { how: 'waits', size: 1000 },
    );
    // On a busy machine it may take longer than it may take to send a request.
    if (attempt < 10 && health.startsWith('HTTP/1.1 408 ')) continue;
    assert.match(health, /^HTTP\/1\.1 200 OK\r\n[^]*\{"status":"ok"\}\n$/);
    break;
  }
  const stats = await count(portOf(collector, 'query'));
  assert.match(stats, /^COUNT: /);
  const end = performance.now() + LIMIT;
  for (;;) {
    const left = JSON.stringify(inUse(collector));
    if (left === '[0,0,0,0]') return;
    if (performance.now() > end) throw new Error(`clients, searches, waiting, tails that are left: ${left}`);
    await setTimeout(1);
  }
}

function count(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.setTimeout(LIMIT, () => socket.destroy());
    socket.write('COUNT\n');
  });
}

function inUse(collector: Collector): unknown[] {
  const { http: clients, questions } = collector.ledger().query as unknown as {
    http: { clients: number };
    questions: { searching: number; waiting: number; tailing: number };
  };
  return [clients.clients, questions.searching, questions.waiting, questions.tailing];
}
