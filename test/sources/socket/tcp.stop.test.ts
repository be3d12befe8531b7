import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { connect as connectSocket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../../support/manual-clock.ts';
import { closed, collect, rounds, startTcp, until, write } from './harness.ts';

describe('a stop', () => {
  test('of a source without clients completes, again too, and frees the port', async () => {
    const { source, port, connect } = await startTcp();
    const collected = collect(source);
    await Promise.all([source.stop!(), source.stop!()]);
    await source.stop!();
    expect(collected.completed).toBe(true);
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await startTcp({ port });
  });

  test('before the subscription, or before the start, ends the source', async () => {
    const { source, connect } = await startTcp();
    const client = await connect();
    await source.stop!();
    await closed(client);
    expect(collect(source).completed).toBe(true);
  });

  test('takes in connections that wait in the kernel, and what they have sent', async () => {
    const { source, port } = await startTcp();
    const collected = collect(source);
    // This process does nothing until the other one has connected, sent and ended.
    execFileSync(process.execPath, [
      '-e',
      `for (let index = 0; index < 50; index++) {
         const socket = require('node:net').connect(${port}, '127.0.0.1', () => socket.end('line ' + index + '\\n'));
         socket.on('error', () => {});
         setTimeout(() => process.exit(), 300);
       }`,
    ]);
    expect(source.clients!()).toBe(0);
    await source.stop!();
    expect(collected.texts().toSorted()).toEqual(
      Array.from({ length: 50 }, (_, index) => `line ${index}`).toSorted(),
    );
    expect(collected.completed).toBe(true);
  });

  test('reads what has arrived on open connections, as credit allows', async () => {
    const clock = new ManualClock();
    const { source, context, connect } = await startTcp({}, { credit: 100_000, clock });
    const collected = collect(source, { settle: false });
    const client = await connect();
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${'.'.repeat(60)}`);
    client.write(Buffer.from(`${lines.join('\n')}\n`));
    await until(() => client.writableLength === 0 && source.inspect!()['waiting'] === 1);
    const stopping = source.stop!()!;
    // However long it takes: as long as lines wait for credit, nothing is cut off.
    for (let tick = 0; tick < 100; tick++) {
      clock.advance(100);
      await rounds(4);
    }
    expect(source.clients!()).toBe(1);
    while (!collected.completed) {
      collected.settle();
      clock.advance(1);
      await rounds(1);
    }
    await stopping;
    expect(collected.texts()).toEqual(lines);
    expect(context.discards.size).toBe(0);
    expect(collected.completed).toBe(true);
    await closed(client);
  });

  test('lets a client that notices send the rest of what it has', async () => {
    const { source, port } = await startTcp();
    const collected = collect(source);
    const client = connectSocket({ port, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => void client.destroy());
    client.on('error', () => {});
    client.resume();
    client.write('first\n');
    client.once('end', () => client.end('then the rest\n'));
    await until(() => collected.lines === 1);
    await source.stop!();
    expect(collected.texts()).toEqual(['first', 'then the rest']);
  });

  test('closes clients that say nothing, and counts what they had begun', async () => {
    const { source, context, connect } = await startTcp();
    const collected = collect(source);
    // Nobody reads these clients, so they do not notice the end.
    const clients = await Promise.all([connect(), connect(), connect()]);
    await write(clients[0], 'whole\nbegun');
    await until(() => collected.lines === 1 && source.clients!() === 3);
    await source.stop!();
    expect(collected.completed).toBe(true);
    expect(source.clients!()).toBe(0);
    expect([...context.discards]).toEqual([['fragment', { lines: 1, bytes: 5, intentional: false }]]);
    expect(context.notes.size).toBe(0);
    await Promise.all(clients.map(closed));
  });

  test.for([
    ['as much as it can', 'while (socket.write(chunk)); socket.once("drain", send);'],
    ['a line every few ms', 'socket.write(chunk.slice(0, 6)); setTimeout(send, 5);'],
  ])('cuts off a client that goes on sending %s', async ([, send]) => {
    const { source, context, port } = await startTcp();
    let whole = true;
    const collected = collect(source, {
      keep: false,
      onBatch(batch) {
        for (let index = 0; index < batch.length; index++) {
          if (batch.end(index) - batch.start(index) !== 5) whole = false;
        }
      },
    });
    const worker = new Worker(
      `const { connect } = require('node:net');
       const chunk = '12345\\n'.repeat(10_000);
       const socket = connect({ port: ${port}, host: '127.0.0.1', allowHalfOpen: true }, function send() { ${send} });
       socket.on('error', () => process.exit());`,
      { eval: true },
    );
    onTestFinished(async () => void (await worker.terminate()));
    await until(() => collected.lines > 20);
    await source.stop!();
    expect(collected.completed).toBe(true);
    expect(context.notes.get('cutConnections')).toBe(1);
    expect(whole).toBe(true);
  });

  test('can be cut short, and what waits is counted', async () => {
    const { source, context, connect } = await startTcp();
    const collected = collect(source);
    context.credit.close();
    const client = await connect();
    await write(client, 'one\ntwo\nthr');
    await until(() => source.inspect!()['waiting'] === 1);
    const stopping = source.stop!();
    await rounds();
    collected.unsubscribe();
    await stopping;
    await closed(client);
    expect(collected.lines).toBe(0);
    expect(Object.fromEntries(context.discards)).toEqual({
      abandoned: { lines: 2, bytes: 8, intentional: false },
      fragment: { lines: 1, bytes: 3, intentional: false },
    });
    expect(source.clients!()).toBe(0);
  });

  test('takes the last line of a client that had ended in good order', async () => {
    const { source, context, connect } = await startTcp();
    const client = await connect();
    client.end('no line feed');
    await until(() => client.writableFinished);
    const collected = collect(source);
    await source.stop!();
    expect(collected.texts()).toEqual(['no line feed']);
    expect(context.discards.size).toBe(0);
    expect(context.notes.get('unterminated')).toBe(1);
  });
});
