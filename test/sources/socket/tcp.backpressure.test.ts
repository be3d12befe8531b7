import { Buffer } from 'node:buffer';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { closed, collect, rounds, startTcp, until, write } from './harness.ts';

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
  expect(context.refused).toBe(1);
  collected.unsubscribe();
  // What was read is counted: the chunk whose lines waited, and the one that Node had read already.
  expect(context.discards.get('abandoned')!.intentional).toBe(false);
  expect(context.discards.get('abandoned')!.bytes).toBeGreaterThan(0);
  expect(context.discards.get('abandoned')!.bytes).toBeLessThanOrEqual(2 * 64 * 1024);
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

test('the lines of a client that has left wait too, and nothing is read of new ones meanwhile', async () => {
  const { source, context, connect } = await startTcp();
  const collected = collect(source);
  context.credit.close();
  const leaving = await connect();
  leaving.end('left behind\nunfinished');
  await until(() => source.inspect!()['waiting'] === 1);
  await closed(leaving);

  for (let turn = 0; turn < 5; turn++) {
    const next = await connect();
    await write(next, `new ${turn}\n`);
  }
  await until(() => source.inspect!()['waiting'] === 6);
  await rounds();
  // One attempt for the first line; nothing else was asked for, as nothing else was read.
  expect(context.refused).toBe(1);
  context.credit.open();
  await until(() => collected.lines === 7);
  expect(collected.texts().slice(0, 2)).toEqual(['left behind', 'unfinished']);
  expect(collected.texts().slice(2).toSorted()).toEqual(['new 0', 'new 1', 'new 2', 'new 3', 'new 4']);
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
