import { expect, test } from 'vitest';
import { FakeSink, hang, Manual } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { Running } from '../../support/running.ts';
import { settle } from '../../support/turns.ts';

const pipelines = { main: { from: ['in'], to: ['out'] } };

async function start(sink: FakeSink, maxBytes: number): Promise<{ source: FakeSource; running: Running }> {
  const source = new FakeSource();
  const running = await Running.start({
    sources: { in: source },
    pipelines,
    sinks: { out: { sink, queue: { maxBytes, whenFull: 'dropNewest' } } },
  });
  return { source, running };
}

test('lines for which there is no room are dropped and counted, one by one', async () => {
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct);
  const { source, running } = await start(sink, 10);

  source.push('written at once');
  source.push('a', 'b', 'c'); // 6 of 10
  source.push('d', 'e', 'f', 'g'); // two of them fit
  source.push('h'); // none

  expect(running.ledger.sinks['out']).toMatchObject({
    offered: 9,
    dropped: { dropNewest: { lines: 3, intentional: true } },
    inFlight: 6,
    queuedBytes: 10,
  });
  for (let write = 0; write < 3; write++) {
    manual.finish();
    await settle();
  }
  expect(sink.stored).toEqual(['written at once', 'a', 'b', 'c', 'd', 'e']);
  running.expectBalance();
});

test('it never holds up its source: what is queued or dropped costs no credit', async () => {
  const { source, running } = await start(new FakeSink(hang), 10);
  for (let index = 0; index < 1000; index++) source.push(`line ${index}`);
  await settle();

  expect(source.waiting).toBe(0);
  expect(source.context.credit.closed).toBe(false);
  expect(source.settled).toHaveLength(1000);
  expect(source.settled.every(({ stored }) => stored)).toBe(true);
  expect(running.ledger.sinks['out']).toMatchObject({ offered: 1000, inFlight: 2 });
  running.expectBalance();
});

test('that it drops is said once in a while, with how much it was', async () => {
  const { source, running } = await start(new FakeSink(hang), 3);
  for (let index = 0; index < 100; index++) source.push('x');
  expect(running.log.messages()).toEqual(['warn: out: the queue is full, 1 line dropped (dropNewest)']);

  await running.pass(10_000);
  source.push('x');
  expect(running.log.messages()[1]).toBe('warn: out: the queue is full, 98 lines dropped (dropNewest)');
});

test('what a sink that is idle can begin with at once is taken, however much it is', async () => {
  const sink = new FakeSink();
  const { source } = await start(sink, 10);
  source.push('a line that is longer than the queue', 'and another one');
  expect(sink.stored).toHaveLength(2);
});

test('a great many tiny batches are bounded, too', async () => {
  const { source, running } = await start(new FakeSink(hang), 768 * 100);
  for (let index = 0; index < 3000; index++) source.push('');
  // 1,024, one more for each 768 bytes of room, and the one that is being written.
  expect(running.ledger.sinks['out']).toMatchObject({ inFlight: 1024 + 100 + 1 });
});
