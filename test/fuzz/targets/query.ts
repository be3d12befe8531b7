/** The query port, over a real socket: whatever a client sends, it gets an answer of a known kind, or is closed, soon. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type Collector, startCollector } from '../../../src/index.ts';
import { Choices, type Target } from '../target.ts';

let collector: Promise<Collector> | undefined;

function start(): Promise<Collector> {
  return startCollector({
    sources: { lines: { type: 'generate', count: 1000 } },
    pipelines: { main: { from: 'lines', to: 'ring' } },
    sinks: { ring: { type: 'ring', maxLines: 200 } },
    query: { port: 0 },
    log: { level: 'silent' },
  });
}

/** The first line, or the last one of a question's answer. */
const ANSWER = /^(STATS: |COUNT: |FOUND: |ERROR: |\{)|^(# |ERROR: )[^\n]*\n$/m;

/** How long nothing has to come until a client that watches leaves, in ms. */
const SILENCE = 50;

export const query: Target = {
  name: 'query',
  words: [
    ...'STATS COUNT QUERY LEDGER HELP SEARCH TAIL TOP BY keyword= limit= last= since= until= order= from= format= timeout= time(1m) level AND OR NOT since: /x+/ * "'.split(
      ' ',
    ),
    '\n',
    '\r\n',
    ' ',
    '\0',
    '\x1b[2J',
    'GET / HTTP/1.1\r\n',
    '\xff\xfe',
  ],
  seeds: [
    '\x00STATS\n',
    '\x05COUNT\r\n',
    '\x00QUERY keyword=a\n',
    '\x02LEDGER\n',
    '\x00HELP\n',
    '\x00SEARCH info\n',
    '\x00SEARCH limit=3 order=newest format=json level:error\n',
    '\x00COUNT BY level since=5m\n',
    '\x00TOP 3 source\n',
    '\x00TAIL last=2\n',
    '\x00GET / HTTP/1.1\r\n\r\n',
  ],
  maxBytes: 20_000,
  patience: 5000,
  async run(input) {
    const { addresses } = await (collector ??= start());
    const choices = new Choices(input);
    const size = 1 + choices.next(64) * choices.next(64);
    const bytes = choices.rest();
    const answer = await ask(Number(addresses['query']!.split(':').at(-1)), bytes, size);
    // Who watches lines as they come leaves when it has seen enough.
    const watches = bytes.subarray(0, 4).toString() === 'TAIL';
    if (!watches) assert.match(answer === '' ? 'ERROR: ' : answer, ANSWER);
    assert.ok(answer === '' || answer.endsWith('\n'));
    return `${watches} ${answer.slice(0, 12).replace(/\d+/g, '0')}`;
  },
};

function ask(port: number, bytes: Buffer, size: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    // It may be closed before all was sent.
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    const watches = bytes.subarray(0, 4).toString() === 'TAIL';
    socket.setTimeout(watches ? SILENCE : 8000, () => {
      if (watches) socket.destroy();
      else reject(new Error('no answer'));
    });
    for (let at = 0; at < bytes.length; at += Math.max(size, bytes.length / 20)) {
      socket.write(bytes.subarray(at, at + Math.max(size, bytes.length / 20)));
    }
    socket.end();
  });
}
