import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Source } from '../../../src/core/component.ts';
import { LogCasterError } from '../../../src/core/errors.ts';
import { tcp } from '../../../src/sources/socket/tcp.ts';
import { TestSourceContext } from '../../support/source-context.ts';
import { closed, collect, connectForTest, rounds, startForTest, startTcp, until, write } from './harness.ts';

const hasIPv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);

function make(): Source {
  return tcp.create(tcp.options.parse({ port: 0 }), new TestSourceContext()) as Source;
}

describe('lines', () => {
  test('come as they were sent, whole, with peer and time', async () => {
    const { source, context, connect } = await startTcp();
    const collected = collect(source);
    const before = Date.now();
    const client = await connect();
    await write(client, 'first\r\n\nthi');
    await until(() => collected.lines === 2);
    await write(client, Buffer.from('rd \u00e9 \0 \xff\n', 'latin1'));
    await until(() => collected.lines === 3);

    expect(
      collected.batches.flatMap((batch) => batch.chunks().map((chunk) => chunk.toString('latin1'))),
    ).toEqual(['first\n\n', 'third \u00e9 \0 \xff\n']);
    const [batch] = collected.batches;
    expect(batch!.origin).toEqual({ source: 'test', peer: `127.0.0.1:${client.localPort}` });
    expect(batch!.receivedAt).toBeGreaterThanOrEqual(before);
    expect(batch!.receivedAt).toBeLessThanOrEqual(Date.now());
    expect(context.credit.taken).toBe(0);
  });

  test('of many clients at once come complete and in the order of each', async () => {
    const { source, connect } = await startTcp();
    const collected = collect(source);
    const clients = await Promise.all(Array.from({ length: 40 }, () => connect()));
    const expected = new Map(
      clients.map((client, index) => [
        `127.0.0.1:${client.localPort}`,
        Array.from({ length: 500 }, (_, line) => `client ${index} line ${line} ${'x'.repeat(line % 97)}`),
      ]),
    );
    for (const client of clients) {
      const lines = expected.get(`127.0.0.1:${client.localPort}`)!;
      for (let at = 0; at < lines.length; at += 50) client.write(`${lines.slice(at, at + 50).join('\n')}\n`);
      client.end();
    }
    await until(() => collected.lines === 40 * 500);
    expect(collected.textsByPeer()).toEqual(expected);
  });

  test('keep their carriage return if they are to', async () => {
    const { source, connect } = await startTcp({ keepCarriageReturn: true });
    const collected = collect(source);
    (await connect()).end('one\r\n');
    await until(() => collected.lines === 1);
    expect(collected.texts()).toEqual(['one\r']);
  });

  test('without a line feed at the end of the stream are lines, and noted', async () => {
    const { source, context, connect } = await startTcp();
    const collected = collect(source);
    const client = await connect();
    client.end('one\ntwo');
    await closed(client);
    await until(() => collected.lines === 2);
    expect(collected.texts()).toEqual(['one', 'two']);
    expect([...context.notes]).toEqual([['unterminated', 1]]);
    expect(context.discards.size).toBe(0);
  });

  test('come from a client that closes its side only, which is then answered with the end', async () => {
    const { source, connect } = await startTcp();
    const collected = collect(source);
    const client = await connect();
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    client.resume();
    client.end('all\nof it\n');
    await ended;
    expect(collected.texts()).toEqual(['all', 'of it']);
    await until(() => source.clients!() === 0);
  });

  test.for([
    ['truncate', ['12345', 'ok'], ['truncated', 1], undefined],
    ['split', ['12345', '678', 'ok'], ['split', 1], undefined],
    ['drop', ['ok'], undefined, { lines: 1, bytes: 8, intentional: true }],
  ] as const)('that are too long are handled as told: %s', async ([oversize, texts, note, discard]) => {
    const { source, context, connect } = await startTcp({ maxLineBytes: 5, oversize });
    const collected = collect(source);
    (await connect()).end('12345678\nok\n');
    await until(() => collected.texts().includes('ok'));
    expect(collected.texts()).toEqual(texts);
    expect([...context.notes]).toEqual(note ? [note] : []);
    expect(context.discards.get('oversize')).toEqual(discard);
  });
});

describe('before the subscription', () => {
  test('nothing is read, and then all of it', async () => {
    const { source, context, connect } = await startTcp();
    const clients = await Promise.all([connect(), connect()]);
    await Promise.all(clients.map((client, index) => write(client, `early ${index}\n`)));
    await until(() => source.clients!() === 2);
    await rounds();
    expect(context.admitted).toEqual([]);

    const collected = collect(source);
    await until(() => collected.lines === 2);
    expect(collected.texts().toSorted()).toEqual(['early 0', 'early 1']);
  });

  test('the end of the source closes the connections', async () => {
    const { source, connect } = await startTcp();
    const client = await connect();
    await source[Symbol.asyncDispose]!();
    await closed(client);
    expect(source.clients!()).toBe(0);
    const collected = collect(source);
    expect(collected.completed).toBe(true);
  });
});

describe('an unsubscription', () => {
  test('closes connections and listener at once', async () => {
    const { source, port, connect } = await startTcp();
    const collected = collect(source);
    const client = await connect();
    await write(client, 'one\n');
    await until(() => collected.lines === 1);
    collected.unsubscribe();
    await closed(client);
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    // The port is free again.
    const other = await startTcp({ port });
    expect(other.source.address!()).toBe(`127.0.0.1:${port}`);
  });

  test('while the source starts leaves nothing open', async () => {
    const source = make();
    const starting = source.start!();
    collect(source).unsubscribe();
    await starting;
    await rounds();
    expect(source.address!()).toBeUndefined();
  });

  test('in the middle of a chunk loses no line without counting it', async () => {
    const { source, context, connect } = await startTcp();
    const collected = collect(source, { onBatch: () => collected.unsubscribe() });
    const client = await connect();
    await write(client, 'begun '); // So that the next chunk comes in two runs.
    await until(() => source.inspect!()['connections'] === 1);
    await rounds();
    const lines = Array.from({ length: 3000 }, (_, index) => `line number ${index}`);
    client.write(`${lines.join('\n')}\n`);
    await until(() => collected.lines > 0 && source.clients!() === 0);
    const abandoned = context.discards.get('abandoned')?.lines ?? 0;
    const admitted = context.admitted.reduce((sum, batch) => sum + batch.length, 0);
    expect(admitted).toBe(collected.lines);
    expect(collected.lines + abandoned).toBeGreaterThan(1);
  });

  test('is the only way to a second subscription: one at a time', async () => {
    const { source } = await startTcp();
    collect(source);
    expect(collect(source).error).toMatchObject({ message: expect.stringContaining('subscriber') });
  });
});

describe('listening', () => {
  test('on a port that is taken fails with place, cause and hint', async () => {
    const { port } = await startTcp();
    const context = new TestSourceContext();
    const source = tcp.create(tcp.options.parse({ port }), context) as Source;
    const error = await source.start!()!.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(LogCasterError);
    expect(error).toMatchObject({
      code: 'LC_LISTEN_FAILED',
      message: `cannot listen on 127.0.0.1:${port}: address already in use (EADDRINUSE)`,
      hint: expect.stringContaining('another port'),
      cause: expect.objectContaining({ code: 'EADDRINUSE' }),
    });
    await source[Symbol.asyncDispose]!();
    expect(source.address!()).toBeUndefined();
  });

  test('on an address that the machine does not have says so', async () => {
    const source = tcp.create(
      tcp.options.parse({ host: '192.0.2.1', port: 0 }),
      new TestSourceContext(),
    ) as Source;
    await expect(source.start!()).rejects.toMatchObject({
      code: 'LC_LISTEN_FAILED',
      hint: expect.stringContaining('no such address'),
      cause: expect.objectContaining({ code: 'EADDRNOTAVAIL' }),
    });
  });

  test.skipIf(!hasIPv6)('on IPv6 writes addresses with brackets', async () => {
    const { source, port, connect } = await startTcp({ host: '::1' });
    expect(source.address!()).toBe(`[::1]:${port}`);
    const collected = collect(source);
    const client = await connect();
    const { localPort } = client;
    client.end('six\n');
    await until(() => collected.lines === 1);
    expect(collected.batches[0]!.origin.peer).toBe(`[::1]:${localPort}`);
  });

  test.skipIf(!hasIPv6)(
    'on all addresses takes IPv4 too, with its usual names, unless told otherwise',
    async () => {
      const both = await startTcp({ host: '::' });
      const collected = collect(both.source);
      const client = await connectForTest({ port: both.port, host: '127.0.0.1' });
      const { localPort } = client;
      client.end('four\n');
      await until(() => collected.lines === 1);
      expect(collected.batches[0]!.origin.peer).toBe(`127.0.0.1:${localPort}`);

      const six = await startTcp({ host: '::', ipv6Only: true });
      await expect(connectForTest({ port: six.port, host: '127.0.0.1' })).rejects.toMatchObject({
        code: 'ECONNREFUSED',
      });
    },
  );

  test('can be ended before it has begun, while it begins, and twice', async () => {
    const never = make();
    await never[Symbol.asyncDispose]!();
    await never[Symbol.asyncDispose]!();
    await never.stop!();

    const early = make();
    const starting = early.start!();
    await early[Symbol.asyncDispose]!();
    await starting;
    expect(early.address!()).toBeUndefined();
  });

  test('takes nothing from the machine before the start', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const source = tcp.create(tcp.options.parse({ port }), new TestSourceContext()) as Source;
    expect(source.address!()).toBeUndefined();
    await expect(startForTest(source)).rejects.toMatchObject({ code: 'LC_LISTEN_FAILED' });
  });
});

describe('options', () => {
  test('have the defaults of the original where it had them', () => {
    expect(tcp.options.parse({})).toEqual({
      host: '127.0.0.1',
      port: 9999,
      ipv6Only: false,
      keepAlive: true,
      idleTimeout: 0,
      maxLineBytes: 2 ** 20,
      maxBufferedBytes: 64 * 2 ** 20,
      oversize: 'truncate',
      keepCarriageReturn: false,
      backlog: 1024,
    });
  });

  test.for([
    { port: 70_000 },
    { port: -1 },
    { port: '9999' },
    { host: '' },
    { maxLineBytes: 0 },
    { maxLineBytes: '2GiB' },
    { maxConnections: 0 },
    { idleTimeout: 5 },
    { oversize: 'keep' },
    { maxline: 5 },
  ])('are refused when they make no sense: %o', (options) => {
    expect(tcp.options.safeParse(options).success).toBe(false);
  });

  test('are all described, with a unit', () => {
    const { properties } = tcp.options['~standard'].jsonSchema.input({ target: 'draft-2020-12' }) as {
      properties: Record<string, { description?: string; unit?: string }>;
    };
    for (const [name, { description, unit }] of Object.entries(properties)) {
      expect({ name, description, unit }).toEqual({
        name,
        description: expect.any(String),
        unit: expect.any(String),
      });
    }
  });
});
