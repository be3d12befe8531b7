/** Questions to a whole collector: by a program, on the query port, over HTTP; and while it changes. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Collector, type CollectorSettings } from '../../src/collector/collector.ts';
import { loadCollector } from '../../src/collector/load-settings.ts';
import { startCollector } from '../../src/collector/start-collector.ts';
import type { Config } from '../../src/config/define-config.ts';
import { textsOf } from '../../src/core/search.ts';
import type { TailEvent } from '../../src/query/answering/tail-lines.ts';
import {
  closed,
  connectTo,
  eventually,
  freePort,
  readAll,
  temporaryDirectory,
} from '../support/logcaster-process.ts';

function configWith(query: NonNullable<Config['query']>, ring: object = {}): Config {
  return {
    sources: { tcp: { type: 'tcp', port: 0 } },
    pipelines: { main: { from: 'tcp', to: 'ring' } },
    sinks: { ring: { type: 'ring', ...ring } },
    query,
  };
}

async function settingsOf(config: Config): Promise<CollectorSettings> {
  return (await loadCollector({ value: config })).settings!;
}

async function start(config: Config): Promise<Collector> {
  const collector = await startCollector(config);
  onTestFinished(async () => void (await collector.stop()));
  return collector;
}

function portOf(collector: Collector, name: string): number {
  return Number(collector.addresses[name]!.split(':').at(-1));
}

async function send(collector: Collector, lines: readonly string[]): Promise<void> {
  const before = collector.ledger().sinks['ring']!.stored;
  const client = await connectTo(portOf(collector, 'tcp'));
  client.end(lines.map((line) => `${line}\n`).join(''));
  client.resume();
  await closed(client);
  await eventually(() => expect(collector.ledger().sinks['ring']!.stored).toBe(before + lines.length));
}

async function ask(collector: Collector, command: string): Promise<string> {
  const client = await connectTo(portOf(collector, 'query'));
  client.end(`${command}\n`);
  return (await readAll(client)).toString();
}

/** A client that stays, and what it has got so far. */
async function stay(port: number, bytes: string): Promise<{ socket: Socket; soFar(): string }> {
  const socket = connect({ host: '127.0.0.1', port });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.write(bytes);
  return { socket, soFar: () => text };
}

const LINES = [
  '{"level":"error","status":500}',
  'level=info status=200',
  '# not a summary',
  'plain ERROR: gone',
];

test('a program scans, counts and follows', async () => {
  const collector = await start(configWith({ port: 0 }));
  await send(collector, LINES);
  const texts: string[] = [];
  const found = collector.scan({ where: 'level:error' });
  let step = await found.next();
  for (; !step.done; step = await found.next()) {
    texts.push(...textsOf({ matches: 0, byteLength: 0, pieces: [step.value] }));
  }
  expect(texts).toEqual([LINES[0], LINES[3]]);
  expect(step.value).toMatchObject({ matched: 2, scannedLines: 4, truncated: undefined });
  expect(await collector.count({ by: { kind: 'level' } })).toMatchObject({
    groups: [
      { key: 'error', count: 2 },
      { key: 'info', count: 1 },
    ],
    none: 1,
  });
  expect(() => collector.scan({ where: '(' })).toThrow(/column 2/);
  await expect(collector.count({ where: '(' })).rejects.toMatchObject({ code: 'LC_EXPRESSION_INVALID' });
  expect(() => collector.tail$({ where: '(' })).toThrow(/column 2/);

  const events: TailEvent[] = [];
  const tail = collector.tail$({ where: 'status:>=300', last: 1 }).subscribe((event) => events.push(event));
  await eventually(() => expect(events).toHaveLength(1));
  await send(collector, ['status=404', 'status=204']);
  await eventually(() => expect(events).toHaveLength(2));
  const told = events.map((event) =>
    event.kind === 'lines' ? textsOf({ matches: 0, byteLength: 0, pieces: [event.lines] }) : event,
  );
  expect(told).toEqual([[LINES[0]], ['status=404']]);
  tail.unsubscribe();
  await eventually(() => expect(collector.ledger().query).toMatchObject({ questions: { tailing: 0 } }));
});

test('the query port answers in text and in JSON', async () => {
  const collector = await start(configWith({ port: 0 }));
  await send(collector, LINES);
  expect(await ask(collector, 'SEARCH limit=2 since=1h -plain')).toMatch(
    /^\{"level":"error","status":500\}\nlevel=info status=200\n# matched=2 scanned=\d bytes=\d+ ms=\d+ truncated=limit\n$/,
  );
  expect(await ask(collector, 'SEARCH summary')).toMatch(/^\\# not a summary\n# matched=1 /);
  const [line, summary] = (await ask(collector, 'SEARCH format=json status:>=500')).split('\n');
  expect(JSON.parse(line!)).toEqual({
    time: expect.stringMatching(/Z$/) as string,
    source: 'tcp',
    peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
    message: LINES[0],
  });
  expect(JSON.parse(summary!)).toMatchObject({ summary: { matched: 1, scannedLines: 4, truncated: false } });
  expect(await ask(collector, 'COUNT ERROR')).toMatch(/^COUNT: 1\n# matched=1 /);
  expect(await ask(collector, 'COUNT BY level')).toMatch(/^2\terror\n1\tinfo\n1\t\(none\)\n# matched=4 /);
  expect(await ask(collector, 'TOP 1 status format=json')).toMatch(
    /^\{"value":"(?:500|200)","count":1\}\n\{"none":true,"count":2\}\n\{"other":true,"count":1\}\n\{"summary":/,
  );
  expect(await ask(collector, 'COUNT')).toBe('COUNT: 4\n');
  expect(await ask(collector, 'SEARCH limt=1')).toMatch(/^ERROR: column 8: .*\nSEARCH limt=1\n {7}\^{4}\n/);
  expect(JSON.parse(await ask(collector, 'SEARCH format=json ('))).toMatchObject({
    error: { code: 'LC_EXPRESSION_INVALID', column: 21 },
  });
  expect(await ask(collector, 'SEARCH \xff')).toMatch(/^# matched=0/);
});

test('a command that is no UTF-8 is an error, and so is one that asks for what there is not', async () => {
  const collector = await start({
    sources: { tcp: { type: 'tcp', port: 0 } },
    pipelines: { main: { from: 'tcp', to: 'hole' } },
    sinks: { hole: { type: 'blackhole' } },
    query: { port: 0 },
  });
  const client = await connectTo(portOf(collector, 'query'));
  client.end(Buffer.concat([Buffer.from('SEARCH '), Buffer.from([0xff]), Buffer.from('\n')]));
  expect((await readAll(client)).toString()).toMatch(/^ERROR: the command is no UTF-8\n/);
  expect(await ask(collector, 'SEARCH x')).toMatch(/^ERROR: there is no sink that can be searched\n/);
  expect(await ask(collector, 'TAIL last=1')).toMatch(/^ERROR: there is no sink that can be searched\n/);
});

test('without a ring a tail tells what leaves the pipelines that lead to sinks', async () => {
  const collector = await start({
    sources: { tcp: { type: 'tcp', port: 0 } },
    pipelines: { main: { from: 'tcp', to: 'hole' } },
    sinks: { hole: { type: 'blackhole' } },
    query: { port: 0 },
  });
  const tail = await stay(portOf(collector, 'query'), 'TAIL x\n');
  await eventually(() => expect(collector.ledger().query).toMatchObject({ questions: { tailing: 1 } }));
  const client = await connectTo(portOf(collector, 'tcp'));
  client.end('a\nb x\n');
  await eventually(() => expect(tail.soFar()).toBe('b x\n'));
});

test('a tail has each line once, however fast they come while it begins', async () => {
  const collector = await start(configWith({ port: 0 }, { maxLines: 100_000 }));
  const sender = await connectTo(portOf(collector, 'tcp'));
  let sent = 0;
  const sending = setInterval(() => {
    for (let index = 0; index < 200; index++) sender.write(`${sent++}\n`);
  }, 1);
  onTestFinished(() => clearInterval(sending));
  await eventually(() => expect(collector.ledger().sinks['ring']!.stored).toBeGreaterThan(5000));
  const tails = await Promise.all(
    Array.from({ length: 5 }, () => stay(portOf(collector, 'query'), 'TAIL last=3000\n')),
  );
  await eventually(() => {
    for (const tail of tails) expect(tail.soFar().split('\n').length).toBeGreaterThan(6000);
  });
  clearInterval(sending);
  for (const tail of tails) {
    const numbers = tail.soFar().split('\n').slice(0, -1).map(Number);
    const [first] = numbers;
    expect(numbers).toEqual(numbers.map((_, index) => first! + index));
    expect(tail.soFar()).not.toContain('#');
  }
});

test('a stop ends tails with a word, on the query port and over HTTP', async () => {
  const collector = await start(configWith({ port: 0, http: { port: 0 } }));
  const text = await stay(portOf(collector, 'query'), 'TAIL\n');
  const json = await stay(portOf(collector, 'query'), 'TAIL format=json\n');
  const events = await stay(portOf(collector, 'http'), 'GET /api/tail HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await eventually(() => expect(collector.ledger().query).toMatchObject({ questions: { tailing: 3 } }));
  await send(collector, ['last words']);
  await eventually(() => expect(events.soFar()).toContain('last words'));
  await collector.stop();
  expect(text.soFar()).toBe('last words\n# ended\n');
  expect(json.soFar()).toMatch(/"message":"last words"\}\n\{"ended":true\}\n$/);
  expect(events.soFar()).toContain('event: end');
});

test('a reload opens, moves and closes HTTP while lines flow; a tail on the query port ends', async () => {
  const collector = await Collector.start(await settingsOf(configWith({ port: 0 })));
  onTestFinished(async () => void (await collector.stop()));
  await send(collector, ['before']);
  expect(collector.addresses).not.toHaveProperty('http');
  const tail = await stay(portOf(collector, 'query'), 'TAIL\n');
  await eventually(() => expect(collector.ledger().query).toMatchObject({ questions: { tailing: 1 } }));

  const port = await freePort();
  await collector.change(await settingsOf(configWith({ port: 0, http: { port } })));
  expect(collector.addresses['http']).toBe(`127.0.0.1:${port}`);
  expect(tail.soFar()).toBe('# ended\n');
  const answer = await fetch(`http://127.0.0.1:${port}/api/search?format=text`);
  expect(await answer.text()).toMatch(/^before\n# matched=1 /);
  expect(await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()).toEqual({ status: 'ready' });

  const taken = await stay(port, '');
  const bad = await settingsOf(configWith({ port: 0, http: { port: portOf(collector, 'tcp') } }));
  await expect(collector.change(bad)).rejects.toMatchObject({ code: 'LC_LISTEN_FAILED' });
  taken.socket.destroy();
  // The connection that was kept is closed: the client may still have to notice it.
  await eventually(async () => expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200));

  await collector.change(await settingsOf(configWith({ port: 0 })));
  expect(collector.addresses).not.toHaveProperty('http');
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed');
  expect(await ask(collector, 'SEARCH')).toMatch(/^before\n/);
});

test('a tail goes on when a reload replaces the ring', async () => {
  const collector = await Collector.start(await settingsOf(configWith({ port: 0 })));
  onTestFinished(async () => void (await collector.stop()));
  const tail = await stay(portOf(collector, 'query'), 'TAIL\n');
  await eventually(() => expect(collector.ledger().query).toMatchObject({ questions: { tailing: 1 } }));
  await send(collector, ['old']);
  await collector.change(await settingsOf(configWith({ port: 0 }, { maxLines: 5 })));
  await send(collector, ['new']);
  await eventually(() => expect(tail.soFar()).toBe('old\nnew\n'));
});

test('the token of HTTP is masked where a configuration is shown, and asked for beyond the loopback', async () => {
  const token = 'nobody-is-to-see-this';
  const { loaded } = await loadCollector({ value: configWith({ http: { token } }) });
  expect(loaded.diagnostics).toEqual([]);
  expect(JSON.stringify(loaded.redacted)).not.toContain(token);
  expect(JSON.stringify(loaded.redacted)).toContain('***');
  const open = await loadCollector({ value: configWith({ http: { host: '0.0.0.0' } }) });
  expect(open.settings).toBeUndefined();
  expect(open.loaded.diagnostics).toMatchObject([
    {
      severity: 'error',
      path: 'query.http.host',
      message: expect.stringContaining('token') as string,
    },
  ]);
  const collector = await start(configWith({ port: 0, http: { port: 0, token } }));
  const url = `http://${collector.addresses['http']}/api/stats`;
  expect((await fetch(url)).status).toBe(401);
  const stats = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
  expect(stats.status).toBe(200);
  expect(await stats.text()).not.toContain(token);
  expect(JSON.stringify(collector.ledger())).not.toContain(token);
});

test('two listeners on one port are refused by the check', async () => {
  const { loaded } = await loadCollector({ value: configWith({ port: 9998, http: { port: 9998 } }) });
  expect(loaded.diagnostics.map(({ severity }) => severity)).toContain('error');
});

const FILES = [
  { type: 'file', maxSize: '1KiB' },
  { type: 'archive', maxSize: '1KiB' },
  { type: 'archive', maxSize: '1KiB', compression: 'gzip', flushInterval: '1h' },
] as const;

test.each(FILES)(
  'from files, and from ring and files together, each line once, on the query port and over HTTP ($type)',
  async (files) => {
    const directory = temporaryDirectory();
    const collector = await start({
      sources: { tcp: { type: 'tcp', port: 0 } },
      pipelines: { main: { from: 'tcp', to: ['ring', 'files'] } },
      sinks: { ring: { type: 'ring', maxLines: 5 }, files: { ...files, directory } },
      query: { port: 0, http: { port: 0 } },
    });
    const lines = Array.from(
      { length: 200 },
      (_, index) => `n=${index} status=${index % 2 === 0 ? 200 : 500}`,
    );
    await send(collector, lines);
    await eventually(() => expect(collector.ledger().sinks['ring']!.stored).toBe(200));
    const all = `${lines.join('\n')}\n`;
    expect(await ask(collector, 'SEARCH')).toMatch(/^n=195 .*\n(?:n=.*\n){4}# matched=5 /);
    for (const place of ['files', 'all']) {
      const answer = await ask(collector, `SEARCH from=${place}`);
      expect(answer.slice(0, all.length)).toBe(all);
      expect(answer.slice(all.length)).toMatch(/^# matched=200 scanned=200 /);
    }
    expect(await ask(collector, 'SEARCH from=all last=2 order=newest status:500')).toMatch(
      /^n=199 status=500\nn=197 status=500\n# matched=2 .* truncated=last\n$/,
    );
    const http = `http://${collector.addresses['http']}`;
    const searched = await (await fetch(`${http}/api/search?from=files&q=status:500&limit=2`)).text();
    expect(searched.split('\n')).toEqual([
      expect.stringContaining('"message":"n=1 status=500"'),
      expect.stringContaining('"message":"n=3 status=500"'),
      expect.stringMatching(/"matched":2,.*"truncated":"limit"/),
      '',
    ]);
    const counted = await (await fetch(`${http}/api/count?from=all&by=status`)).text();
    expect(counted).toMatch(/^\{"value":"200","count":100\}\n\{"value":"500","count":100\}\n\{"summary":/);
  },
);
