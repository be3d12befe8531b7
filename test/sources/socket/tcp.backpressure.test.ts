import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Collected } from '../../support/source-context.ts';
import { collect, type Running, rounds, startTcp, until, write } from './harness.ts';

const MIB = 2 ** 20;
/** More than the kernel takes for a connection that nobody reads. */
const TOTAL = 64 * MIB;
const LINE_BYTES = 128;

/** Sends numbered lines from a thread of its own, and tells how many bytes the kernel has taken. */
function startSender(
  port: number,
  lines: number,
): { readonly sent: () => number; readonly done: Promise<void> } {
  const counter = new SharedArrayBuffer(4);
  const worker = new Worker(
    `
    const { connect } = require('node:net');
    const { workerData: { port, lines, counter, lineBytes } } = require('node:worker_threads');
    const sent = new Int32Array(counter);
    const socket = connect(port, '127.0.0.1');
    let next = 0;
    function send() {
      while (next < lines) {
        const to = Math.min(lines, next + 512);
        let text = '';
        for (; next < to; next++) text += String(next).padStart(lineBytes - 1, '.') + '\\n';
        const bytes = text.length;
        socket.write(text, () => { Atomics.add(sent, 0, bytes); send(); });
        return;
      }
      socket.end();
    }
    socket.on('connect', send);
    `,
    { eval: true, workerData: { port, lines, counter, lineBytes: LINE_BYTES } },
  );
  onTestFinished(async () => void (await worker.terminate()));
  const view = new Int32Array(counter);
  return {
    sent: () => Atomics.load(view, 0),
    done: new Promise((resolve) => worker.once('exit', () => resolve())),
  };
}

test('without credit a sender is stopped by TCP, memory stays flat, and then everything comes in order', async () => {
  const credit = 2 * MIB;
  const { source, context, port } = await startTcp({}, { credit });
  let expected = 0;
  let inOrder = true;
  const collected = collect(source, {
    settle: false,
    keep: false,
    onBatch(batch) {
      for (let index = 0; index < batch.length; index++) {
        if (Number(batch.text(index).replaceAll('.', '')) !== expected++) inOrder = false;
      }
    },
  });
  const lines = TOTAL / LINE_BYTES;
  const sender = startSender(port, lines);
  await until(() => source.inspect!()['waiting'] === 1);

  // The sender is stopped when what it has sent does not grow any more.
  const memory = process.memoryUsage();
  let sent = -1;
  while (sent !== sender.sent()) {
    sent = sender.sent();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(sent).toBeLessThan(TOTAL);
  const admitted = context.admitted.reduce((sum, batch) => sum + batch.byteLength, 0);
  expect(admitted).toBeLessThanOrEqual(credit);
  expect(context.credit.taken).toBe(admitted);
  const now = process.memoryUsage();
  expect(now.arrayBuffers - memory.arrayBuffers).toBeLessThan(MIB);
  expect(source.clients!()).toBe(1);
  expect(source.inspect!()['paused']).toBeGreaterThan(0);

  // Slowly at first, then as fast as it goes.
  let largest = 0;
  while (collected.lines < lines) {
    context.admitted.length = 0;
    collected.settle(1 + Math.floor(collected.unsettled / 2));
    largest = Math.max(largest, context.credit.taken);
    await new Promise((resolve) => setImmediate(resolve));
  }
  collected.settle();
  await sender.done;
  await until(() => source.clients!() === 0);
  expect({ inOrder, lines: collected.lines }).toEqual({ inOrder: true, lines });
  expect(largest).toBeLessThanOrEqual(credit);
  expect(context.credit.taken).toBe(0);
  expect(source.inspect!()).toMatchObject({ clients: 0, connections: 1, waiting: 0 });
  expect(context.discards.size).toBe(0);
});

test('a paused connection is read for at most one chunk more', async () => {
  const { source, context, connect } = await startTcp({}, { credit: 1 });
  const collected = collect(source, { settle: false });
  const first = await connect();
  await write(first, 'takes all credit\n');
  await until(() => collected.lines === 1);

  const other = await connect();
  other.write(Buffer.alloc(8 * MIB, `${'y'.repeat(99)}\n`));
  await until(() => source.inspect!()['waiting'] === 1);
  await rounds(200);
  // What was read is counted, and it is no more than a chunk.
  collected.unsubscribe();
  const { bytes, intentional } = context.discards.get('abandoned')!;
  expect(intentional).toBe(false);
  expect(bytes).toBeGreaterThan(0);
  expect(bytes + (context.discards.get('fragment')?.bytes ?? 0)).toBeLessThanOrEqual(64 * 1024);
});

test('a closed gate holds lines back, and its opening lets them come', async () => {
  const { source, context, connect } = await startTcp();
  const collected = collect(source);
  context.credit.close();
  const client = await connect();
  await write(client, 'one\n');
  await until(() => source.inspect!()['waiting'] === 1);
  await write(client, 'two\nthree');
  client.end();
  await rounds();
  expect(collected.lines).toBe(0);
  context.credit.open();
  await until(() => collected.lines === 3);
  expect(collected.texts()).toEqual(['one', 'two', 'three']);
  await until(() => source.clients!() === 0);
});

test('the lines of clients that leave wait too, and nothing is read of new ones meanwhile', async () => {
  const { source, context, connect } = await startTcp();
  const collected = collect(source);
  context.credit.close();
  (await connect()).end('left behind\nunfinished');
  await until(() => source.inspect!()['waiting'] === 1);
  for (let turn = 0; turn < 5; turn++) {
    const next = await connect();
    await write(next, `new ${turn}\n`);
    if (turn < 2) next.resetAndDestroy();
    if (turn === 2) next.end();
  }
  await until(() => source.inspect!()['waiting'] === 6);
  await rounds();
  expect(source.clients!()).toBe(6);
  const admits = context.refused;
  context.credit.open();
  await until(() => collected.lines === 7 && source.clients!() === 2);
  expect(admits).toBe(0);
  expect(collected.texts().toSorted()).toEqual([
    'left behind',
    'new 0',
    'new 1',
    'new 2',
    'new 3',
    'new 4',
    'unfinished',
  ]);
  expect(context.discards.size).toBe(0);
});

test('of those who come while others wait nothing is read at all', async () => {
  const { source, context, connect } = await startTcp();
  const collected = collect(source);
  context.credit.close();
  await write(await connect(), 'read\n');
  await until(() => source.inspect!()['waiting'] === 1);
  await write(await connect(), 'not read\n');
  await until(() => source.inspect!()['waiting'] === 2);
  await rounds();
  collected.unsubscribe();
  expect([...context.discards]).toEqual([['abandoned', { lines: 1, bytes: 5, intentional: false }]]);
});

/** Makes a line wait that was begun: 60 bytes of credit are left, what is begun costs nothing, and its end makes it too much. */
async function makeItWait(rest: string): Promise<Running & { collected: Collected; client: Socket }> {
  const running = await startTcp({}, { credit: 100 });
  const { source, context, connect } = running;
  const collected = collect(source, { settle: false });
  await write(await connect(), `${'a'.repeat(39)}\n`);
  await until(() => collected.lines === 1);
  const client = await connect();
  await write(client, 'b'.repeat(50));
  await until(() => source.clients!() === 2);
  await rounds();
  await write(client, `${'c'.repeat(30)}\n${rest}`);
  await until(() => context.refused === 1 && source.inspect!()['waiting'] === 1);
  return { ...running, collected, client };
}

describe('a line that was begun and turns out to cost too much', () => {
  const begun = `${'b'.repeat(50)}${'c'.repeat(30)}`;

  test('waits, and what follows behind it', async () => {
    const { source, collected, client } = await makeItWait('');
    client.end('d\ne');
    await rounds();
    expect(collected.lines).toBe(1);
    collected.settle();
    await until(() => collected.lines === 4 && source.clients!() === 1);
    expect(collected.texts().slice(1)).toEqual([begun, 'd', 'e']);
  });

  test('is not overtaken by the last line, which would have credit', async () => {
    const { source, collected, client } = await makeItWait('e');
    client.end();
    await until(() => source.clients!() === 1);
    await rounds();
    expect(collected.lines).toBe(1);
    collected.settle();
    await until(() => collected.lines === 3);
    expect(collected.texts().slice(1)).toEqual([begun, 'e']);
  });

  test('is emitted before a stop ends, although its connection is closed', async () => {
    const { source, collected, client } = await makeItWait('');
    client.end();
    await until(() => source.clients!() === 1);
    const stopping = source.stop!();
    await until(() => source.clients!() === 0);
    await rounds();
    expect(collected.completed).toBe(false);
    collected.settle();
    await stopping;
    expect(collected.texts().slice(1)).toEqual([begun]);
  });

  test('is counted when the source ends before', async () => {
    const { context, collected } = await makeItWait('');
    collected.unsubscribe();
    expect([...context.discards]).toEqual([['abandoned', { lines: 1, bytes: 81, intentional: false }]]);
  });
});

test('a line that turns out to cost too much when it is its turn stays the first', async () => {
  const { source, context, connect } = await startTcp({}, { credit: 100 });
  const collected = collect(source, { settle: false });
  const [first, second, third] = [await connect(), await connect(), await connect()];
  await write(second, 'b'.repeat(60));
  await until(() => source.clients!() === 3);
  await rounds();
  await write(first, `${'a'.repeat(39)}\n`);
  await until(() => collected.lines === 1);
  await write(first, `${'a'.repeat(59)}\n`);
  await until(() => collected.lines === 2);

  await write(second, `${'c'.repeat(30)}\n`);
  await until(() => source.inspect!()['waiting'] === 1);
  await write(third, 'third\n');
  await until(() => source.inspect!()['waiting'] === 2);
  // 40 bytes are enough for what waits, not for the line that it ends.
  collected.settle(1);
  await until(() => context.refused === 1);
  await rounds();
  expect(collected.lines).toBe(2);
  collected.settle();
  await until(() => collected.lines === 4);
  expect(collected.texts().slice(2)).toEqual([`${'b'.repeat(60)}${'c'.repeat(30)}`, 'third']);
});

test('lines that take more than the whole credit pass, alone', async () => {
  const { source, context, connect } = await startTcp({}, { credit: 10 });
  const collected = collect(source, { settle: false });
  const client = await connect();
  await write(client, `${'long '.repeat(100)}\n`);
  await until(() => collected.lines === 1);
  await write(client, 'short\n');
  await until(() => source.inspect!()['waiting'] === 1);
  expect(collected.lines).toBe(1);
  collected.settle();
  await until(() => collected.lines === 2);
  expect(context.credit.taken).toBe(6);
});
