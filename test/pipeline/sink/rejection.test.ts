import { expect, test } from 'vitest';
import { RejectedError } from '../../../src/core/errors.ts';
import { FakeSink, Manual, rejecting } from '../../support/fake-sink.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { Running } from '../../support/running.ts';
import { settle } from '../../support/turns.ts';

async function start(sink: FakeSink) {
  const source = new FakeSource();
  const running = await Running.start({
    sources: { in: source },
    pipelines: { main: { from: ['in'], to: ['out'] } },
    sinks: { out: sink },
  });
  return { source, running };
}

test('lines that a sink refuses are counted by reason, the others as stored', async () => {
  const sink = new FakeSink(
    rejecting((line) => (line.length > 3 ? 'too-long' : line === '' ? 'empty' : undefined)),
  );
  const { source, running } = await start(sink);
  source.push('a', 'long', 'b', '', 'longer');
  source.push('c');
  await settle();

  expect(sink.stored).toEqual(['a', 'b', 'c']);
  expect(running.ledger.sinks['out']).toMatchObject({
    offered: 6,
    stored: 3,
    storedBytes: 6,
    rejected: {
      'too-long': { lines: 2, intentional: false },
      empty: { lines: 1, intentional: false },
    },
  });
  expect(source.settled.map(({ stored }) => stored)).toEqual([false, true]);
  running.expectBalance();
});

test('indexes count over all batches of a group', async () => {
  const manual = new Manual();
  const sink = new FakeSink(manual.conduct).grouped();
  const { source, running } = await start(sink);
  source.push('first');
  source.push('a', 'b');
  source.push('c');
  source.push('d', 'e');
  manual.finish();
  await settle();
  manual.finish({
    rejected: [
      { index: 1, reason: 'odd' },
      { index: 4, reason: 'odd' },
      { index: 4, reason: 'odd' }, // said twice, counted once
    ],
  });
  await settle();

  expect(sink.stored).toEqual(['first', 'a', 'c', 'd']);
  expect(running.ledger.sinks['out']).toMatchObject({ stored: 4, rejected: { odd: { lines: 2 } } });
  expect(source.settled.map(({ stored }) => stored)).toEqual([true, false, true, false]);
  running.expectBalance();
});

test('a whole write is refused with a reason', async () => {
  const sink = new FakeSink(() => {
    throw new RejectedError('no-such-topic', 'the topic is gone');
  });
  const { source, running } = await start(sink);
  source.push('a', 'b');
  expect(running.ledger.sinks['out']).toMatchObject({
    stored: 0,
    rejected: { 'no-such-topic': { lines: 2, intentional: false } },
  });
  expect(running.log.entries).toMatchObject([
    { level: 'error', data: { sink: 'out', reason: 'no-such-topic', lines: 2 } },
  ]);
  expect(running.log.messages()).toEqual(['error: out: 2 lines rejected: the topic is gone']);
});

test('refusals are said once in a while, with how many there were', async () => {
  const sink = new FakeSink(rejecting(() => 'unwanted'));
  const { source, running } = await start(sink);
  for (let index = 0; index < 50; index++) source.push('a', 'b');
  expect(running.log.messages()).toEqual(['warn: out: 2 lines rejected: unwanted']);
  await running.pass(10_000);
  source.push('c');
  expect(running.log.messages()[1]).toEqual('warn: out: 99 lines rejected: unwanted');
});
