import { expect, test } from 'vitest';
import { FakeSink, hang, Manual } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { Running } from '../../support/running.ts';
import { settle } from '../../support/turns.ts';

async function start(sink: FakeSink, maxBytes: number): Promise<{ source: FakeSource; running: Running }> {
  const source = new FakeSource();
  const running = await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['out'] } },
    sinks: { out: { sink, queue: { maxBytes, whenFull: 'dropOldest' } } },
  });
  return { source, running };
}

/** Lets a sink that waits for the test finish all that it has. */
async function finishAll(manual: Manual): Promise<void> {
  while (manual.pending > 0) {
    manual.finish();
    await settle();
  }
}

test('the oldest lines make room, one by one, and the newest survive in order', async () => {
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct);
  const { source, running } = await start(sink, 10);

  source.push('written at once');
  source.push('a', 'b', 'c');
  source.push('d', 'e'); // 10 of 10
  source.push('f', 'g', 'h'); // in place of a, b and c
  source.push('i'); // in place of d

  expect(running.ledger.sinks['out']).toMatchObject({
    offered: 10,
    dropped: { dropOldest: { lines: 4, intentional: true } },
    inFlight: 6,
    queuedBytes: 10,
  });
  await finishAll(manual);
  expect(sink.stored).toEqual(['written at once', 'e', 'f', 'g', 'h', 'i']);
  running.expectBalance();
});

test('of a batch that is larger than the queue the newest lines survive', async () => {
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct);
  const { source, running } = await start(sink, 6);

  source.push('written at once');
  source.push('old');
  source.push('a', 'b', 'c', 'd', 'e');

  await finishAll(manual);
  expect(sink.stored).toEqual(['written at once', 'c', 'd', 'e']);
  expect(running.ledger.sinks['out']).toMatchObject({ dropped: { dropOldest: { lines: 3 } } });
  running.expectBalance();
});

test('a line that is longer than the queue is dropped, and costs no other', async () => {
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct);
  const { source, running } = await start(sink, 6);

  source.push('written at once');
  source.push('old');
  source.push('longer than the queue');
  source.push('a', 'longer than the queue');

  await finishAll(manual);
  expect(sink.stored).toEqual(['written at once', 'old', 'a']);
  expect(running.ledger.sinks['out']).toMatchObject({ dropped: { dropOldest: { lines: 2 } } });
  running.expectBalance();
});

test('a long line that has to go makes room for more than one', async () => {
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct);
  const { source, running } = await start(sink, 10);

  source.push('written at once');
  source.push('12345678');
  source.push('a');
  source.push('b');

  await finishAll(manual);
  expect(sink.stored).toEqual(['written at once', 'a', 'b']);
  expect(sink.writes).toEqual([['written at once'], ['a'], ['b']]);
  running.expectBalance();
});

test('a sink that hangs from its first write holds up nobody', async () => {
  const sink = new FakeSink(hang);
  const { source, running } = await start(sink, 100);
  for (let index = 0; index < 1000; index++) source.push(`line ${index}`);
  await settle();

  expect(source.waiting).toBe(0);
  expect(sink.writes).toEqual([['line 0']]);
  expect(running.ledger.sinks['out']).toMatchObject({
    offered: 1000,
    inFlight: 12,
    dropped: { dropOldest: { lines: 988, intentional: true } },
  });
  running.expectBalance();

  // At the end, the first one and the eleven newest are given up.
  expect(await running.stop()).toBe(12);
  running.expectBalance();
});

test('a great many tiny batches are bounded, too, and the newest survive', async () => {
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct).grouped();
  const { source } = await start(sink, 768 * 100);
  for (let index = 0; index < 3000; index++) source.push(`${index}`);
  await finishAll(manual);
  expect(sink.stored).toHaveLength(1024 + 100 + 1);
  expect(sink.stored.slice(-2)).toEqual(['2998', '2999']);
});
